"""`noonmark up --once`: the demonstration contest from nothing."""
import pathlib
import subprocess

from contests import ContestTest, small_contest


class Up(ContestTest):
    def test_once(self):
        contest = small_contest(self.folder, count=3, looks="[4]", warm_up_turns=1, request_seconds=8)
        outcome = self.noonmark("up", "--once", "--contest", contest, "--json", timeout=900)
        self.expect(outcome, 0)
        document = outcome.json
        entries = {entry["name"]: entry for entry in document["entries"]}
        winner = entries[document["winner"]]
        self.assertEqual(winner["rank"], 1)
        self.assertLess(winner["metrics"]["generation_time"]["high"], 1)
        for decoy in ("copy", "constant-image", "look-up-table", "hang", "memory-hog", "wrong-digest", "one-step"):
            self.assertIsNone(entries[decoy]["rank"], entries[decoy])
            self.assertTrue(entries[decoy]["reason"], entries[decoy])
        self.assertIn(document["winner"], pathlib.Path(document["report"]).read_text())
        script = pathlib.Path(__file__).resolve().parents[1] / "browser/report.mjs"
        seen = subprocess.run(["node", script, document["report"]], stdout=subprocess.PIPE, text=True, timeout=300)
        self.assertEqual(seen.returncode, 0, seen.stdout)
        self.expect(self.noonmark("contest", "verify", document["record"]), 0)
