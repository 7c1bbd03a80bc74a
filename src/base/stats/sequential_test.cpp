#include "base/stats/sequential.h"

#include <cmath>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>

#include "base/core/random.h"
#include "base/stats/distributions.h"

namespace noonmark::stats {
namespace {

using Values = std::vector<double>;

TEST(SpentAlpha, RisesFromNothingToEverything) {
  for (const auto shape : {SpendingShape::obrien_fleming, SpendingShape::pocock}) {
    EXPECT_EQ(spent_alpha(shape, 0.05, 0), 0);
    EXPECT_NEAR(spent_alpha(shape, 0.05, 1), 0.05, 1e-15);
    for (double fraction = 0; fraction < 1; fraction += 0.05) {
      EXPECT_LE(spent_alpha(shape, 0.05, fraction), spent_alpha(shape, 0.05, fraction + 0.05));
    }
  }
}

// Critical values for five equally spaced looks at 5 %, as tabulated for these spending functions.
TEST(NominalAlphas, EqualTheTablesForFiveEqualLooks) {
  const Values fractions = {0.2, 0.4, 0.6, 0.8, 1};
  const Values flat = {2.438, 2.427, 2.410, 2.397, 2.386};
  const Values steep = {4.877, 3.357, 2.680, 2.290, 2.031};
  const auto pocock = nominal_alphas(SpendingShape::pocock, 0.05, fractions);
  const auto fleming = nominal_alphas(SpendingShape::obrien_fleming, 0.05, fractions);
  ASSERT_EQ(pocock.size(), 5u);
  for (std::size_t look = 0; look < 5; ++look) {
    EXPECT_NEAR(normal_two_sided(pocock[look]), flat[look], 0.002) << look;
    EXPECT_NEAR(normal_two_sided(fleming[look]), steep[look], 0.002) << look;
  }
}

TEST(NominalAlphas, SpendAllInOneLook) {
  EXPECT_NEAR(nominal_alphas(SpendingShape::pocock, 0.05, Values{1})[0], 0.05, 1e-9);
  EXPECT_NEAR(nominal_alphas(SpendingShape::obrien_fleming, 0.05, Values{1})[0], 0.05, 1e-9);
}

TEST(NominalAlphas, KeepTheErrorOfTheWholeSequence) {
  const Values fractions = {5 / 12.0, 8 / 12.0, 1};
  for (const auto shape : {SpendingShape::obrien_fleming, SpendingShape::pocock}) {
    const auto alphas = nominal_alphas(shape, 0.05, fractions);
    core::Philox random(17);
    constexpr int kPaths = 20'000;
    int crossed = 0;
    for (int path = 0; path < kPaths; ++path) {
      double position = 0;
      double last = 0;
      bool out = false;
      for (std::size_t look = 0; look < fractions.size(); ++look) {
        position += std::sqrt(fractions[look] - last) * random.normal();
        last = fractions[look];
        out = out || std::abs(position) / std::sqrt(last) > normal_two_sided(alphas[look]);
      }
      crossed += out ? 1 : 0;
    }
    EXPECT_NEAR(crossed / static_cast<double>(kPaths), 0.05, 0.006);
  }
}

TEST(NominalAlphas, DefineEveryInput) {
  const double nan = std::nan("");
  EXPECT_TRUE(nominal_alphas(SpendingShape::pocock, 0.05, {}).empty());
  EXPECT_EQ(nominal_alphas(SpendingShape::pocock, nan, Values{0.5, 1}), (Values{0, 0}));
  const auto odd = nominal_alphas(SpendingShape::pocock, 0.05, Values{0.5, 0.5, nan, -1, 0.2, 2, 1});
  ASSERT_EQ(odd.size(), 7u);
  EXPECT_GT(odd[0], 0);
  for (const std::size_t look : {1u, 2u, 3u, 4u, 6u}) {
    EXPECT_EQ(odd[look], 0) << look;
  }
  EXPECT_GT(odd[5], 0);
  for (const double alpha : nominal_alphas(SpendingShape::obrien_fleming, 1, Values{0.001, 0.5, 1})) {
    EXPECT_TRUE(alpha >= 0 && alpha <= 1) << alpha;
  }
}

}  // namespace
}  // namespace noonmark::stats
