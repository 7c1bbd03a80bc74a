#include "base/stats/estimators.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "base/core/random.h"

namespace noonmark::stats {
namespace {

using Values = std::vector<double>;
const double kNan = std::nan("");
const double kInfinity = std::numeric_limits<double>::infinity();

TEST(Quantile, InterpolatesBetweenOrderStatistics) {
  const Values values = {40, 10, 30, 20};
  EXPECT_DOUBLE_EQ(*quantile(values, 0), 10);
  EXPECT_DOUBLE_EQ(*quantile(values, 0.25), 17.5);
  EXPECT_DOUBLE_EQ(*quantile(values, 0.5), 25);
  EXPECT_DOUBLE_EQ(*quantile(values, 0.9), 37);
  EXPECT_DOUBLE_EQ(*quantile(values, 1), 40);
}

TEST(Median, TakesTheMiddle) {
  EXPECT_DOUBLE_EQ(*median(Values{3, 1, 2}), 2);
  EXPECT_DOUBLE_EQ(*median(Values{4, 1, 2, 3}), 2.5);
  EXPECT_DOUBLE_EQ(*median(Values{7}), 7);
}

TEST(GeometricMean, MultipliesOut) { EXPECT_DOUBLE_EQ(*geometric_mean(Values{2, 8}), 4); }

TEST(StandardDeviation, DividesByOneLess) { EXPECT_DOUBLE_EQ(*standard_deviation(Values{1, 3}), std::sqrt(2.0)); }

TEST(MedianOfRatios, IsNotMovedByOneSlowPair) {
  const std::vector<Pair> pairs = {{2, 1}, {2.2, 1.1}, {500, 1}, {4, 2}, {1.8, 0.9}};
  EXPECT_DOUBLE_EQ(*median_of_ratios(pairs), 2);
}

TEST(MedianOfRatios, LeavesOutPairsWithoutARatio) {
  const std::vector<Pair> pairs = {{1, 0}, {0, 1}, {-1, 1}, {kNan, 1}, {1, kInfinity}, {1e300, 1e-300}, {3, 2}};
  EXPECT_EQ(ratios(pairs), Values{1.5});
  EXPECT_DOUBLE_EQ(*median_of_ratios(pairs), 1.5);
}

TEST(Estimators, GiveNothingForNothing) {
  for (const Values& empty : {Values{}, Values{kNan, kInfinity, -kInfinity}}) {
    EXPECT_FALSE(median(empty));
    EXPECT_FALSE(quantile(empty, 0.3));
    EXPECT_FALSE(mean(empty));
    EXPECT_FALSE(geometric_mean(empty));
    EXPECT_FALSE(standard_deviation(empty));
  }
  EXPECT_FALSE(quantile(Values{1}, kNan));
  EXPECT_FALSE(geometric_mean(Values{0, -1}));
  EXPECT_FALSE(standard_deviation(Values{1}));
  EXPECT_FALSE(median_of_ratios({}));
}

TEST(Estimators, SkipWhatIsNotFinite) {
  EXPECT_DOUBLE_EQ(*median(Values{kNan, 5, kInfinity}), 5);
  EXPECT_DOUBLE_EQ(*mean(Values{kNan, 1, 3}), 2);
}

TEST(Estimators, SurviveHugeValues) {
  const Values huge = {1e308, 1.5e308, -1e308};
  EXPECT_TRUE(std::isfinite(*median(huge)));
  EXPECT_TRUE(std::isfinite(*mean(huge)));
  EXPECT_TRUE(std::isfinite(*quantile(huge, 0.77)));
}

TEST(Estimators, DoNotDependOnOrderAndStayWithinTheValues) {
  core::Philox random(11);
  for (int round = 0; round < 200; ++round) {
    Values values(1 + random.below(12));
    for (double& value : values) {
      value = std::exp(random.normal());
    }
    Values shuffled = values;
    random.shuffle(std::span(shuffled));
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    const double q = random.uniform();
    EXPECT_EQ(*quantile(values, q), *quantile(shuffled, q));
    EXPECT_EQ(*median(values), *median(shuffled));
    EXPECT_NEAR(*geometric_mean(values), *geometric_mean(shuffled), 1e-12);
    for (const double estimate : {*quantile(values, q), *median(values), *mean(values), *geometric_mean(values)}) {
      EXPECT_GE(estimate, *low * (1 - 1e-12));
      EXPECT_LE(estimate, *high * (1 + 1e-12));
    }
  }
}

TEST(Quantile, RisesWithItsLevel) {
  core::Philox random(5);
  Values values(9);
  for (double& value : values) {
    value = random.normal();
  }
  for (double q = 0; q < 1; q += 0.01) {
    EXPECT_LE(*quantile(values, q), *quantile(values, q + 0.01));
  }
}

}  // namespace
}  // namespace noonmark::stats
