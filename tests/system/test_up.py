"""`noonmark up` and `noonmark contest demo`: everything from nothing, on this machine alone."""
import json
import pathlib
import signal
import subprocess
import time

from contests import ContestTest, small_contest
from network import wait_for

CHEATS = ("look-up-table", "one-step", "memory-hog")


def look_at(report):
    """Opens the page in a real browser, which complains of anything that is broken."""
    script = pathlib.Path(__file__).resolve().parents[1] / "browser/report.mjs"
    return subprocess.run(["node", script, report], stdout=subprocess.PIPE, text=True, timeout=300)


class Demo(ContestTest):
    def test_an_honest_entry_wins_and_every_cheat_gets_a_reason(self):
        contest = small_contest(self.folder, count=3, looks="[4]", warm_up_turns=1, request_seconds=8)
        outcome = self.noonmark("contest", "demo", "--contest", contest, "--json", timeout=900)
        self.expect(outcome, 0)
        document = outcome.json
        entries = {entry["name"]: entry for entry in document["entries"]}
        winner = entries[document["winner"]]
        self.assertEqual(winner["rank"], 1)
        self.assertLess(winner["metrics"]["generation_time"]["high"], 1)
        for decoy in ("copy", "constant-image", "hang", "wrong-digest", *CHEATS):
            self.assertIsNone(entries[decoy]["rank"], entries[decoy])
            self.assertTrue(entries[decoy]["reason"], entries[decoy])
        self.assertIn(document["winner"], pathlib.Path(document["report"]).read_text())
        seen = look_at(document["report"])
        self.assertEqual(seen.returncode, 0, seen.stdout)
        self.expect(self.noonmark("contest", "verify", document["record"]), 0)


class Up(ContestTest):
    """The same home three times: the first start is killed with its entries sealed, the second one holds the day all the
    same, the third one finds it held."""

    def setUp(self):
        super().setUp()
        # Two prompts say little about fidelity: only what draws something else altogether is refused.
        self.contest = small_contest(self.folder, looks="[3, 6]", request_seconds=8, mean_floor=0.1, minimum_floor=0.01)
        self.network = self.folder / "home/.local/share/noonmark/network"

    def up(self, *more):
        return self.noonmark("up", "--contest", self.contest, "--json", *more, timeout=900)

    def test_a_network_survives_a_kill_holds_todays_contest_and_goes_on(self):
        self.is_killed_before_the_cut_off()
        document = self.expect(self.up("--once"), 0).json
        self.assertTrue(document["agreed"])
        self.assertEqual(len(document["verified"]["validators"]), 3)
        pay = document["pay"]
        self.assertEqual(document["winner"], max(pay, key=pay.get))
        for cheat in CHEATS:
            self.assertEqual(pay[cheat], 0, pay)
        seen = look_at(document["report"])
        self.assertEqual(seen.returncode, 0, seen.stdout)
        self.expect(self.noonmark("contest", "verify", document["record"]), 0)
        self.assertEqual(pathlib.Path(document["picture"]).read_bytes()[:8], b"\x89PNG\r\n\x1a\n")

        self.goes_on_until_it_is_told(document)

    def is_killed_before_the_cut_off(self):
        """Ends when sealed entries can't be opened in time any more, so the day needs another cut-off."""
        with open(self.folder / "first.log", "w") as log:
            process = self.start("up", "--contest", self.contest, stdout=log, stderr=log)
        try:
            sealed = wait_for(lambda: [one for one in self.tickets() if one["stage"] == "entered"], 300)
        finally:
            process.kill()
            process.wait()
        self.assertTrue(sealed, (self.folder / "first.log").read_text())
        [day] = self.network.glob("days/*.json")
        reveal = json.loads(day.read_text())["submission"]["reveal_seconds"]
        cut_off = sealed[0]["cut_off_ns"] / 1e9
        self.assertLess(time.time(), cut_off)
        time.sleep(cut_off + reveal + 1 - time.time())

    def tickets(self):
        return [json.loads(ticket.read_text()) for ticket in self.network.glob("*/entries/*/*.json")]

    def goes_on_until_it_is_told(self, document):
        """The second start finds the same network with its day held; SIGTERM ends it and everything that it started."""
        process = self.start("up", "--contest", self.contest, "--json")
        try:
            deadline = time.monotonic() + 300
            for line in process.stderr:
                if "next cut-off" in line:
                    break
                self.assertLess(time.monotonic(), deadline)
            children = self.children_of(process.pid)
            self.assertEqual(len(children), 13)  # a node, three validators, six stores, a gateway, two workers
            process.send_signal(signal.SIGTERM)
            said, _ = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 0)
            self.assertEqual([child for child in children if pathlib.Path(f"/proc/{child}").exists()], [])
        finally:
            process.kill()
            process.communicate()
        again = json.loads(said)
        for what in ("day", "winner", "names"):
            self.assertEqual(again[what], document[what])

    @staticmethod
    def children_of(parent):
        return [int(child) for task in pathlib.Path(f"/proc/{parent}/task").iterdir()
                for child in (task / "children").read_text().split()]
