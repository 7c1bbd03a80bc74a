#include "base/telemetry/pace.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/core/check.h"

namespace noonmark::telemetry {

Pace::Pace(const core::Clock& clock, double total) : clock_(&clock), begin_(clock.steady()), total_(total) {
  CHECK(total > 0, "work has a size");
}

void Pace::advance_to(double done) {
  const double next = std::clamp(done, std::min(done_, total_), total_);
  if (next > done_) last_ = elapsed();
  done_ = next;
}

void Pace::resize(double total) {
  CHECK(total > 0, "work has a size");
  total_ = total;
  done_ = std::min(done_, total_);
}

double Pace::fraction() const { return done_ / total_; }

core::Nanos Pace::elapsed() const { return clock_->steady() - begin_; }

std::optional<core::Nanos> Pace::left() const {
  if (fraction() < 0.01 || last_ < std::chrono::seconds(1)) return std::nullopt;
  const double remaining = static_cast<double>(last_.count()) * (total_ - done_) / done_;
  // What has passed since the latest progress is part of the next piece already.
  const auto waited = elapsed() - last_;
  return std::max(core::Nanos(0), core::Nanos(static_cast<std::int64_t>(std::min(remaining, 9e18))) - waited);
}

std::string duration_text(core::Nanos duration) {
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(duration + std::chrono::milliseconds(500)).count();
  char text[64];
  if (seconds < 60) {
    std::snprintf(text, sizeof text, "%lld s", static_cast<long long>(std::max<std::int64_t>(0, seconds)));
  } else if (seconds < 3600) {
    std::snprintf(text, sizeof text, "%lld:%02lld", static_cast<long long>(seconds / 60),
                  static_cast<long long>(seconds % 60));
  } else {
    std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", static_cast<long long>(seconds / 3600),
                  static_cast<long long>(seconds / 60 % 60), static_cast<long long>(seconds % 60));
  }
  return text;
}

}  // namespace noonmark::telemetry
