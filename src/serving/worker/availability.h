#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/core/clock.h"
#include "base/core/result.h"

namespace noonmark::worker {

/// A part of the day, in minutes since midnight; it may pass midnight.
struct Hours {
  int from = 0, to = 0;  ///< `to` isn't within
  bool contain(int minute) const { return from <= to ? from <= minute && minute < to : minute >= from || minute < to; }
};
/// "22:00-07:30", local time. Fails: usage.
core::Result<Hours> parse_hours(std::string_view text);

/// When a device may work for others, as its owner has said. Nothing: always.
struct Terms {
  std::optional<Hours> hours;
  bool on_battery = true;
  std::optional<double> most_other_cpu;  ///< of all cores, what other programs may use while it works
  std::optional<double> most_celsius;
  bool any() const { return hours || !on_battery || most_other_cpu || most_celsius; }
};

/// The device now. Nothing: it can't be told here.
struct Condition {
  int minute = 0;  ///< of the local day
  std::optional<bool> on_battery;
  std::optional<double> other_cpu;  ///< since the reading before, 0..1
  std::optional<double> celsius;    ///< of the hottest part
};

/// Why a device in this condition isn't to work; empty: it may. What can't be told is no reason.
std::string why_not(const Terms& terms, const Condition& condition);

/// Rests at once when there is a reason, and works again after it was gone for `kCalm`, so that it doesn't flutter. At
/// the end of set hours nothing is waited for. Threads: one.
class Availability {
 public:
  static constexpr core::Nanos kCalm = std::chrono::seconds(30);
  /// `clock` must outlive it.
  Availability(Terms terms, const core::Clock& clock) : terms_(terms), clock_(clock) {}
  /// Why to rest now; empty: work.
  const std::string& update(const Condition& condition);

 private:
  const Terms terms_;
  const core::Clock& clock_;
  std::string why_;
  std::optional<core::Nanos> disturbed_;  // by load, heat or battery, last
};

/// Reads the condition from Linux's /proc and /sys below `root`. Other programs' processor time is all that isn't idle,
/// less that of the process `self` and of all that it has begun. Threads: one.
class Sensors {
 public:
  explicit Sensors(std::filesystem::path root = "/", std::int64_t self = 0);
  Condition read();

 private:
  struct Ticks {
    std::uint64_t all = 0, idle = 0, own = 0;
  };
  std::optional<Ticks> ticks() const;
  std::uint64_t own_ticks() const;
  std::optional<bool> on_battery() const;
  std::optional<double> celsius() const;

  const std::filesystem::path root_;
  const std::int64_t self_;
  std::optional<Ticks> before_;
};

}  // namespace noonmark::worker
