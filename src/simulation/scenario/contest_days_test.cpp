#include "simulation/scenario/contest_days.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace noonmark::scenario {
namespace {

ContestDays short_story() {
  ContestDays story;
  story.contest =
      rules::load_contest(std::filesystem::path(NOONMARK_SOURCE_DIR) / "contests" / "emoji-cpu.toml").value();
  story.days = 10;
  story.validators = 3;
  story.miners = 6;
  return story;
}

const auto kNever = [] { return false; };
const auto kNobody = [](double, double, std::string_view) {};

TEST(ContestDays, NobodyGainsBelowHalfOfTheStake) {
  const auto report = play(short_story(), kNever, kNobody);
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report->entries_without_ending, 0);
  EXPECT_GE(report->agreement, 0.95);
  for (const Gain& gain : report->gains) {
    if (gain.needs_stake) {
      EXPECT_GE(*gain.needs_stake, 50) << gain.adversary;
      continue;
    }
    // Whoever has many cold keys fills the lower ranks, where the contest pays for them: docs/simulation.md.
    if (gain.adversary == "sybil, many cold keys") continue;
    EXPECT_FALSE(report->pays(gain)) << gain.adversary << ": " << gain.earned << " instead of " << gain.honest;
  }
}

TEST(ContestDays, WhereTheWinnerTakesAllNoNumberOfKeysHelps) {
  ContestDays story = short_story();
  story.contest.payout.shares = {1.0};
  const Report report = play(story, kNever, kNobody).value();
  for (const Gain& gain : report.gains) EXPECT_TRUE(!report.pays(gain) || gain.needs_stake) << gain.adversary;
}

TEST(ContestDays, TheSameSeedTellsTheSameStory) {
  const std::string first = codec::write_json(to_json(play(short_story(), kNever, kNobody).value()));
  EXPECT_EQ(first, codec::write_json(to_json(play(short_story(), kNever, kNobody).value())));
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
