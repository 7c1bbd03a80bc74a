#include "base/stats/interval.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/core/random.h"
#include "base/stats/distributions.h"
#include "base/stats/estimators.h"

namespace noonmark::stats {
namespace {

constexpr double kLeastAlpha = 1e-9;
constexpr double kLargestLog = 700;  // exp of it is still finite, and so is the inverse

/// Sorted logarithms of the usable values: sorting makes the resamples independent of the order of the input.
std::vector<double> sorted_logs(std::span<const double> ratios) {
  std::vector<double> logs;
  for (const double ratio : ratios) {
    if (std::isfinite(ratio) && ratio > 0) {
      logs.push_back(std::log(ratio));
    }
  }
  std::sort(logs.begin(), logs.end());
  return logs;
}

std::vector<double> resampled_means(const std::vector<double>& logs, int resamples, std::uint64_t seed) {
  core::Philox random(seed);
  std::vector<double> means(static_cast<std::size_t>(resamples));
  for (double& result : means) {
    double sum = 0;
    for (std::size_t i = 0; i < logs.size(); ++i) {
      sum += logs[random.below(logs.size())];
    }
    result = sum / static_cast<double>(logs.size());
  }
  return means;
}

std::optional<Estimate> bootstrap(std::span<const double> ratios, double confidence, int resamples, std::uint64_t seed,
                                  bool stretched) {
  const auto logs = sorted_logs(ratios);
  if (logs.size() < 2 || !(confidence > 0 && confidence < 1) || resamples < 1) {
    return std::nullopt;
  }
  const double alpha = std::max(1 - confidence, kLeastAlpha);
  const double centre = *mean(logs);
  const auto means = resampled_means(logs, resamples, seed);
  const auto count = static_cast<double>(logs.size());
  const double stretch =
      stretched ? student_t_two_sided(alpha, count - 1) / normal_two_sided(alpha) * std::sqrt(count / (count - 1)) : 1;
  // The estimate always lies inside, also where few resamples or rounding would put it outside.
  const double down = std::max(0.0, centre - *quantile(means, alpha / 2)) * stretch;
  const double up = std::max(0.0, *quantile(means, 1 - alpha / 2) - centre) * stretch;
  const auto bounded_exp = [](double log) { return std::exp(std::clamp(log, -kLargestLog, kLargestLog)); };
  const bool equal = logs.front() == logs.back();
  return equal ? Estimate{bounded_exp(logs.front()), bounded_exp(logs.front()), bounded_exp(logs.front())}
               : Estimate{bounded_exp(centre), bounded_exp(centre - down), bounded_exp(centre + up)};
}

}  // namespace

std::optional<Estimate> ratio_interval(std::span<const double> ratios, double confidence, int resamples,
                                       std::uint64_t seed) {
  return bootstrap(ratios, confidence, resamples, seed, true);
}

std::optional<Estimate> percentile_interval(std::span<const double> ratios, double confidence, int resamples,
                                            std::uint64_t seed) {
  return bootstrap(ratios, confidence, resamples, seed, false);
}

}  // namespace noonmark::stats
