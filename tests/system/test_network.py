"""A contest day on a ledger, with real processes: a node, two validators, three miners, and somebody who checks."""
import time

from contests import ContestTest
from network import Day, Network, checks_of


class ContestDay(ContestTest):
    def test_a_day_from_the_seal_to_the_proof(self):
        network = Network(self.folder)
        self.addCleanup(network.close)
        network.run_node()
        network.run_store()
        network.make_packages()
        day = Day(network, "emoji-cpu", to_cut_off=25, reveal_seconds=12)
        for entry in day.entries:
            self.assertEqual(entry.running.wait(120), 0, entry.said())

        deadline = time.monotonic() + 240
        while time.monotonic() < deadline and not day.told_winners():
            for process in [network.processes["node"], *day.validators]:
                self.assertIsNone(process.code(), process.said())
            time.sleep(1)
        winners = day.told_winners()
        self.assertTrue(winners, [run.said() for run in day.validators])
        self.assertEqual(winners[0], winners[1], "the same winner everywhere")

        report = day.settle(60)
        self.assertEqual(len(report["validators"]), 2, report)
        self.assertEqual([check for check in checks_of(report) if check["answer"] == "differs"], [])
        self.assertEqual(day.status("m0")["state"], "won")
