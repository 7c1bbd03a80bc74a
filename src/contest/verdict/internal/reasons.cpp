#include "contest/verdict/internal/reasons.h"

#include <array>
#include <cmath>
#include <cstdio>

namespace noonmark::verdict::internal {
namespace {

/// With two digits after the point, whatever the locale says.
std::string two_digits(double value) {
  if (!(std::abs(value) < 1e12)) {
    return "?";
  }
  const long long hundredths = std::llround(std::abs(value) * 100);
  const std::string digits = std::to_string(hundredths % 100);
  return (value < 0 && hundredths > 0 ? "-" : "") + std::to_string(hundredths / 100) + "." +
         (digits.size() < 2 ? "0" + digits : digits);
}

std::string speed_up(const record::Metrics& metrics) {
  const auto found = metrics.find(record::Metric::generation_time);
  if (found == metrics.end()) {
    return "speed not measured";
  }
  const auto& interval = found->second;
  return two_digits(1 / interval.ratio) + " times the baseline's speed (interval " + two_digits(1 / interval.high) +
         " to " + two_digits(1 / interval.low) + ")";
}

}  // namespace

std::string of_failure(const record::Failure& failure) {
  switch (failure.owner) {
    case record::Failure::Owner::validator:
      return "the validator's fault, to be tried again: " + failure.message;
    case record::Failure::Owner::network:
      return "the network's fault, to be tried again: " + failure.message;
    case record::Failure::Owner::entry:
      break;
  }
  return failure.code + ": " + failure.message;
}

std::string of_fidelity(const Faithfulness& fidelity, const Policy& policy) {
  std::string reason;
  const auto add = [&](const char* what, double value, double floor) {
    if (!(value >= floor)) {
      reason += (reason.empty() ? "" : "; ") + std::string("the ") + what + " fidelity " + two_digits(value) +
                " lies below the floor " + two_digits(floor);
    }
  };
  add("mean", fidelity.mean, policy.mean_floor);
  add("smallest", fidelity.minimum, policy.minimum_floor);
  return reason;
}

std::string of_speed(const record::Metrics& metrics) { return speed_up(metrics); }

std::string of_slowness(const record::Metrics& metrics, bool slow) {
  return (slow ? "not faster than the baseline with confidence: " : "all in all not better than the baseline: ") +
         speed_up(metrics);
}

record::Failure not_measured(bool has_fidelity) {
  return {.owner = record::Failure::Owner::validator,
          .code = "not_measured",
          .message = has_fidelity ? "its generation time was not measured" : "its fidelity was not measured"};
}

}  // namespace noonmark::verdict::internal
