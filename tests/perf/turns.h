#pragma once
// Shared by the programs of this folder that time the pipeline.

#include <cstdio>
#include <string>
#include <time.h>
#include <vector>

#include "base/codec/json.h"
#include "base/stats/estimators.h"
#include "base/stats/interval.h"

namespace noonmark::perf {

inline double clock_ns(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

inline double cpu_ns() { return clock_ns(CLOCK_PROCESS_CPUTIME_ID); }
inline double wall_ns() { return clock_ns(CLOCK_MONOTONIC); }

/// One object per benchmark, as docs/benchmarks.md collects them. One ratio per launch, interval over launches (95 %).
inline codec::Json result_json(const std::string& name, const std::vector<double>& launches, const std::string& unit,
                               double goal, bool smaller_is_better) {
  const auto interval = stats::ratio_interval(launches, 0.95, 2000, 1);
  codec::Json::Array list;
  for (const double launch : launches) list.push_back(launch);
  const stats::Estimate estimate = interval.value_or(stats::Estimate{0, 0, 0});
  const bool met = interval && (smaller_is_better ? estimate.ratio <= goal : estimate.ratio >= goal);
  return codec::Json::object({{"name", name},
                              {"ratio", estimate.ratio},
                              {"low", estimate.low},
                              {"high", estimate.high},
                              {"launches", std::move(list)},
                              {"unit", unit},
                              {"goal", goal},
                              {"met", met}});
}

/// Value of `--name value`, or the fallback.
inline std::string option(const std::vector<std::string>& arguments, const std::string& name,
                          const std::string& fallback) {
  for (std::size_t i = 0; i + 1 < arguments.size(); ++i) {
    if (arguments[i] == "--" + name) return arguments[i + 1];
  }
  return fallback;
}

}  // namespace noonmark::perf
