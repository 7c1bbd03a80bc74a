#include "trial/bench/summarise.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "base/stats/estimators.h"
#include "base/stats/interval.h"
#include "trial/bench/internal/looks.h"

namespace noonmark::bench {
namespace {

using record::Launch;
using record::Measurement;
using record::Metric;
using record::Turn;

using TurnCost = std::function<std::int64_t(const Turn&)>;
using LaunchCost = std::function<std::int64_t(const Launch&)>;

/// entry / baseline of each kept pair, by launch.
std::map<int, std::vector<stats::Pair>> pairs_by_launch(const Measurement& measurement, const TurnCost& cost) {
  std::map<std::pair<int, int>, stats::Pair> pairs;
  for (const auto& turn : measurement.turns) {
    if (!turn.warm_up && turn.discarded.empty()) {
      auto& pair = pairs[{turn.launch, turn.pair}];
      (turn.baseline ? pair.denominator : pair.numerator) = static_cast<double>(cost(turn));
    }
  }
  std::map<int, std::vector<stats::Pair>> result;
  for (const auto& [place, pair] : pairs) {
    result[place.first].push_back(pair);
  }
  return result;
}

std::vector<double> turn_ratios(const Measurement& measurement, const TurnCost& cost) {
  std::vector<double> result;
  for (const auto& [launch, pairs] : pairs_by_launch(measurement, cost)) {
    if (const auto ratio = stats::median_of_ratios(pairs)) {
      result.push_back(*ratio);
    }
  }
  return result;
}

std::vector<double> whole_launch_ratios(const Measurement& measurement, const LaunchCost& cost) {
  std::map<int, stats::Pair> pairs;
  for (const auto& launch : measurement.launches) {
    auto& pair = pairs[launch.index];
    (launch.baseline ? pair.denominator : pair.numerator) = static_cast<double>(cost(launch));
  }
  std::vector<stats::Pair> list;
  for (const auto& [index, pair] : pairs) {
    list.push_back(pair);
  }
  return stats::ratios(list);
}

std::vector<double> ratios_of(const Measurement& measurement, Metric metric) {
  const bool wall = measurement.settings.primary_clock == record::PrimaryClock::wall;
  switch (metric) {
    case Metric::generation_time:
      return launch_ratios(measurement);
    case Metric::cpu_time:
      return turn_ratios(measurement, [](const Turn& turn) { return turn.cpu_ns; });
    case Metric::energy:
      return turn_ratios(measurement, [](const Turn& turn) { return turn.energy_uj; });
    case Metric::peak_memory:
      return whole_launch_ratios(measurement, [](const Launch& launch) { return launch.peak_memory_bytes; });
    case Metric::load_time: {
      auto ratios = whole_launch_ratios(
          measurement, [wall](const Launch& launch) { return wall ? launch.load_wall_ns : launch.load_cpu_ns; });
      if (ratios.size() >= 3) {
        ratios.erase(ratios.begin());
      }
      return ratios;
    }
    case Metric::package_size:
      return {};
  }
  return {};
}

double confidence_of(const Measurement& measurement) {
  std::vector<int> launches;
  for (const auto& look : measurement.looks) {
    launches.push_back(look.launches);
  }
  const auto share =
      internal::share_of_newest_look(measurement.settings, launches, internal::ends_with_everything(measurement.stop));
  return share.alpha > 0 ? 1 - share.alpha : measurement.settings.confidence;
}

}  // namespace

std::vector<double> launch_ratios(const Measurement& measurement) {
  const bool wall = measurement.settings.primary_clock == record::PrimaryClock::wall;
  return turn_ratios(measurement, [wall](const Turn& turn) { return wall ? turn.wall_ns : turn.cpu_ns; });
}

record::Metrics summarise(const Measurement& measurement) {
  record::Metrics result;
  const double confidence = confidence_of(measurement);
  for (const auto metric : record::kAllMetrics) {
    const auto seed = measurement.seed + static_cast<std::uint64_t>(metric);
    const auto ratios = ratios_of(measurement, metric);
    if (const auto estimate = stats::ratio_interval(ratios, confidence, measurement.settings.resamples, seed)) {
      result[metric] = internal::recorded(*estimate);
    }
  }
  if (measurement.baseline_package_bytes > 0 && measurement.entry_package_bytes > 0) {
    const double ratio =
        static_cast<double>(measurement.entry_package_bytes) / static_cast<double>(measurement.baseline_package_bytes);
    result[Metric::package_size] = internal::recorded({ratio, ratio, ratio});
  }
  return result;
}

}  // namespace noonmark::bench
