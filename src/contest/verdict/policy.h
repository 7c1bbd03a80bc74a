#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "contest/rules/contest.h"
#include "trial/record/metric.h"

namespace noonmark::verdict {

/// Names of the policies that exist. A name stands for one fixed rule: a changed rule gets a new name.
inline constexpr const char* kNoonmark1 = "noonmark-1";
inline constexpr const char* kEdgeMaxxing = "edge-maxxing-2025-02-02";

/// From evidence to verdict: which rule, and its numbers. Plain data.
struct Policy {
  std::string name = kNoonmark1;

  /// How much each metric counts. noonmark-1: above 0, only their proportions matter. edge-maxxing-…: whole numbers
  /// whose greatest common divisor is divided out; a negative one means that more of the metric is better. 0 = ignored.
  std::map<record::Metric, double> weights;

  /// Below a floor an entry is not faithful. From the floor on, the fidelity factor rises without a step to 1 at
  /// `full`.
  double mean_floor = 0;
  double mean_full = 1;
  double minimum_floor = 0;
  double minimum_full = 1;

  /// An entry whose generation time is not shorter than the baseline's, with confidence, earns nothing.
  bool require_faster = true;

  /// The reigning winner stays first until a score is better than its score by this share.
  double dethrone_margin = 0.02;

  /// An interval reaches at most this far above its score when it claims a tie, so that an unsteady entry does not tie
  /// with everybody.
  double tie_reach = 0.05;

  /// Intervals that miss each other by no more than this still tie: nine variants of one entry, half a per cent apart,
  /// must not be told apart by luck.
  double tie_margin = 0.005;

  /// Shares of the reward by rank, none larger than the one before; the last one above 0.
  std::vector<double> shares = {1.0};

  bool operator==(const Policy&) const = default;
};

/// Fails: invalid, with the member and what it must be.
core::Result<void> validate(const Policy& policy);

/// The policy that a contest states. Floors that it does not state are 0; `minimum_full` lies half-way from its floor
/// to 1, `mean_full` is 1. Fails: invalid (an unknown policy, weights that it cannot take).
core::Result<Policy> policy_of(const rules::Contest& contest);

}  // namespace noonmark::verdict
