"""Short forms of the long drills in tests/drills: six kills, and a day with cut links; both at once, to save time."""
import json
import os
import subprocess
import sys

from program import ROOT, ProgramTest

CANNOT = 77  # of a drill: this machine doesn't let it happen


class Drills(ProgramTest):
    def begin(self, name, *more):
        process = subprocess.Popen([sys.executable, ROOT / f"tests/drills/{name}.py", "--hurry", "--binary",
                                    os.environ["NOONMARK_TEST_BINARY"], "--out", self.folder / f"{name}.json", *more],
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)  # cleanups run backwards
        return process

    def test_nothing_is_lost_and_nothing_paid_twice(self):
        drills = {"kill": self.begin("kill", "--kills", "6"),
                  "partition": self.begin("partition", "--minutes", "0", "--longest-cut", "5")}
        said = {name: process.communicate(timeout=600)[0] for name, process in drills.items()}
        self.assertEqual(drills["kill"].returncode, 0, said["kill"])
        self.assertEqual(json.loads((self.folder / "kill.json").read_text())["kills"], 6)
        if drills["partition"].returncode == CANNOT:
            self.skipTest(said["partition"])
        self.assertEqual(drills["partition"].returncode, 0, said["partition"])
        self.assertTrue(json.loads((self.folder / "partition.json").read_text())["days"][0]["cuts"])
