#include "contest/rules/contest_day.h"

#include <gtest/gtest.h>

namespace noonmark::rules {
namespace {

using std::chrono::sys_days;
using namespace std::chrono_literals;

TEST(ContestDay, TextComesBackAndOtherTextDoesNot) {
  const ContestDay day{"emoji-cpu", sys_days(2026y / 11 / 26)};
  EXPECT_EQ(day.text(), "emoji-cpu/2026-11-26");
  EXPECT_EQ(ContestDay::parse(day.text()).value(), day);
  for (const char* bad : {"", "emoji-cpu", "emoji-cpu/", "/2026-11-26", "emoji-cpu/2026-11-31", "emoji-cpu/2026-1-26",
                          "emoji-cpu/2026-11-26 ", "Emoji/2026-11-26", "emoji-cpu/1969-12-31", "a/20b6-11-26",
                          "a/2026-00-01", "a/2026-13-01", "a/2026-11-00", "../2026-11-26"}) {
    EXPECT_FALSE(ContestDay::parse(bad).ok()) << bad;
  }
}

TEST(ContestDay, IsTheLocalDateOfTheLastCutOff) {
  Contest contest;
  contest.id = "c";
  contest.calendar.zone = "Pacific/Auckland";  // UTC+13 in November
  contest.calendar.time = 8h;                  // 19:00 UTC of the day before
  const core::UnixNanos cut_off = sys_days(2026y / 11 / 25) + 19h;
  EXPECT_EQ(day_at(contest, cut_off).value().text(), "c/2026-11-26");
  EXPECT_EQ(day_at(contest, cut_off - 1ns).value().text(), "c/2026-11-25");
  EXPECT_EQ(cut_off_of(contest.calendar, sys_days(2026y / 11 / 26)).value(), cut_off);
}

TEST(ContestDay, EveryCutOffOfTwoYearsIsFoundAgainByItsDate) {
  for (const char* zone : {"America/New_York", "Africa/Cairo", "Pacific/Auckland", "UTC"}) {
    Calendar calendar;
    calendar.zone = zone;
    calendar.time = 0h;  // where Cairo's clocks skip
    core::UnixNanos at = sys_days(2026y / 1 / 1);
    for (int day = 0; day < 730; ++day) {
      at = next_cut_off(calendar, at).value();
      EXPECT_EQ(cut_off_of(calendar, local_date(calendar, at).value()).value(), at) << zone << " " << to_text(at);
    }
  }
}

TEST(ContestDay, ADayWithoutCutOffHasNone) {
  Calendar calendar;
  calendar.days = {true, false, false, false, false, false, false};
  EXPECT_TRUE(cut_off_of(calendar, sys_days(2026y / 11 / 23)).ok());
  EXPECT_FALSE(cut_off_of(calendar, sys_days(2026y / 11 / 26)).ok());
}

}  // namespace
}  // namespace noonmark::rules
