#include "edge/openai/metrics.h"

#include <algorithm>
#include <sstream>

namespace noonmark::openai {
namespace {

/// A label's value: models are named by strangers.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out + "\"";
}

void begin(std::ostringstream& out, const char* name, const char* type, const char* help) {
  out << "# HELP " << name << ' ' << help << "\n# TYPE " << name << ' ' << type << '\n';
}

}  // namespace

void Metrics::count(const std::string& route, int status, core::Nanos took) {
  const double seconds = std::chrono::duration<double>(took).count();
  const auto place = static_cast<std::size_t>(std::ranges::lower_bound(kBounds, seconds) - kBounds.begin());
  const std::lock_guard lock(mutex_);
  ++requests_[{route, status}];
  Histogram& histogram = latency_[route];
  ++histogram.counts.at(place);
  histogram.seconds += seconds;
}

std::string Metrics::text(const std::vector<router::Model>& models, const router::Counters& jobs,
                          std::size_t workers) const {
  std::ostringstream out;
  begin(out, "noonmark_workers", "gauge", "Workers that are connected.");
  out << "noonmark_workers " << workers << '\n';
  const auto gauge = [&](const char* name, const char* help, int router::Model::*value) {
    begin(out, name, "gauge", help);
    for (const router::Model& model : models)
      out << name << "{model=" << quoted(model.name) << "} " << model.*value << '\n';
  };
  gauge("noonmark_slots", "Jobs that the workers take at once.", &router::Model::slots);
  gauge("noonmark_busy", "Of these, in use.", &router::Model::busy);
  gauge("noonmark_waiting", "Jobs that wait for a slot.", &router::Model::waiting);
  begin(out, "noonmark_jobs_total", "counter", "Jobs by what became of them.");
  out << "noonmark_jobs_total{outcome=\"answered\"} " << jobs.answered << "\nnoonmark_jobs_total{outcome=\"failed\"} "
      << jobs.failed << "\nnoonmark_jobs_total{outcome=\"refused_full\"} " << jobs.refused_full << '\n';
  begin(out, "noonmark_retries_total", "counter", "Jobs that were given to another worker.");
  out << "noonmark_retries_total " << jobs.retries << '\n';
  begin(out, "noonmark_hedges_total", "counter", "Jobs that a second worker got because the first was silent.");
  out << "noonmark_hedges_total " << jobs.hedges << '\n';
  begin(out, "noonmark_ejections_total", "counter", "Times that a worker got nothing for a while.");
  out << "noonmark_ejections_total " << jobs.ejections << '\n';
  const std::lock_guard lock(mutex_);
  begin(out, "noonmark_requests_total", "counter", "Requests by route and status.");
  for (const auto& [key, count] : requests_) {
    out << "noonmark_requests_total{route=" << quoted(key.first) << ",status=\"" << key.second << "\"} " << count
        << '\n';
  }
  begin(out, "noonmark_request_seconds", "histogram", "From a request's arrival to its answer's end.");
  for (const auto& [route, histogram] : latency_) {
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
      below += histogram.counts.at(i);
      out << "noonmark_request_seconds_bucket{route=" << quoted(route) << ",le=\"";
      if (i < kBounds.size()) out << kBounds.at(i);
      out << (i < kBounds.size() ? "" : "+Inf") << "\"} " << below << '\n';
    }
    out << "noonmark_request_seconds_sum{route=" << quoted(route) << "} " << histogram.seconds
        << "\nnoonmark_request_seconds_count{route=" << quoted(route) << "} " << below << '\n';
  }
  return out.str();
}

}  // namespace noonmark::openai
