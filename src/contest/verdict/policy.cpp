#include "contest/verdict/policy.h"

#include <cmath>

namespace noonmark::verdict {
namespace {

core::Result<void> require(bool condition, const std::string& message) {
  if (!condition) {
    return core::invalid("verdict policy: " + message);
  }
  return {};
}

core::Result<void> validate_weights(const Policy& policy) {
  bool any = false;
  for (const auto& [metric, weight] : policy.weights) {
    const std::string name(record::name_of(metric));
    any = any || weight != 0;
    if (policy.name == kEdgeMaxxing) {
      TRY(require(std::isfinite(weight) && weight == std::floor(weight) && std::abs(weight) <= 1000,
                  "the weight of " + name + " must be a whole number from -1000 to 1000"));
    } else {
      TRY(require(weight >= 0 && weight <= 1e6, "the weight of " + name + " must be 0 to 1000000"));
    }
  }
  return require(any, "at least one metric needs a weight other than 0");
}

bool falling(const std::vector<double>& shares) {
  for (std::size_t rank = 0; rank < shares.size(); ++rank) {
    if (!(shares[rank] > 0 && shares[rank] <= 1e6) || (rank > 0 && shares[rank] > shares[rank - 1])) {
      return false;
    }
  }
  return !shares.empty() && shares.size() <= 10'000;
}

}  // namespace

core::Result<void> validate(const Policy& policy) {
  const auto floor = [](double value) { return value >= 0 && value < 1; };
  TRY(require(policy.name == kNoonmark1 || policy.name == kEdgeMaxxing,
              "'" + policy.name + "' is unknown; use " + kNoonmark1 + " or " + kEdgeMaxxing));
  TRY(validate_weights(policy));
  TRY(require(floor(policy.mean_floor) && floor(policy.minimum_floor),
              "fidelity floors must be 0 or more and below 1"));
  TRY(require(policy.mean_full > policy.mean_floor && policy.mean_full <= 1,
              "mean_full must lie above its floor, at most 1"));
  TRY(require(policy.minimum_full > policy.minimum_floor && policy.minimum_full <= 1,
              "minimum_full must lie above its floor, at most 1"));
  TRY(require(policy.dethrone_margin >= 0 && policy.dethrone_margin <= 1, "dethrone_margin must be 0 to 1"));
  TRY(require(policy.tie_reach >= 0 && policy.tie_reach <= 1, "tie_reach must be 0 to 1"));
  TRY(require(policy.tie_margin >= 0 && policy.tie_margin <= 1, "tie_margin must be 0 to 1"));
  TRY(require(falling(policy.shares),
              "shares must be above 0, none larger than the one before, at most 10000 of them"));
  return {};
}

core::Result<Policy> policy_of(const rules::Contest& contest) {
  Policy policy;
  policy.name = contest.verdict.policy;
  policy.weights = contest.weights;
  policy.mean_floor = contest.fidelity.mean_floor.value_or(0);
  policy.minimum_floor = contest.fidelity.minimum_floor.value_or(0);
  policy.minimum_full = policy.minimum_floor + (1 - policy.minimum_floor) / 2;
  policy.dethrone_margin = contest.verdict.dethrone_margin;
  policy.shares = contest.payout.shares;
  TRY(validate(policy));
  return policy;
}

}  // namespace noonmark::verdict
