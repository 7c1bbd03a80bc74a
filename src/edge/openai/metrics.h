#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/core/clock.h"
#include "serving/router/router.h"

namespace noonmark::openai {

/// What the gateway counts, as Prometheus reads it (text format 0.0.4). Threads: any.
class Metrics {
 public:
  /// A request of `route` ended with `status`, so long after it came.
  void count(const std::string& route, int status, core::Nanos took);
  std::string text(const std::vector<router::Model>& models, const router::Counters& jobs, std::size_t workers) const;

 private:
  static constexpr std::array<double, 11> kBounds = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
  struct Histogram {
    std::array<std::uint64_t, kBounds.size() + 1> counts{};
    double seconds = 0;
  };
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, int>, std::uint64_t> requests_;
  std::map<std::string, Histogram> latency_;
};

}  // namespace noonmark::openai
