#include "contest/rules/contest_day.h"

#include <algorithm>
#include <array>

namespace noonmark::rules {
namespace {

/// `text` as a number of exactly its digits, or -1.
int number(std::string_view text) {
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return -1;
    value = 10 * value + (c - '0');
  }
  return value;
}

std::string padded(unsigned value, std::size_t width) {
  std::string text = std::to_string(value);
  return std::string(width - std::min(width, text.size()), '0') + text;
}

}  // namespace

std::string ContestDay::text() const {
  const std::chrono::year_month_day parts(date);
  return contest + "/" + padded(static_cast<unsigned>(static_cast<int>(parts.year())), 4) + "-" +
         padded(static_cast<unsigned>(parts.month()), 2) + "-" + padded(static_cast<unsigned>(parts.day()), 2);
}

core::Result<ContestDay> ContestDay::parse(std::string_view text) {
  const core::Error failure = core::invalid("a contest day looks like emoji-cpu/2026-11-26");
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || !is_contest_id(text.substr(0, slash))) return failure;
  const std::string_view date = text.substr(slash + 1);
  if (date.size() != 10 || date[4] != '-' || date[7] != '-') return failure;
  const std::array<int, 3> parts = {number(date.substr(0, 4)), number(date.substr(5, 2)), number(date.substr(8, 2))};
  if (parts[0] < 1970 || parts[1] < 0 || parts[2] < 0) return failure;
  const std::chrono::year_month_day day{std::chrono::year(parts[0]),
                                        std::chrono::month(static_cast<unsigned>(parts[1])),
                                        std::chrono::day(static_cast<unsigned>(parts[2]))};
  if (!day.ok()) return failure;
  return ContestDay{std::string(text.substr(0, slash)), std::chrono::sys_days(day)};
}

core::Result<ContestDay> day_at(const Contest& contest, core::UnixNanos instant) {
  const core::UnixNanos cut_off = TRY(last_cut_off(contest.calendar, instant));
  return ContestDay{contest.id, TRY(local_date(contest.calendar, cut_off))};
}

}  // namespace noonmark::rules
