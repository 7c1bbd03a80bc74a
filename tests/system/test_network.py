"""A contest day on a ledger, with real processes: a node, two validators, two miners, a thief, and somebody who checks."""
import time

from contests import ContestTest
from network import Day, Network, checks_of, free_ports, wait_for


class ContestDay(ContestTest):
    def test_a_day_from_the_seal_to_the_proof(self):
        network = Network(self.folder)
        self.addCleanup(network.close)
        network.run_node()
        network.run_store()
        network.make_packages()
        day = Day(network, "emoji-cpu", to_cut_off=30, reveal_seconds=12)
        self.assertTrue(wait_for(lambda: day.is_sealed("m0"), 25), day.entries[0].said())
        squatter = day.begin_entry("m2", network.packages["m0"], "stolen")  # the same content, endorsed by another key
        for entry in [*day.entries, squatter]:
            self.assertEqual(entry.running.wait(120), 0, entry.said())

        arguments = [*day.validators[0].arguments, "--listen", f"127.0.0.1:{free_ports(1)[0]}"]
        self.expect(network.noonmark(*arguments), 3, "is in use by another process")

        deadline = time.monotonic() + 240
        while time.monotonic() < deadline and not day.told_winners():
            for process in [network.processes["node"], *day.validators]:
                self.assertIsNone(process.code(), process.said())
            time.sleep(1)
        winners = day.told_winners()
        self.assertTrue(winners, [run.said() for run in day.validators])
        self.assertEqual(winners[0], winners[1], "the same winner everywhere")

        report = day.settle(60)
        self.assertEqual(list(network.data.glob("validator/*/*/*/entries")), [], "packages are kept once")
        self.assertEqual(len(report["validators"]), 2, report)
        self.assertEqual([check for check in checks_of(report) if check["answer"] == "differs"], [])
        self.assertEqual(day.status("m0")["state"], "won")
        squatted = day.status("m2")
        self.assertEqual((squatted["state"], squatted["code"]), ("lost", "copy"), squatted)
        self.assertEqual(squatted["content"], day.status("m0")["content"])
        self.is_measured_by_the_owners_word(day)

    def is_measured_by_the_owners_word(self, day):
        """These validators know no charter; the day is as one wants it that excludes nobody, and not as one that does."""
        charter = self.folder / "charter.jsonl"
        def say(*statement):
            day.network.checked("charter", "append", charter, *statement, "--wallet", "owner")
        def answers():
            return [check["answer"] for check in checks_of(day.verify("--charter", charter)) if check["what"] == "lists"]
        say("--contest", day.file)
        self.assertEqual(answers(), ["same", "same"])
        say("--exclude", day.network.keys["m0"], "--reason", "too fast")
        self.assertEqual(answers(), ["differs", "differs"])
