#include "contest/verdict/policy.h"

#include <cmath>

#include <gtest/gtest.h>

namespace noonmark::verdict {
namespace {

using record::Metric;

Policy good() {
  Policy policy;
  policy.weights = {{Metric::generation_time, 1}};
  return policy;
}

bool refused(void (*change)(Policy&)) {
  auto policy = good();
  change(policy);
  return !validate(policy).ok();
}

TEST(Policy, RefusesNonsense) {
  EXPECT_TRUE(validate(good()).ok());
  EXPECT_TRUE(refused([](Policy& p) { p.name = "noonmark-2"; }));
  EXPECT_TRUE(refused([](Policy& p) { p.weights.clear(); }));
  EXPECT_TRUE(refused([](Policy& p) { p.weights[Metric::generation_time] = 0; }));
  EXPECT_TRUE(refused([](Policy& p) { p.weights[Metric::energy] = -1; }));
  EXPECT_TRUE(refused([](Policy& p) { p.weights[Metric::energy] = std::nan(""); }));
  EXPECT_TRUE(refused([](Policy& p) { p.mean_floor = 1; }));
  EXPECT_TRUE(refused([](Policy& p) { p.minimum_full = 0; }));
  EXPECT_TRUE(refused([](Policy& p) { p.shares = {}; }));
  EXPECT_TRUE(refused([](Policy& p) { p.shares = {0.5, 0.6}; }));
  EXPECT_TRUE(refused([](Policy& p) { p.shares = {0.5, 0}; }));
  EXPECT_TRUE(refused([](Policy& p) { p.shares = {std::nan("")}; }));
  EXPECT_TRUE(refused([](Policy& p) { p.tie_reach = -0.1; }));
}

TEST(Policy, LetsEdgeMaxxingHaveNegativeButOnlyWholeWeights) {
  EXPECT_FALSE(refused([](Policy& p) { p.name = kEdgeMaxxing, p.weights[Metric::energy] = -3; }));
  EXPECT_TRUE(refused([](Policy& p) { p.name = kEdgeMaxxing, p.weights[Metric::energy] = 0.5; }));
}

TEST(Policy, FollowsTheContest) {
  rules::Contest contest;
  contest.weights = {{Metric::generation_time, 8}};
  contest.verdict.policy = kNoonmark1;
  contest.fidelity.minimum_floor = 0.5;
  contest.payout.shares = {0.6, 0.4};
  const auto policy = policy_of(contest);
  ASSERT_TRUE(policy.ok()) << policy.error().message;
  EXPECT_EQ(policy->weights, contest.weights);
  EXPECT_EQ(policy->mean_floor, 0);
  EXPECT_EQ(policy->minimum_floor, 0.5);
  EXPECT_EQ(policy->minimum_full, 0.75);
  EXPECT_EQ(policy->shares, contest.payout.shares);
  contest.verdict.policy = "luck-1";
  const auto unknown = policy_of(contest);
  ASSERT_FALSE(unknown.ok());
  EXPECT_NE(unknown.error().message.find("noonmark-1"), std::string::npos);
}

}  // namespace
}  // namespace noonmark::verdict
