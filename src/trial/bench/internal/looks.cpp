#include "trial/bench/internal/looks.h"

#include <algorithm>

#include "base/stats/sequential.h"

namespace noonmark::bench::internal {
namespace {

stats::SpendingShape shape_of(record::Spending spending) {
  return spending == record::Spending::pocock ? stats::SpendingShape::pocock : stats::SpendingShape::obrien_fleming;
}

}  // namespace

Share share_of_newest_look(const record::Settings& settings, const std::vector<int>& launches, bool final) {
  const double planned = settings.looks.empty() ? 1 : std::max(1, settings.looks.back());
  std::vector<double> fractions;
  for (const int count : launches) {
    fractions.push_back(count / planned);
  }
  if (fractions.empty()) {
    return {};
  }
  if (final) {
    fractions.back() = 1;
  }
  const double permitted = 1 - settings.confidence;
  const auto shape = shape_of(settings.spending);
  return {record::rounded(stats::nominal_alphas(shape, permitted, fractions).back()),
          record::rounded(stats::spent_alpha(shape, permitted, fractions.back()))};
}

record::Interval recorded(const stats::Estimate& estimate) {
  static constexpr double kLeast = 1e-6;  // what rounding leaves of the smallest ratio
  const auto keep = [](double value) { return std::max(kLeast, record::rounded(value)); };
  return {keep(estimate.ratio), keep(estimate.low), keep(estimate.high)};
}

bool ends_with_everything(record::StopReason reason) {
  return reason != record::StopReason::narrow && reason != record::StopReason::decided;
}

}  // namespace noonmark::bench::internal
