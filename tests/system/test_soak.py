"""Half a minute of tests/drills/soak.py: workers die, hang, drip and lie, and callers hardly notice."""
import json
import os
import subprocess
import sys

from program import ROOT, ProgramTest


class Soak(ProgramTest):
    def test_callers_hardly_notice_what_happens_to_workers(self):
        out = self.folder / "soak.json"
        run = subprocess.run([sys.executable, ROOT / "tests/drills/soak.py", "--minutes", "0.4", "--workers", "6", "--binary",
                              os.environ["NOONMARK_TEST_BINARY"], "--out", out], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             text=True, timeout=300)
        self.assertTrue(out.exists(), run.stdout)
        result = json.loads(out.read_text())
        self.assertGreater(result["kills"] + result["freezes"], 4)
        self.assertGreaterEqual(result["share_well"], 0.99, run.stdout)
        self.assertNotIn("parts doubled or missing", result["outcomes"], run.stdout)
        self.assertNotIn("another answer", result["outcomes"], run.stdout)
        self.assertEqual(result["busy_at_the_end"], 0, run.stdout)
