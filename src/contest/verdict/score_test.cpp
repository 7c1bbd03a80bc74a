#include "contest/verdict/score.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "base/core/random.h"

namespace noonmark::verdict {
namespace {

using record::Metric;
using record::Metrics;

record::Interval exactly(double ratio) { return {ratio, ratio, ratio}; }

Policy noonmark() {
  Policy policy;
  policy.weights = {{Metric::generation_time, 3}, {Metric::peak_memory, 1}};
  policy.mean_floor = 0.8;
  policy.minimum_floor = 0.5;
  policy.minimum_full = 0.75;
  return policy;
}

Policy edge_maxxing() {
  Policy policy;
  policy.name = kEdgeMaxxing;
  policy.weights = {{Metric::generation_time, 1}, {Metric::peak_memory, 3}};
  policy.minimum_floor = 0.75;
  return policy;
}

double value(const Metrics& metrics, const Faithfulness& fidelity, const Policy& policy) {
  return score_of(metrics, fidelity, policy).value;
}

// Vectors of C-F40.
TEST(EdgeMaxxing, EqualsThePublishedVectors) {
  const Metrics same = {{Metric::generation_time, exactly(1)}, {Metric::peak_memory, exactly(1)}};
  const Metrics twice_as_fast = {{Metric::generation_time, exactly(0.5)}, {Metric::peak_memory, exactly(1)}};
  EXPECT_NEAR(value(same, {1, 1}, edge_maxxing()), 0, 1e-6);
  EXPECT_NEAR(value(twice_as_fast, {0.95, 0.9}, edge_maxxing()), 0.8915, 5e-5);
  EXPECT_EQ(value(twice_as_fast, {0.95, 0.74}, edge_maxxing()), -1);
  // Similarity factors of the same study: S -> 1, .990, .946, .880, .795, .669, .447.
  const double factors[][2] = {{1, 1},        {0.99, 0.990}, {0.95, 0.946}, {0.9, 0.880},
                               {0.85, 0.795}, {0.8, 0.669},  {0.76, 0.447}};
  for (const auto& [similarity, factor] : factors) {
    EXPECT_NEAR(value(same, {similarity, 0.75}, edge_maxxing()) + 1, factor, 6e-4) << similarity;
  }
}

// C-F42.
TEST(EdgeMaxxing, DividesWeightsByTheirGreatestCommonDivisorAndTurnsNegativeOnesOver) {
  const Metrics metrics = {{Metric::generation_time, exactly(0.5)}, {Metric::peak_memory, exactly(0.25)}};
  auto policy = edge_maxxing();
  const double once = value(metrics, {1, 1}, policy);
  policy.weights = {{Metric::generation_time, 10}, {Metric::peak_memory, 30}};
  EXPECT_EQ(value(metrics, {1, 1}, policy), once);
  policy.weights = {{Metric::generation_time, 1}, {Metric::peak_memory, -1}};
  EXPECT_NEAR(value(metrics, {1, 1}, policy), 2.0 / 4 - 1, 1e-6);
  policy.weights = {{Metric::generation_time, 4}, {Metric::peak_memory, 0}};
  EXPECT_NEAR(value(metrics, {1, 1}, policy), 1, 1e-6);
}

TEST(Noonmark, IsTheShareOfCostSaved) {
  auto policy = noonmark();
  const auto at = [&](double time, double memory) {
    return value({{Metric::generation_time, exactly(time)}, {Metric::peak_memory, exactly(memory)}}, {1, 1}, policy);
  };
  EXPECT_EQ(at(1, 1), 0);
  EXPECT_NEAR(at(0.5, 0.5), 0.5, 1e-6);
  EXPECT_NEAR(at(0.5, 1), 1 - std::pow(0.5, 0.75), 1e-6);
  EXPECT_NEAR(at(2, 2), -1, 1e-6);
  EXPECT_EQ(at(50, 50), -1);
  // What ruined the reference's table: a metric driven towards zero cannot outweigh everything else.
  EXPECT_LT(at(0.5, 1e-9), 0.80);
  EXPECT_LT(at(5.9 / 3, 0.1), 0.1);
}

TEST(Noonmark, TellsItsTerms) {
  const auto score =
      score_of({{Metric::generation_time, exactly(0.5)}, {Metric::peak_memory, exactly(1)}}, {0.9, 0.9}, noonmark());
  ASSERT_EQ(score.terms.size(), 3u);
  double cost = 1;
  for (const auto& term : score.terms) {
    cost *= term.name == "fidelity" ? 1 : term.effect;
  }
  EXPECT_EQ(score.terms.back().name, "fidelity");
  EXPECT_NEAR(score.value, score.terms.back().effect * (1 - cost), 2e-6);
}

// C-N24: a soft gate.
TEST(FidelityFactor, RisesWithoutAStepFromTheFloor) {
  const auto policy = noonmark();
  EXPECT_EQ(fidelity_factor({1, 1}, policy), 1);
  EXPECT_EQ(fidelity_factor({0.8, 1}, policy), 0);
  EXPECT_EQ(fidelity_factor({1, 0.5}, policy), 0);
  EXPECT_EQ(fidelity_factor({1, 0.75}, policy), 1);
  double last = 0;
  for (double mean = 0.7; mean <= 1; mean += 0.0001) {
    const double now = fidelity_factor({mean, 1}, policy);
    EXPECT_GE(now, last);
    EXPECT_LT(now - last, 0.25);  // steepest just above the floor: x^0.2
    last = now;
  }
  // No cliff: the score of an entry just above the floor and of one just below differ by as little as one likes.
  EXPECT_LT(fidelity_factor({0.8 + 1e-12, 1}, policy), 0.01);
  EXPECT_FALSE(faithful({0.8 - 1e-9, 1}, policy));
  EXPECT_FALSE(faithful({1, 0.5 - 1e-9}, policy));
  EXPECT_TRUE(faithful({0.8, 0.5}, policy));
}

TEST(FidelityFactor, IsOneWithoutFloorsAtFullFidelityAndDefinedForNan) {
  Policy policy;
  EXPECT_EQ(fidelity_factor({1, 1}, policy), 1);
  EXPECT_EQ(fidelity_factor({std::nan(""), 1}, policy), 0);
  EXPECT_FALSE(faithful({std::nan(""), 1}, policy));
  EXPECT_FALSE(faithful({1, std::nan("")}, policy));
}

// C-N14.
TEST(Score, IsTotalFiniteAndBounded) {
  core::Philox random(31);
  const double odd[] = {0,
                        -1,
                        1e-308,
                        0.5,
                        1,
                        2,
                        64,
                        1e9,
                        1e308,
                        std::nan(""),
                        std::numeric_limits<double>::infinity(),
                        -std::numeric_limits<double>::infinity()};
  const auto any = [&] { return odd[random.below(std::size(odd))]; };
  for (int round = 0; round < 5000; ++round) {
    Metrics metrics;
    for (const auto metric : record::kAllMetrics) {
      if (random.below(3) > 0) {
        metrics[metric] = {any(), any(), any()};
      }
    }
    for (const auto& policy : {noonmark(), edge_maxxing()}) {
      const auto score = score_of(metrics, {any(), any()}, policy);
      for (const double number : {score.value, score.low, score.high}) {
        ASSERT_TRUE(std::isfinite(number));
        ASSERT_GE(number, -1);
        ASSERT_LE(number, policy.name == kNoonmark1 ? 1 : 1e9);
      }
      ASSERT_LE(score.low, score.value);
      ASSERT_LE(score.value, score.high);
      for (const auto& term : score.terms) {
        ASSERT_TRUE(std::isfinite(term.value) && std::isfinite(term.weight) && std::isfinite(term.effect));
      }
    }
  }
}

TEST(Score, IsMonotone) {
  core::Philox random(32);
  const auto policy = noonmark();
  for (int round = 0; round < 2000; ++round) {
    Metrics metrics;
    for (const auto& [metric, weight] : policy.weights) {
      metrics[metric] = exactly(std::exp(2 * random.normal()));
    }
    const Faithfulness fidelity{random.uniform(), random.uniform()};
    const double before = value(metrics, fidelity, policy);
    auto better = metrics;
    better[Metric::generation_time] = exactly(metrics[Metric::generation_time].ratio * random.uniform());
    EXPECT_GE(value(better, fidelity, policy), before);
    auto missing = metrics;
    missing.erase(Metric::peak_memory);
    EXPECT_LE(value(missing, fidelity, policy), before);  // nothing is gained by keeping a metric from being measured
    const Faithfulness closer{fidelity.mean + (1 - fidelity.mean) * random.uniform(), fidelity.minimum};
    if (before > 0) {
      EXPECT_GE(value(metrics, closer, policy), before);
    }
  }
}

}  // namespace
}  // namespace noonmark::verdict
