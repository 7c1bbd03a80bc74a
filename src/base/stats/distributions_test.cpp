#include "base/stats/distributions.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace noonmark::stats {
namespace {

// Table values: any textbook's appendix, to the digits printed there.
TEST(StudentT, EqualsTheTables) {
  EXPECT_NEAR(student_t_two_sided(0.05, 1), 12.7062, 1e-4);
  EXPECT_NEAR(student_t_two_sided(0.05, 4), 2.7764, 1e-4);
  EXPECT_NEAR(student_t_two_sided(0.01, 4), 4.6041, 1e-4);
  EXPECT_NEAR(student_t_two_sided(0.05, 11), 2.2010, 1e-4);
  EXPECT_NEAR(student_t_two_sided(0.001, 30), 3.6460, 1e-4);
}

TEST(StudentT, HasTheClosedFormOfOneAndTwoDegrees) {
  for (const double alpha : {0.5, 0.1, 0.01, 1e-6, 1e-9}) {
    EXPECT_NEAR(student_t_two_sided(alpha, 1) * std::tan(M_PI * alpha / 2), 1, 1e-9) << alpha;
    EXPECT_NEAR(student_t_two_sided(alpha, 2) / ((1 - alpha) * std::sqrt(2 / (alpha * (2 - alpha)))), 1, 1e-9) << alpha;
  }
}

TEST(StudentT, ApproachesTheNormalAndShrinksWithDegrees) {
  double last = std::numeric_limits<double>::infinity();
  for (const double degrees : {1.0, 2.0, 5.0, 20.0, 1000.0, 1e6, 1e9}) {
    const double now = student_t_two_sided(0.05, degrees);
    EXPECT_LT(now, last);
    last = now;
  }
  EXPECT_NEAR(last, 1.959964, 1e-6);
}

TEST(Normal, EqualsTheTables) {
  EXPECT_NEAR(normal_quantile(0.975), 1.959963985, 1e-8);
  EXPECT_NEAR(normal_quantile(0.025), -1.959963985, 1e-8);
  EXPECT_NEAR(normal_quantile(0.5), 0, 1e-12);
  EXPECT_NEAR(normal_two_sided(0.01), 2.575829304, 1e-8);
  EXPECT_NEAR(normal_cdf(1.0), 0.841344746, 1e-9);
}

TEST(Distributions, DefineEveryInput) {
  const double nan = std::nan("");
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(normal_quantile(0), -infinity);
  EXPECT_EQ(normal_quantile(1), infinity);
  EXPECT_EQ(normal_quantile(-3), -infinity);
  EXPECT_TRUE(std::isnan(normal_quantile(nan)));
  EXPECT_EQ(student_t_two_sided(0, 4), infinity);
  EXPECT_EQ(student_t_two_sided(1, 4), 0);
  EXPECT_TRUE(std::isnan(student_t_two_sided(0.05, 0)));
  EXPECT_TRUE(std::isnan(student_t_two_sided(nan, 4)));
  EXPECT_TRUE(std::isfinite(student_t_two_sided(1e-300, 1)) || student_t_two_sided(1e-300, 1) > 1e100);
}

}  // namespace
}  // namespace noonmark::stats
