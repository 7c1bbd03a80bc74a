"""`noonmark simulate market`: what adversaries gain, in fake time."""

from contests import small_contest
from program import ProgramTest


class Simulation(ProgramTest):
    def market(self, contest):
        return self.noonmark("simulate", "market", "--contest", contest, "--days", 5, "--validators", 3, "--miners", 5, "--json")

    def test_a_market_in_which_the_winner_takes_all_is_sound_and_the_same_twice(self):
        contest = small_contest(self.folder, shares="[1.0]")
        first = self.expect(self.market(contest), 0)
        self.assertEqual(first.out, self.market(contest).out)
        gains = {gain["adversary"]: gain for gain in first.json["gains"]}
        self.assertGreater(len(gains), 10)
        for adversary, gain in gains.items():
            self.assertTrue(not gain["pays"] or gain["needs_stake"] > 50, adversary)
        self.assertTrue(first.json["money_conserved"])
        self.assertEqual(first.json["entries_without_ending"], 0)

    def test_a_market_that_pays_lower_ranks_says_who_gains(self):
        outcome = self.expect(self.market(small_contest(self.folder)), 1)
        paid = [gain["adversary"] for gain in outcome.json["gains"] if gain["pays"] and not gain["needs_stake"]]
        self.assertIn("sybil, many cold keys", paid)
