// C-N19: whether two validators on equal machines name the same winner, by simulation. A validator sees each entry
// through twelve launches whose ratios spread by 1 %, which is what was measured for processes pinned to one core.
#include <cmath>
#include <cstdio>

#include <gtest/gtest.h>

#include "base/core/random.h"
#include "base/stats/interval.h"
#include "contest/verdict/decide.h"

namespace noonmark::verdict {
namespace {

using record::Metric;

constexpr int kLaunches = 12;

/// The verdict of one validator on entries with these true ratios, oldest first.
Verdict seen_by(core::Philox& random, const std::vector<double>& truths, double spread) {
  Policy policy;
  policy.weights = {{Metric::generation_time, 1}};
  policy.shares = {0.6, 0.2, 0.1, 0.06, 0.04};
  std::vector<Evidence> evidence;
  for (std::size_t i = 0; i < truths.size(); ++i) {
    std::vector<double> ratios(kLaunches);
    for (double& ratio : ratios) {
      ratio = truths[i] * std::exp(spread * random.normal());
    }
    const auto estimate = stats::ratio_interval(ratios, 0.95, 200, random.uint64());
    evidence.push_back(
        {.facts = {.name = std::to_string(i), .content = hash::sha256(std::to_string(i)), .order = static_cast<int>(i)},
         .metrics = {{Metric::generation_time, {estimate->ratio, estimate->low, estimate->high}}},
         .fidelity = Faithfulness{1, 1}});
  }
  return decide(policy, evidence);
}

struct Agreement {
  double same_winner = 0;
  double weight_moved = 0;  // half the sum of differences, as a share of the whole
};

/// Over many contests whose entries `make` draws.
template <class Make>
Agreement agreement(Make make, double spread) {
  core::Philox random(19);
  constexpr int kContests = 200;
  Agreement result;
  for (int contest = 0; contest < kContests; ++contest) {
    const std::vector<double> truths = make(random);
    const auto first = seen_by(random, truths, spread);
    const auto second = seen_by(random, truths, spread);
    result.same_winner += first.winner == second.winner ? 1.0 / kContests : 0;
    std::map<std::string, std::int64_t> weights;
    for (const auto& entry : first.entries) weights[entry.facts.name] += entry.weight;
    for (const auto& entry : second.entries) weights[entry.facts.name] -= entry.weight;
    for (const auto& [name, difference] : weights) {
      result.weight_moved += std::abs(static_cast<double>(difference)) / 2 / kWeightUnits / kContests;
    }
  }
  return result;
}

void print(const char* name, const Agreement& agreement) {
  std::printf("%-44s same winner %.3f  weight moved %.3f\n", name, agreement.same_winner, agreement.weight_moved);
}

TEST(Agreement, TwoValidatorsNameTheSameWinnerOfIndependentEntries) {
  const auto independent = [](core::Philox& random) {
    std::vector<double> truths(10);
    for (double& truth : truths) truth = 0.4 + 0.6 * random.uniform();
    return truths;
  };
  const auto result = agreement(independent, 0.01);
  print("ten independent entries", result);
  EXPECT_GE(result.same_winner, 0.95);
}

TEST(Agreement, TwoValidatorsNameTheSameWinnerAmongItsVariants) {
  // The reference's daily picture: one good entry and nine variants of it within half a per cent, all younger.
  const auto variants = [](core::Philox& random) {
    std::vector<double> truths(10, 0.5);
    for (std::size_t i = 1; i < truths.size(); ++i) truths[i] = 0.5 * (1 + 0.005 * (2 * random.uniform() - 1));
    return truths;
  };
  const auto result = agreement(variants, 0.01);
  print("one entry and nine variants within 0.5 %", result);
  EXPECT_GE(result.same_winner, 0.95);
}

TEST(Agreement, HoldsWithThreeTimesTheNoise) {
  const auto variants = [](core::Philox& random) {
    std::vector<double> truths(10, 0.5);
    for (std::size_t i = 1; i < truths.size(); ++i) truths[i] = 0.5 * (1 + 0.005 * (2 * random.uniform() - 1));
    return truths;
  };
  const auto result = agreement(variants, 0.03);
  print("the same with a spread of 3 %", result);
  EXPECT_GE(result.same_winner, 0.95);
}

}  // namespace
}  // namespace noonmark::verdict
