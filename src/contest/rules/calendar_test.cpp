#include "contest/rules/calendar.h"

#include <gtest/gtest.h>

#include "base/core/random.h"

namespace noonmark::rules {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// Of a UTC calendar time.
core::UnixNanos utc(int year, unsigned month, unsigned day, int hour = 0, int minute = 0) {
  const std::chrono::sys_days date(std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day));
  return date + hours(hour) + minutes(minute);
}

std::string next(const Calendar& calendar, core::UnixNanos after) {
  return to_text(next_cut_off(calendar, after).value());
}

Calendar at(std::string zone, seconds time) { return {.zone = std::move(zone), .time = time}; }

TEST(Calendar, NoonInNewYorkFollowsTheClocks) {
  const Calendar noon;
  EXPECT_EQ(next(noon, utc(2026, 3, 7)), "2026-03-07T17:00:00Z");
  EXPECT_EQ(next(noon, utc(2026, 3, 8)), "2026-03-08T16:00:00Z");  // the clocks went forward at 07:00Z
  EXPECT_EQ(next(noon, utc(2026, 10, 31)), "2026-10-31T16:00:00Z");
  EXPECT_EQ(next(noon, utc(2026, 11, 1)), "2026-11-01T17:00:00Z");  // and back at 06:00Z
}

TEST(Calendar, ACutOffIsAfterTheInstantNeverAtIt) {
  const core::UnixNanos noon = utc(2026, 3, 8, 16);
  EXPECT_EQ(next({}, noon - core::Nanos(1)), "2026-03-08T16:00:00Z");
  EXPECT_EQ(next({}, noon), "2026-03-09T16:00:00Z");
  EXPECT_EQ(last_cut_off({}, noon).value(), noon);
  EXPECT_EQ(to_text(last_cut_off({}, noon - core::Nanos(1)).value()), "2026-03-07T17:00:00Z");
}

TEST(Calendar, ASkippedTimeIsTheMomentOfTheJump) {
  // 02:30 doesn't exist on 2026-03-08: the clocks jump from 02:00 to 03:00 at 07:00Z.
  EXPECT_EQ(next(at("America/New_York", minutes(150)), utc(2026, 3, 8)), "2026-03-08T07:00:00Z");
  EXPECT_EQ(next(at("America/New_York", minutes(150)), utc(2026, 3, 8, 7)), "2026-03-09T06:30:00Z");
}

TEST(Calendar, ATimeThatComesTwiceCountsTheFirstTime) {
  // 01:30 comes twice on 2026-11-01: at 05:30Z and at 06:30Z.
  EXPECT_EQ(next(at("America/New_York", minutes(90)), utc(2026, 11, 1)), "2026-11-01T05:30:00Z");
  EXPECT_EQ(next(at("America/New_York", minutes(90)), utc(2026, 11, 1, 5, 30)), "2026-11-02T06:30:00Z");
}

TEST(Calendar, ClocksMayJumpAtMidnight) {
  // Asuncion's clocks jumped from 00:00 to 01:00 on 2023-10-01 (04:00Z).
  EXPECT_EQ(next(at("America/Asuncion", minutes(0)), utc(2023, 9, 30, 12)), "2023-10-01T04:00:00Z");
  EXPECT_EQ(next(at("America/Asuncion", minutes(0)), utc(2023, 10, 1, 4)), "2023-10-02T03:00:00Z");
}

TEST(Calendar, OnlyPermittedDaysCount) {
  Calendar mondays;
  mondays.days = {true, false, false, false, false, false, false};
  EXPECT_EQ(next(mondays, utc(2026, 11, 25)), "2026-11-30T17:00:00Z");
  EXPECT_EQ(next(mondays, utc(2026, 11, 30, 17)), "2026-12-07T17:00:00Z");
  EXPECT_EQ(to_text(last_cut_off(mondays, utc(2026, 11, 30, 16)).value()), "2026-11-23T17:00:00Z");
}

TEST(Calendar, UnknownZonesAndEmptyCalendarsAreRefused) {
  EXPECT_EQ(next_cut_off(at("Nowhere/None", minutes(0)), {}).error().kind, core::ErrorKind::invalid);
  EXPECT_FALSE(check_zone("").ok());
  EXPECT_FALSE(check_zone("../../etc/passwd").ok());
  EXPECT_TRUE(check_zone("UTC").ok());
  Calendar never;
  never.days = {};
  EXPECT_FALSE(next_cut_off(never, {}).ok());
  EXPECT_FALSE(last_cut_off(never, {}).ok());
}

TEST(Calendar, TenYearsOfNoonsAreOneADayAndAtNoon) {
  for (const char* zone : {"America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"}) {
    const Calendar calendar = at(zone, minutes(12 * 60));
    core::UnixNanos now = next_cut_off(calendar, utc(2025, 1, 1)).value();
    int changes = 0;
    for (int day = 0; day < 3653; ++day) {
      const core::UnixNanos following = next_cut_off(calendar, now).value();
      const auto gap = std::chrono::duration_cast<minutes>(following - now);
      ASSERT_TRUE(gap >= hours(23) && gap <= hours(25)) << zone << " " << to_text(now);
      changes += gap == hours(24) ? 0 : 1;
      ASSERT_EQ(last_cut_off(calendar, following - core::Nanos(1)).value(), now) << zone << " " << to_text(now);
      now = following;
    }
    EXPECT_TRUE(changes == 0 || changes == 20) << zone << ": " << changes;  // two changes a year, or none
  }
}

// For any zone, time, days and instant: next is later, last isn't, and nothing lies between.
TEST(CalendarProperty, NextAndLastAreNeighbours) {
  const std::vector<std::string> zones = {"America/New_York",  "Europe/Dublin",    "Australia/Lord_Howe",
                                          "Africa/Casablanca", "America/Asuncion", "Pacific/Apia",
                                          "Asia/Tehran",       "America/St_Johns"};
  core::Philox random(7);
  for (int round = 0; round < 4000; ++round) {
    Calendar calendar = at(zones[random.below(zones.size())], minutes(random.below(24 * 60)));
    const std::uint64_t mask = 1 + random.below(127);
    for (std::size_t day = 0; day < 7; ++day) calendar.days[day] = ((mask >> day) & 1) != 0;
    const core::UnixNanos instant = utc(2000, 1, 1) + seconds(random.below(50ULL * 365 * 86'400));
    const core::UnixNanos following = next_cut_off(calendar, instant).value();
    const core::UnixNanos last = last_cut_off(calendar, instant).value();
    ASSERT_GT(following, instant) << calendar.zone;
    ASSERT_LE(last, instant) << calendar.zone;
    ASSERT_LE(following - last, hours(24 * 8 + 2)) << calendar.zone;
    ASSERT_EQ(next_cut_off(calendar, last).value(), following) << calendar.zone << " " << to_text(instant);
    ASSERT_EQ(last_cut_off(calendar, following - core::Nanos(1)).value(), last)
        << calendar.zone << " " << to_text(instant);
  }
}

TEST(Calendar, AnyInstantCanBeACutOffExceptInTheHourThatComesTwice) {
  const core::UnixNanos winter = utc(2026, 11, 26, 22, 17) + seconds(5);
  const Calendar at_once = calendar_at(Calendar{}, winter).value();
  EXPECT_EQ(at_once.time, hours(17) + minutes(17) + seconds(5));
  EXPECT_EQ(last_cut_off(at_once, winter).value(), winter);
  const core::UnixNanos after_the_jump =
      utc(2026, 3, 8, 15, 0);  // 11:00, eight hours after clocks went from 2:00 to 3:00
  EXPECT_EQ(last_cut_off(calendar_at(Calendar{}, after_the_jump).value(), after_the_jump).value(), after_the_jump);
  EXPECT_TRUE(calendar_at(Calendar{}, utc(2026, 11, 1, 5, 30)).ok());   // 1:30 for the first time
  EXPECT_FALSE(calendar_at(Calendar{}, utc(2026, 11, 1, 6, 30)).ok());  // and for the second
}

TEST(Calendar, TextIsIso8601) { EXPECT_EQ(to_text(utc(2026, 11, 25, 17, 5)), "2026-11-25T17:05:00Z"); }

}  // namespace
}  // namespace noonmark::rules
