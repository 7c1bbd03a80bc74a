#include "base/stats/interval.h"

#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "base/core/random.h"

namespace noonmark::stats {
namespace {

using Values = std::vector<double>;

Values observations(core::Philox& random, std::size_t count, double truth, double spread, bool outliers = false) {
  Values values(count);
  for (double& value : values) {
    const double wild = outliers && random.uniform() < 0.1 ? 5 : 1;
    value = truth * std::exp(spread * wild * random.normal());
  }
  return values;
}

/// Share of simulated experiments whose interval holds the truth.
double coverage(std::size_t count, double confidence, bool outliers, decltype(&ratio_interval) method) {
  core::Philox random(2024, count);
  constexpr int kExperiments = 600;
  int inside = 0;
  for (int experiment = 0; experiment < kExperiments; ++experiment) {
    const auto values = observations(random, count, 0.8, 0.01, outliers);
    const auto estimate = method(values, confidence, 400, static_cast<std::uint64_t>(experiment));
    inside += estimate->low <= 0.8 && 0.8 <= estimate->high ? 1 : 0;
  }
  return inside / static_cast<double>(kExperiments);
}

// Binomial standard error at 600 experiments: 0.9 % at 95 %, 0.4 % at 99 %.
TEST(RatioInterval, HoldsTheTruthAsOftenAsItSays) {
  for (const std::size_t count : {3, 5, 8, 12}) {
    EXPECT_NEAR(coverage(count, 0.95, false, ratio_interval), 0.95, 0.03) << count;
    EXPECT_GT(coverage(count, 0.95, true, ratio_interval), 0.91) << count;
    EXPECT_GT(coverage(count, 0.99, false, ratio_interval), 0.97) << count;
  }
}

TEST(RatioInterval, NeedsItsStretchForFewObservations) {
  EXPECT_LT(coverage(5, 0.95, false, percentile_interval), 0.90);
  EXPECT_GT(coverage(5, 0.95, false, ratio_interval), 0.92);
}

TEST(RatioInterval, IsOrderedFiniteAndIndependentOfOrder) {
  core::Philox random(3);
  for (int round = 0; round < 200; ++round) {
    auto values = observations(random, 2 + random.below(10), std::exp(3 * random.normal()), random.uniform());
    const auto first = ratio_interval(values, 0.9, 100, 7);
    random.shuffle(std::span(values));
    const auto second = ratio_interval(values, 0.9, 100, 7);
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->low, second->low);
    EXPECT_EQ(first->high, second->high);
    EXPECT_GT(first->low, 0);
    EXPECT_LE(first->low, first->ratio);
    EXPECT_LE(first->ratio, first->high);
    EXPECT_TRUE(std::isfinite(first->high));
  }
}

TEST(RatioInterval, TurnsOverWithTheRatios) {
  const Values values = {0.5, 0.52, 0.49, 0.51, 0.505};
  Values inverse;
  for (const double value : values) {
    inverse.push_back(1 / value);
  }
  const auto direct = ratio_interval(values, 0.95, 4000, 1);
  const auto turned = ratio_interval(inverse, 0.95, 4000, 1);
  EXPECT_NEAR(direct->ratio * turned->ratio, 1, 1e-12);
  EXPECT_NEAR(direct->low * turned->high, 1, 0.01);
  EXPECT_NEAR(direct->high * turned->low, 1, 0.01);
}

TEST(RatioInterval, NarrowsWithObservationsAndWidensWithConfidence) {
  core::Philox random(9);
  const auto many = observations(random, 40, 1, 0.01);
  const auto few = std::span(many).first(5);
  const auto width = [](const std::optional<Estimate>& estimate) { return estimate->high - estimate->low; };
  EXPECT_LT(width(ratio_interval(many, 0.95, 1000, 1)), width(ratio_interval(few, 0.95, 1000, 1)));
  EXPECT_LT(width(ratio_interval(few, 0.8, 1000, 1)), width(ratio_interval(few, 0.95, 1000, 1)));
  EXPECT_LT(width(ratio_interval(few, 0.95, 1000, 1)), width(ratio_interval(few, 0.999, 1000, 1)));
}

TEST(RatioInterval, HasNoWidthForEqualValues) {
  const auto estimate = ratio_interval(Values{0.1, 0.1, 0.1}, 0.99, 100, 1);
  ASSERT_TRUE(estimate);
  EXPECT_EQ(estimate->low, estimate->high);
  EXPECT_NEAR(estimate->ratio, 0.1, 1e-15);
}

TEST(RatioInterval, DefinesEveryInput) {
  const double nan = std::nan("");
  EXPECT_FALSE(ratio_interval({}, 0.95, 100, 1));
  EXPECT_FALSE(ratio_interval(Values{1}, 0.95, 100, 1));
  EXPECT_FALSE(ratio_interval(Values{1, nan, 0, -2}, 0.95, 100, 1));
  EXPECT_FALSE(ratio_interval(Values{1, 2}, nan, 100, 1));
  EXPECT_FALSE(ratio_interval(Values{1, 2}, 1, 100, 1));
  EXPECT_FALSE(ratio_interval(Values{1, 2}, 0.95, 0, 1));
  const auto extreme = ratio_interval(Values{1e-308, 1e308}, 0.9999999999, 10, 1);
  ASSERT_TRUE(extreme);
  EXPECT_TRUE(std::isfinite(extreme->high));
  EXPECT_GT(extreme->low, 0);
}

}  // namespace
}  // namespace noonmark::stats
