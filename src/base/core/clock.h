#pragma once
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>

namespace noonmark::core {

using Nanos = std::chrono::nanoseconds;
/// Nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
using UnixNanos = std::chrono::sys_time<Nanos>;

/// Where time comes from. Owner: the program. Threads: any. Fails: never.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual UnixNanos now() const = 0;           ///< civil time; may jump
  virtual Nanos steady() const = 0;            ///< never runs backwards; origin unspecified
  virtual void sleep_for(Nanos duration) = 0;  ///< blocks this thread (FakeClock: moves time)
};

class SystemClock final : public Clock {
 public:
  UnixNanos now() const override;
  Nanos steady() const override;
  void sleep_for(Nanos duration) override;
};

/// Time that moves only when told to. For tests and simulation.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(UnixNanos start = UnixNanos{}) : start_(start) {}
  UnixNanos now() const override { return start_ + Nanos(elapsed_.load()); }
  Nanos steady() const override { return Nanos(elapsed_.load()); }
  void sleep_for(Nanos duration) override { advance(duration); }
  void advance(Nanos duration) { elapsed_ += duration.count(); }

 private:
  UnixNanos start_;
  std::atomic<std::int64_t> elapsed_{0};
};

/// A point on the steady clock after which work is given up.
class Deadline {
 public:
  Deadline(const Clock& clock, Nanos after) : clock_(&clock), at_(clock.steady() + after) {}
  Nanos remaining() const { return std::max(Nanos(0), at_ - clock_->steady()); }
  bool passed() const { return clock_->steady() >= at_; }

 private:
  const Clock* clock_;
  Nanos at_;
};

}  // namespace noonmark::core
