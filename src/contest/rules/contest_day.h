#pragma once

#include <chrono>
#include <compare>
#include <string>
#include <string_view>

#include "base/core/clock.h"
#include "base/core/result.h"
#include "contest/rules/contest.h"

namespace noonmark::rules {

/// One day of one contest, named by the local date of its cut-off: "emoji-cpu/2026-11-26".
struct ContestDay {
  std::string contest;           ///< Contest::id
  std::chrono::sys_days date{};  ///< In the calendar's zone; years 1970 to 9999.

  std::string text() const;
  /// Fails: invalid.
  static core::Result<ContestDay> parse(std::string_view text);
  auto operator<=>(const ContestDay&) const = default;
};

/// The day whose cut-off is the last one at or before `instant`. Fails: as last_cut_off.
core::Result<ContestDay> day_at(const Contest& contest, core::UnixNanos instant);

}  // namespace noonmark::rules
