#include "simulation/scenario/contest_days.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace noonmark::scenario {
namespace {

ContestDays short_story() {
  ContestDays story;
  story.contest =
      rules::load_contest(std::filesystem::path(NOONMARK_SOURCE_DIR) / "contests" / "emoji-cpu.toml").value();
  story.days = 3;
  story.validators = 3;
  story.miners = 5;
  return story;
}

const auto kNever = [] { return false; };
const auto kNobody = [](double, double, std::string_view) {};

const Gain& gain_of(const Report& report, std::string_view adversary) {
  return *std::ranges::find(report.gains, adversary, &Gain::adversary);
}

TEST(ContestDays, CheatsEarnNothingAndHalfOfTheStakeIsNeeded) {
  const auto report = play(short_story(), kNever, kNobody);
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report->entries_without_ending, 0);
  for (const char* cheat : {"copier", "squatter", "garbage", "sleeper", "look-up table", "memory thief"}) {
    EXPECT_EQ(gain_of(*report, cheat).earned, 0) << cheat;
  }
  for (const char* validator : {"weight copier", "lazy validator"}) {
    EXPECT_FALSE(report->pays(gain_of(*report, validator))) << validator;
  }
  for (const Gain& gain : report->gains) {
    if (gain.needs_stake) EXPECT_GE(*gain.needs_stake, 50) << gain.adversary;
  }
  // Whoever has many cold keys fills the lower ranks, where the contest pays for them: docs/simulation.md.
  EXPECT_TRUE(report->pays(gain_of(*report, "sybil, many cold keys")));
}

TEST(ContestDays, WhereTheWinnerTakesAllManyKeysDontHelp) {
  ContestDays story = short_story();
  story.contest.payout.shares = {1.0};
  const Report report = play(story, kNever, kNobody).value();
  const Gain& sybil = gain_of(report, "sybil, many cold keys");
  EXPECT_LE(sybil.gain(), report.miner_pay / 10) << sybil.earned << " instead of " << sybil.honest;
}

TEST(ContestDays, ImpossibleMarketsAreRefused) {
  ContestDays story = short_story();
  story.validators = 2;
  EXPECT_FALSE(play(story, kNever, kNobody).ok());
  EXPECT_FALSE(play(
                   short_story(), [] { return true; }, kNobody)
                   .ok());
}

}  // namespace
}  // namespace noonmark::scenario
