#include "contest/rules/calendar.h"

#include <stdexcept>

#include <date/tz.h>

namespace noonmark::rules {
namespace {

core::Result<const date::time_zone*> find_zone(const std::string& name) {
  try {
    return date::locate_zone(name);
  } catch (const std::exception&) {
    return core::invalid("there is no time zone '" + name +
                         "' on this system; use an IANA name such as America/New_York, and have tzdata installed");
  }
}

/// Weekday from Monday = 0.
std::size_t weekday_of(date::local_days day) { return date::weekday(day).iso_encoding() - 1; }

core::UnixNanos cut_off_on(const date::time_zone& zone, date::local_days day, std::chrono::seconds time) {
  const date::local_seconds local = day + time;
  const date::local_info info = zone.get_info(local);
  if (info.result == date::local_info::nonexistent) return info.first.end;
  // For a time that comes twice, `first` is the offset before the change: the earlier of the two.
  return date::sys_seconds(local.time_since_epoch() - info.first.offset);
}

date::local_days local_day(const date::time_zone& zone, core::UnixNanos instant) {
  return date::floor<date::days>(zone.to_local(date::floor<std::chrono::seconds>(instant)));
}

bool any_day(const Calendar& calendar) {
  return std::any_of(calendar.days.begin(), calendar.days.end(), [](bool day) { return day; });
}

}  // namespace

core::Result<void> check_zone(const std::string& zone) {
  TRY(find_zone(zone));
  return {};
}

core::Result<core::UnixNanos> next_cut_off(const Calendar& calendar, core::UnixNanos instant) {
  const date::time_zone& zone = *TRY(find_zone(calendar.zone));
  if (!any_day(calendar)) return core::invalid("a calendar needs at least one day");
  // A day early: where the clocks cross midnight, today's instant may lie on either side.
  date::local_days day = local_day(zone, instant) - date::days(1);
  for (;; day += date::days(1)) {
    if (!calendar.days[weekday_of(day)]) continue;
    const core::UnixNanos cut_off = cut_off_on(zone, day, calendar.time);
    if (cut_off > instant) return cut_off;
  }
}

core::Result<core::UnixNanos> last_cut_off(const Calendar& calendar, core::UnixNanos instant) {
  const date::time_zone& zone = *TRY(find_zone(calendar.zone));
  if (!any_day(calendar)) return core::invalid("a calendar needs at least one day");
  date::local_days day = local_day(zone, instant) + date::days(1);
  for (;; day -= date::days(1)) {
    if (!calendar.days[weekday_of(day)]) continue;
    const core::UnixNanos cut_off = cut_off_on(zone, day, calendar.time);
    if (cut_off <= instant) return cut_off;
  }
}

core::Result<Calendar> calendar_at(const Calendar& calendar, core::UnixNanos instant) {
  const date::time_zone& zone = *TRY(find_zone(calendar.zone));
  const auto local = zone.to_local(std::chrono::floor<std::chrono::seconds>(instant));
  Calendar other{calendar.zone};
  other.time = local - std::chrono::floor<date::days>(local);
  if (cut_off_on(zone, std::chrono::floor<date::days>(local), other.time) !=
      std::chrono::floor<std::chrono::seconds>(instant)) {
    return core::invalid("the clocks of " + calendar.zone + " show " + to_text(instant) +
                         " a second time; wait an hour");
  }
  return other;
}

core::Result<std::chrono::sys_days> local_date(const Calendar& calendar, core::UnixNanos instant) {
  const date::time_zone& zone = *TRY(find_zone(calendar.zone));
  return std::chrono::sys_days(std::chrono::days(local_day(zone, instant).time_since_epoch().count()));
}

core::Result<core::UnixNanos> cut_off_of(const Calendar& calendar, std::chrono::sys_days date) {
  const date::time_zone& zone = *TRY(find_zone(calendar.zone));
  const date::local_days day{date::days(static_cast<int>(date.time_since_epoch().count()))};
  if (!calendar.days[weekday_of(day)]) {
    return core::invalid("the contest has no cut-off on " + date::format("%F", day) + ", a " + date::format("%A", day));
  }
  return cut_off_on(zone, day, calendar.time);
}

std::string to_text(core::UnixNanos instant) {
  return date::format("%FT%TZ", date::floor<std::chrono::seconds>(instant));
}

}  // namespace noonmark::rules
