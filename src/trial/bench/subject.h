#pragma once

#include <chrono>
#include <cstdint>

#include "base/core/result.h"

namespace noonmark::bench {

/// What one start cost, read from outside the process.
struct LaunchFacts {
  std::chrono::nanoseconds load_wall{0};  ///< From start until the first request could be taken.
  std::chrono::nanoseconds load_cpu{0};   ///< CPU time of all its processes until then.
};

/// What one request cost, read from outside the process.
struct TurnFacts {
  std::chrono::nanoseconds wall{0};
  std::chrono::nanoseconds cpu{0};  ///< CPU time of all its processes.
};

struct EndFacts {
  std::int64_t peak_memory_bytes = 0;  ///< 0 where it could not be read.
};

/// One side of a trial: something that can be started, asked, and stopped. The referee knows no more about it.
///
/// Owner:   the caller of measure().
/// Threads: one; the referee never makes two calls at once, on either side.
/// Fails:   any error ends the measurement. timeout, exhausted, invalid, corrupt … are held against the entry;
/// unavailable
///          against the network, internal against the validator (record::failure_from).
/// Before:  launch(), then turn() any number of times, then end(); and again from the start. end() is called once after
///          every successful launch(), also after a failed turn().
class Subject {
 public:
  virtual ~Subject() = default;

  /// Starts afresh and waits until requests can be taken. A failed launch leaves nothing running.
  virtual core::Result<LaunchFacts> launch() = 0;

  /// Answers request number `request` (>= 0) alone on the machine. The same number is the same work on both sides.
  virtual core::Result<TurnFacts> turn(int request) = 0;

  /// Stops it, nothing is left running.
  virtual core::Result<EndFacts> end() = 0;
};

}  // namespace noonmark::bench
