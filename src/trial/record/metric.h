#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>

#include "base/codec/json.h"
#include "base/core/result.h"

namespace noonmark::record {

/// What a trial measures. Every metric is reported as entry / baseline, and less is better for each of them.
enum class Metric {
  generation_time,  ///< Time of one request on the contest's primary clock.
  cpu_time,         ///< CPU seconds of one request, whatever the primary clock is.
  load_time,        ///< Time from start until the first request can be taken, on the primary clock.
  peak_memory,      ///< Largest memory of the process group, in bytes, read from outside.
  package_size,     ///< Bytes of all files of the package. Exact, so its interval has no width.
  energy,           ///< Microjoules of one request; only on machines that have a counter.
};

inline constexpr std::array kAllMetrics = {Metric::generation_time, Metric::cpu_time,     Metric::load_time,
                                           Metric::peak_memory,     Metric::package_size, Metric::energy};

std::string_view name_of(Metric metric);
/// Fails: invalid, naming the words that are known.
core::Result<Metric> parse_metric(std::string_view name);

/// An estimate of entry / baseline with its confidence bounds; low <= ratio <= high, all finite and > 0.
/// Reports show the speed-up 1 / ratio, whose bounds are 1 / high and 1 / low.
struct Interval {
  double ratio = 1;
  double low = 1;
  double high = 1;
  bool operator==(const Interval&) const = default;
};

/// A metric that could not be measured is absent.
using Metrics = std::map<Metric, Interval>;

/// Every derived number is rounded to a millionth before it enters a record, so that another machine's mathematical
/// library, which may differ in the last bits, reproduces the record byte for byte. Not finite gives 0.
double rounded(double value);
Interval rounded(const Interval& interval);

codec::Json to_json(const Interval& interval);
core::Result<Interval> interval_from_json(const codec::Json& json);
codec::Json to_json(const Metrics& metrics);
core::Result<Metrics> metrics_from_json(const codec::Json& json);

}  // namespace noonmark::record
