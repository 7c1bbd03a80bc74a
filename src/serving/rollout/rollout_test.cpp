#include "serving/rollout/rollout.h"

#include <gtest/gtest.h>

#include "base/core/random.h"

namespace noonmark::rollout {
namespace {

using namespace std::chrono_literals;

sign::AccountId worker(std::uint8_t number) {
  sign::AccountId account;
  account.bytes[0] = number;
  return account;
}

job::Wish wish(const std::string& package, const std::string& model = "m") { return {model, "chat", package, 1}; }

class RolloutTest : public testing::Test {
 protected:
  RolloutTest() {
    for (std::uint8_t i = 0; i < 20; ++i) rollout_.joined(worker(i));
    rollout_.want({wish("old")}, 0s);
  }
  int serving(const std::string& package) const {
    int count = 0;
    for (std::uint8_t i = 0; i < 20; ++i) {
      for (const job::Wish& one : rollout_.wishes_for(worker(i))) count += one.package == package;
    }
    return count;
  }
  void note(const std::string& package, int good, int bad) {
    for (int i = 0; i < good; ++i) rollout_.note("m", package, true);
    for (int i = 0; i < bad; ++i) rollout_.note("m", package, false);
  }
  Rollout rollout_;
};

TEST_F(RolloutTest, AModelsFirstPackageGoesToAll) { EXPECT_EQ(serving("old"), 20); }

TEST_F(RolloutTest, ANewPackageGoesToAFewAndThenToAll) {
  rollout_.want({wish("new")}, 0s);
  EXPECT_EQ(serving("new"), 2);
  EXPECT_EQ(serving("old"), 18);
  rollout_.offered("m", "new", 1s);
  note("new", 19, 0);
  note("old", 100, 50);
  EXPECT_TRUE(rollout_.decide(2s).empty()) << "not enough of its own";
  note("new", 1, 0);
  const auto decisions = rollout_.decide(3s);
  ASSERT_EQ(decisions.size(), 1u);
  EXPECT_TRUE(decisions[0].rolled_out);
  EXPECT_EQ(serving("new"), 20);
}

TEST_F(RolloutTest, APackageThatFailsIsRolledBackAndNotTriedAgain) {
  rollout_.want({wish("new")}, 0s);
  rollout_.offered("m", "new", 1s);
  note("new", 5, 3);
  const auto decisions = rollout_.decide(2s);
  ASSERT_EQ(decisions.size(), 1u);
  EXPECT_FALSE(decisions[0].rolled_out);
  EXPECT_EQ(decisions[0].why, "5 jobs done, 3 failed");
  EXPECT_EQ(serving("old"), 20);
  rollout_.want({wish("new")}, 3s);
  EXPECT_EQ(serving("new"), 0);
  rollout_.want({wish("newer")}, 4s);
  EXPECT_EQ(serving("newer"), 2) << "another one is";
  rollout_.want({wish("new")}, 5s);
  EXPECT_EQ(serving("new"), 2) << "and it again, when somebody has wanted another meanwhile";
}

TEST_F(RolloutTest, WhoGoesBackToWhatServesMayTryTheOtherAgain) {
  rollout_.want({wish("new")}, 0s);
  rollout_.offered("m", "new", 1s);
  note("new", 0, 3);
  EXPECT_FALSE(rollout_.decide(2s).at(0).rolled_out);
  rollout_.want({wish("old")}, 3s);
  rollout_.want({wish("new")}, 4s);
  EXPECT_EQ(serving("new"), 2);
}

TEST_F(RolloutTest, WithoutCallersTimeDecides) {
  rollout_.want({wish("new")}, 0s);
  EXPECT_TRUE(rollout_.decide(10min).empty()) << "nobody serves it yet";
  rollout_.offered("m", "new", 10min);
  EXPECT_TRUE(rollout_.decide(11min).empty());
  EXPECT_TRUE(rollout_.decide(12min).at(0).rolled_out);
}

TEST_F(RolloutTest, APackageThatNobodyCanServeIsGivenUp) {
  rollout_.want({wish("new")}, 0s);
  EXPECT_EQ(rollout_.decide(30min).at(0).why, "no worker could serve it");
  EXPECT_EQ(serving("old"), 20);
}

TEST_F(RolloutTest, ACanaryThatLeavesIsReplaced) {
  rollout_.want({wish("new")}, 0s);
  rollout_.left(worker(0));
  rollout_.left(worker(1));
  int canaries = 0;
  for (std::uint8_t i = 2; i < 20; ++i) canaries += rollout_.wishes_for(worker(i)).at(0).package == "new";
  EXPECT_EQ(canaries, 2);
}

TEST_F(RolloutTest, WhatIsWantedNoMoreIsServedNoMore) {
  rollout_.want({wish("other", "n")}, 0s);
  EXPECT_EQ(serving("old"), 0);
  EXPECT_EQ(serving("other"), 20);
}

TEST_F(RolloutTest, GoingBackToWhatServesEndsTheTrial) {
  rollout_.want({wish("new")}, 0s);
  rollout_.want({wish("old")}, 1s);
  EXPECT_EQ(serving("old"), 20);
}

TEST(RolloutProperty, EveryWorkerAlwaysHasExactlyOnePackageOfEachModel) {
  core::Philox random(3);
  Rollout rollout;
  std::set<std::string> wanted;
  for (int step = 0; step < 20'000; ++step) {
    const auto draw = [&](std::uint64_t below) { return random.uint64() % below; };
    const std::string package = "p" + std::to_string(draw(4)), model = "m" + std::to_string(draw(2));
    const core::Nanos now = std::chrono::seconds(step);
    switch (draw(6)) {
      case 0:
        rollout.want({wish(package, "m0"), wish(package, "m1")}, now);
        wanted = {"m0", "m1"};
        break;
      case 1:
        rollout.joined(worker(static_cast<std::uint8_t>(draw(9))));
        break;
      case 2:
        rollout.left(worker(static_cast<std::uint8_t>(draw(9))));
        break;
      case 3:
        rollout.offered(model, package, now);
        break;
      case 4:
        rollout.note(model, package, draw(4) > 0);
        break;
      default:
        (void)rollout.decide(now);
    }
    const auto wishes = rollout.wishes_for(worker(static_cast<std::uint8_t>(draw(9))));
    std::set<std::string> models;
    for (const job::Wish& one : wishes) models.insert(one.model);
    ASSERT_EQ(models.size(), wishes.size());
    ASSERT_EQ(models, wanted);
  }
}

}  // namespace
}  // namespace noonmark::rollout
