#include "trial/record/metric.h"

#include <cmath>

#include "base/codec/fields.h"
#include "trial/record/internal/words.h"

namespace noonmark::record {
namespace {

constexpr internal::Words<Metric, 6> kMetrics = {"metric",
                                                 {{{Metric::generation_time, "generation_time"},
                                                   {Metric::cpu_time, "cpu_time"},
                                                   {Metric::load_time, "load_time"},
                                                   {Metric::peak_memory, "peak_memory"},
                                                   {Metric::package_size, "package_size"},
                                                   {Metric::energy, "energy"}}}};

}  // namespace

std::string_view name_of(Metric metric) { return kMetrics.name(metric); }
core::Result<Metric> parse_metric(std::string_view name) { return kMetrics.parse(name); }

double rounded(double value) {
  if (!std::isfinite(value)) {
    return 0;
  }
  // Beyond 2^53 millionths a double has no such digits left.
  const double scaled = value * 1e6;
  return std::abs(scaled) < 9e15 ? std::round(scaled) / 1e6 : value;
}

Interval rounded(const Interval& interval) {
  return {rounded(interval.ratio), rounded(interval.low), rounded(interval.high)};
}

codec::Json to_json(const Interval& interval) {
  return codec::Json::object({{"ratio", interval.ratio}, {"low", interval.low}, {"high", interval.high}});
}

core::Result<Interval> interval_from_json(const codec::Json& json) {
  codec::Fields fields(json, "interval");
  const Interval interval{fields.number("ratio", 0), fields.number("low", 0), fields.number("high", 0)};
  if (interval.low > interval.ratio || interval.ratio > interval.high) {
    fields.fail("ratio", "must lie between low and high");
  }
  TRY(fields.finish());
  return interval;
}

codec::Json to_json(const Metrics& metrics) {
  auto result = codec::Json::object();
  for (const auto& [metric, interval] : metrics) {
    result[name_of(metric)] = to_json(interval);
  }
  return result;
}

core::Result<Metrics> metrics_from_json(const codec::Json& json) {
  if (!json.is_object()) {
    return core::invalid("metrics: must be an object");
  }
  Metrics result;
  for (const auto& [name, value] : json.as_object()) {
    const auto metric = TRY(parse_metric(name));
    result[metric] = TRY(interval_from_json(value).context("metrics." + name));
  }
  return result;
}

}  // namespace noonmark::record
