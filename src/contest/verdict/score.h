#pragma once

#include <optional>
#include <string>
#include <vector>

#include "contest/verdict/policy.h"
#include "trial/record/metric.h"

namespace noonmark::verdict {

/// Fidelity of one entry: mean and smallest score over its outputs, 0..1.
struct Faithfulness {
  double mean = 0;
  double minimum = 0;
  bool operator==(const Faithfulness&) const = default;
};

/// One factor of a score, for whoever wants to know where it comes from.
struct Term {
  std::string name;   ///< A metric's name, or "fidelity".
  double value = 0;   ///< entry / baseline of the metric; for fidelity the factor, 0..1.
  double weight = 0;  ///< Its share of all weights; for edge-maxxing-… the exponent. 1 for fidelity.
  double effect =
      0;  ///< What it does to the score alone: noonmark-1 value^weight, edge-maxxing-… value^-weight; the factor.
  bool operator==(const Term&) const = default;
};

/// A score with its bounds; low <= value <= high, all finite, rounded to a millionth.
struct Score {
  double value = 0;
  double low = 0;
  double high = 0;
  std::vector<Term> terms = {};
  bool operator==(const Score&) const = default;
};

/// How much of a gain counts: 1 at full fidelity, 0 at a floor and below, continuous and rising in both figures.
///   min over {mean, minimum} of ((x - floor) / (full - floor))^(1 - floor), clamped to 0..1
/// NaN counts as 0.
double fidelity_factor(const Faithfulness& fidelity, const Policy& policy);

/// True when neither figure lies below its floor (F39). NaN is not faithful.
bool faithful(const Faithfulness& fidelity, const Policy& policy);

/// noonmark-1. With r_k = entry / baseline of metric k, clamped to 1/64 .. 64, and w_k its share of the weights:
///   cost  = prod r_k^w_k             the weighted geometric mean of the ratios
///   score = F (1 - cost)             where cost < 1; F = fidelity_factor
///         = max(-1, 1 - cost)        otherwise
/// So the baseline itself has 0, halving everything at full fidelity has 0.5, and nothing reaches 1. Total, in [-1, 1),
/// falling in every ratio, rising in fidelity. A weighted metric that is absent or not a number counts as 64.
///
/// edge-maxxing-2025-02-02 (womboai/edge-maxxing at 9230c3e): with B / M = baseline / entry, g the greatest common
/// divisor of the weights, S the mean fidelity and T = minimum_floor
///   score = prod (B / M)^(w_k / g) ((S - T) / (1 - T))^(1 - T) - 1,  and -1 when the minimum is below T or S not above
///   it.
/// Unbounded there; here clamped to 1e9, and -1 where a weighted metric is absent or not a number.
///
/// The bounds come from all ratios at their worse and at their better bounds together.
Score score_of(const record::Metrics& metrics, const Faithfulness& fidelity, const Policy& policy);

}  // namespace noonmark::verdict
