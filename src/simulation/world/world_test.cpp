#include "simulation/world/world.h"

#include <gtest/gtest.h>

namespace noonmark::world {
namespace {

rules::Contest contest() {
  return rules::load_contest(std::filesystem::path(NOONMARK_SOURCE_DIR) / "contests" / "emoji-cpu.toml").value();
}

Cast honest(int validators, int miners) {
  Cast cast;
  for (int i = 0; i < validators; ++i) {
    const std::string name = "validator " + std::to_string(i + 1);
    cast.validators.push_back(
        {name, ValidatorKind::honest, account_of(name + " hot"), account_of(name + " cold"), 1'000'000'000'000});
  }
  for (int i = 0; i < miners; ++i) {
    const std::string name = "miner " + std::to_string(i + 1);
    cast.miners.push_back(
        {name, MinerKind::honest, {account_of(name + " hot")}, {account_of(name + " cold")}, 0.5 + 0.05 * i});
  }
  return cast;
}

TEST(World, HonestDaysPayTheBestMost) {
  const auto outcome = play(honest(3, 6), {contest(), 5, 1, {}, 0.0});
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(outcome->days, 5 + kUncountedDays);
  EXPECT_EQ(outcome->agreed, outcome->days);
  EXPECT_EQ(outcome->unfinished, 0);
  EXPECT_TRUE(outcome->audit.balanced());
  EXPECT_GT(outcome->miners[0].earned, outcome->miners[1].earned);
  EXPECT_GT(outcome->miners[1].earned, outcome->miners[4].earned);
  EXPECT_GT(outcome->validators[0].earned, 0u);
}

TEST(World, TheSameSeedGivesTheSameMoney) {
  const Settings settings{contest(), 4, 9, {}, 0.2};
  const auto first = play(honest(3, 5), settings).value(), second = play(honest(3, 5), settings).value();
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(first.miners[i].earned, second.miners[i].earned);
  EXPECT_EQ(first.audit.issued, second.audit.issued);
}

TEST(World, GarbageEarnsNothing) {
  Cast cast = honest(3, 4);
  cast.miners[1].kind = MinerKind::garbage;
  const auto outcome = play(cast, {contest(), 4, 1, {}, 0.0}).value();
  EXPECT_EQ(outcome.miners[1].earned, 0u);
}

}  // namespace
}  // namespace noonmark::world
