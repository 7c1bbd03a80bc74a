#pragma once
#include <optional>
#include <string>

#include "base/core/clock.h"

namespace noonmark::telemetry {

/// Time left of a piece of work whose parts have expected sizes.
///
/// The estimate is remaining / done × elapsed: units may be expected seconds, files or bytes, and a machine that is
/// slower than expected stretches all of it. Nothing is said before 1 % and one second are over, since the first
/// samples are wild.
/// Threads: one.
class Pace {
 public:
  /// Requires total > 0.
  Pace(const core::Clock& clock, double total);

  /// Work done so far, in units of `total`; clamped to [previous, total], so that time never seems to run backwards.
  void advance_to(double done);
  /// The whole turned out larger or smaller. Requires total > 0.
  void resize(double total);

  double fraction() const;  ///< 0..1
  core::Nanos elapsed() const;
  std::optional<core::Nanos> left() const;

 private:
  const core::Clock* clock_;
  core::Nanos begin_;
  core::Nanos last_{0};  ///< `elapsed()` at the latest progress
  double total_;
  double done_ = 0;
};

/// "9 s", "2:05", "1:02:03".
std::string duration_text(core::Nanos duration);

}  // namespace noonmark::telemetry
