#pragma once

#include <array>
#include <chrono>
#include <string>

#include "base/core/clock.h"
#include "base/core/result.h"

namespace noonmark::rules {

/// When a contest's entries are collected: at one time of day by the clocks of one place.
struct Calendar {
  std::string zone = "America/New_York";                                  ///< IANA time zone name.
  std::chrono::seconds time{12 * 3600};                                   ///< Since local midnight, below 24 h.
  std::array<bool, 7> days = {true, true, true, true, true, true, true};  ///< From Monday; at least one.
  bool operator==(const Calendar&) const = default;
};

/// The first cut-off after `instant`.
///
/// A local time that the clocks skip (spring) counts as the moment at which they jump; one that they show twice
/// (autumn) counts the first time. So there is exactly one cut-off on each permitted day. Fails: invalid for an unknown
/// zone, or when no day is permitted.
core::Result<core::UnixNanos> next_cut_off(const Calendar& calendar, core::UnixNanos instant);

/// The last cut-off at or before `instant`. Fails: as next_cut_off.
core::Result<core::UnixNanos> last_cut_off(const Calendar& calendar, core::UnixNanos instant);

/// The local date, in the calendar's zone, on which `instant` falls. Fails: invalid for an unknown zone.
core::Result<std::chrono::sys_days> local_date(const Calendar& calendar, core::UnixNanos instant);

/// The cut-off of that local date. Fails: invalid for an unknown zone, and on a day without cut-off.
core::Result<core::UnixNanos> cut_off_of(const Calendar& calendar, std::chrono::sys_days date);

/// `calendar` with the time of day at which `instant` falls, in whole seconds, and every day: it has a cut-off then.
/// Fails: invalid for an unknown zone, and in the hour that the clocks show a second time.
core::Result<Calendar> calendar_at(const Calendar& calendar, core::UnixNanos instant);

/// Fails: invalid when this system's time zone data doesn't have `zone`.
core::Result<void> check_zone(const std::string& zone);

/// "2026-11-25T17:00:00Z".
std::string to_text(core::UnixNanos instant);

}  // namespace noonmark::rules
