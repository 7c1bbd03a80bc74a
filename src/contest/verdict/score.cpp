#include "contest/verdict/score.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

namespace noonmark::verdict {
namespace {

using record::Interval;

constexpr double kMostRatio = 64;
constexpr double kMostScore = 1e9;

using Bound = double (*)(const Interval&);
double middle(const Interval& interval) { return interval.ratio; }
double lower(const Interval& interval) { return interval.low; }
double upper(const Interval& interval) { return interval.high; }

/// The bound of a metric if it is a usable ratio.
std::optional<double> usable(const record::Metrics& metrics, record::Metric metric, Bound bound) {
  const auto found = metrics.find(metric);
  if (found == metrics.end()) {
    return std::nullopt;
  }
  const double value = bound(found->second);
  return std::isfinite(value) && value > 0 ? std::optional(value) : std::nullopt;
}

double ramp(double value, double floor, double full) {
  if (!(value > floor)) {  // NaN too
    return value == floor && floor == 0 && full == 0 ? 1 : 0;
  }
  return full > floor ? std::pow(std::min(1.0, (value - floor) / (full - floor)), 1 - floor) : 1;
}

double ratio_or_worst(const record::Metrics& metrics, record::Metric metric, Bound bound) {
  return std::clamp(usable(metrics, metric, bound).value_or(kMostRatio), 1 / kMostRatio, kMostRatio);
}

double total_weight(const Policy& policy) {
  double total = 0;
  for (const auto& [metric, weight] : policy.weights) {
    total += std::max(0.0, weight);
  }
  return total;
}

double noonmark_score(const record::Metrics& metrics, double factor, const Policy& policy, Bound bound) {
  const double total = total_weight(policy);
  double log_cost = 0;
  for (const auto& [metric, weight] : policy.weights) {
    if (weight > 0) {
      log_cost += weight / total * std::log(ratio_or_worst(metrics, metric, bound));
    }
  }
  const double saved = 1 - std::exp(log_cost);
  return saved > 0 ? factor * saved : std::max(-1.0, saved);
}

long greatest_common_divisor(const Policy& policy) {
  long divisor = 0;
  for (const auto& [metric, weight] : policy.weights) {
    divisor = std::gcd(divisor, std::lround(std::abs(weight)));
  }
  return std::max(1L, divisor);
}

/// `better` asks for the bound that is good for the entry, which depends on the sign of the weight.
double edge_maxxing_score(const record::Metrics& metrics, const Faithfulness& fidelity, const Policy& policy,
                          Bound good, Bound bad) {
  const double floor = policy.minimum_floor;
  if (!(fidelity.minimum >= floor) || !(fidelity.mean > floor)) {
    return -1;
  }
  const auto divisor = static_cast<double>(greatest_common_divisor(policy));
  double logarithm = (1 - floor) * std::log(std::min(1.0, (fidelity.mean - floor) / (1 - floor)));
  for (const auto& [metric, weight] : policy.weights) {
    if (weight != 0) {
      const auto ratio = usable(metrics, metric, weight > 0 ? good : bad);
      if (!ratio) {
        return -1;
      }
      logarithm -= weight / divisor * std::log(*ratio);
    }
  }
  return std::clamp(std::exp(std::min(logarithm, 100.0)) - 1, -1.0, kMostScore);
}

std::vector<Term> terms_of(const record::Metrics& metrics, const Faithfulness& fidelity, const Policy& policy) {
  std::vector<Term> terms;
  const bool ours = policy.name == kNoonmark1;
  const double total = ours ? total_weight(policy) : static_cast<double>(greatest_common_divisor(policy));
  for (const auto& [metric, weight] : policy.weights) {
    if (weight == 0) {
      continue;
    }
    const double ratio = ratio_or_worst(metrics, metric, middle);
    const double share = weight / total;
    terms.push_back({.name = std::string(record::name_of(metric)),
                     .value = record::rounded(ratio),
                     .weight = record::rounded(share),
                     .effect = record::rounded(std::pow(ratio, ours ? share : -share))});
  }
  const double factor = ours
                            ? fidelity_factor(fidelity, policy)
                            : ramp(fidelity.mean, policy.minimum_floor, 1) * (fidelity.minimum >= policy.minimum_floor);
  terms.push_back(
      {.name = "fidelity", .value = record::rounded(factor), .weight = 1, .effect = record::rounded(factor)});
  return terms;
}

}  // namespace

double fidelity_factor(const Faithfulness& fidelity, const Policy& policy) {
  return std::min(ramp(fidelity.mean, policy.mean_floor, policy.mean_full),
                  ramp(fidelity.minimum, policy.minimum_floor, policy.minimum_full));
}

bool faithful(const Faithfulness& fidelity, const Policy& policy) {
  return fidelity.mean >= policy.mean_floor && fidelity.minimum >= policy.minimum_floor;
}

Score score_of(const record::Metrics& metrics, const Faithfulness& fidelity, const Policy& policy) {
  Score score{.terms = terms_of(metrics, fidelity, policy)};
  if (policy.name == kEdgeMaxxing) {
    score.value = edge_maxxing_score(metrics, fidelity, policy, middle, middle);
    score.low = edge_maxxing_score(metrics, fidelity, policy, upper, lower);
    score.high = edge_maxxing_score(metrics, fidelity, policy, lower, upper);
  } else {
    const double factor = fidelity_factor(fidelity, policy);
    score.value = noonmark_score(metrics, factor, policy, middle);
    score.low = noonmark_score(metrics, factor, policy, upper);
    score.high = noonmark_score(metrics, factor, policy, lower);
  }
  score.value = record::rounded(score.value);
  // Bounds on the wrong side can only come from metrics whose own bounds are; the score lies between all the same.
  score.low = std::min(score.value, record::rounded(score.low));
  score.high = std::max(score.value, record::rounded(score.high));
  return score;
}

}  // namespace noonmark::verdict
