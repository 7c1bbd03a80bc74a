#include "base/stats/estimators.h"

#include <algorithm>
#include <cmath>

namespace noonmark::stats {
namespace {

std::vector<double> finite(std::span<const double> values) {
  std::vector<double> kept;
  kept.reserve(values.size());
  std::copy_if(values.begin(), values.end(), std::back_inserter(kept),
               [](double value) { return std::isfinite(value); });
  return kept;
}

bool usable(double value) { return std::isfinite(value) && value > 0; }

}  // namespace

std::optional<double> quantile(std::span<const double> values, double q) {
  auto sorted = finite(values);
  if (sorted.empty() || std::isnan(q)) {
    return std::nullopt;
  }
  std::sort(sorted.begin(), sorted.end());
  const double position = std::clamp(q, 0.0, 1.0) * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const auto above = std::min(below + 1, sorted.size() - 1);
  const double fraction = position - static_cast<double>(below);
  // Written so that equal neighbours give exactly their value, and so that huge ones cannot overflow in a difference.
  return sorted[below] * (1 - fraction) + sorted[above] * fraction;
}

std::optional<double> median(std::span<const double> values) { return quantile(values, 0.5); }

std::optional<double> mean(std::span<const double> values) {
  double result = 0;
  double count = 0;
  for (const double value : values) {
    if (std::isfinite(value)) {
      count += 1;
      result += value / count - result / count;  // running mean: no overflow of a sum
    }
  }
  return count > 0 ? std::optional(result) : std::nullopt;
}

std::optional<double> standard_deviation(std::span<const double> values) {
  const auto kept = finite(values);
  if (kept.size() < 2) {
    return std::nullopt;
  }
  const double centre = *mean(kept);
  double squares = 0;
  for (const double value : kept) {
    squares += (value - centre) * (value - centre);
  }
  return std::sqrt(squares / static_cast<double>(kept.size() - 1));
}

std::optional<double> geometric_mean(std::span<const double> values) {
  std::vector<double> logs;
  for (const double value : values) {
    if (usable(value)) {
      logs.push_back(std::log(value));
    }
  }
  const auto centre = mean(logs);
  return centre ? std::optional(std::exp(*centre)) : std::nullopt;
}

std::vector<double> ratios(std::span<const Pair> pairs) {
  std::vector<double> result;
  for (const auto& pair : pairs) {
    if (usable(pair.numerator) && usable(pair.denominator) && usable(pair.numerator / pair.denominator)) {
      result.push_back(pair.numerator / pair.denominator);
    }
  }
  return result;
}

std::optional<double> median_of_ratios(std::span<const Pair> pairs) { return median(ratios(pairs)); }

}  // namespace noonmark::stats
