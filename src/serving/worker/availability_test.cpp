#include "serving/worker/availability.h"

#include <fstream>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/core/files.h"

namespace noonmark::worker {
namespace {

using namespace std::chrono_literals;

constexpr int at(int hour, int minute = 0) { return hour * 60 + minute; }

TEST(Hours, MayPassMidnight) {
  const Hours night = parse_hours("22:00-07:30").value(), day = parse_hours("09:00-17:00").value();
  EXPECT_TRUE(night.contain(at(22)));
  EXPECT_TRUE(night.contain(at(7, 29)));
  EXPECT_FALSE(night.contain(at(7, 30)));
  EXPECT_FALSE(night.contain(at(12)));
  EXPECT_TRUE(day.contain(at(9)));
  EXPECT_FALSE(day.contain(at(17)));
  for (const char* wrong : {"", "22:00", "22:00-", "22-07", "24:00-07:00", "22:60-07:00", "9:00-17:00", "08:00-08:00",
                            "22:00-07:30x", "-1:00-07:00"}) {
    EXPECT_EQ(parse_hours(wrong).error().kind, core::ErrorKind::usage) << wrong;
  }
}

TEST(WhyNot, EachTermHasItsReason) {
  Terms terms;
  Condition bad{at(12), true, 0.9, 95.0};
  EXPECT_FALSE(terms.any());
  EXPECT_EQ(why_not(terms, bad), "") << "without terms it always works";
  terms.hours = parse_hours("22:00-07:00").value();
  EXPECT_EQ(why_not(terms, bad), "it is outside the set hours");
  terms = {};
  terms.on_battery = false;
  EXPECT_EQ(why_not(terms, bad), "the device runs on its battery");
  terms = {};
  terms.most_celsius = 80;
  EXPECT_EQ(why_not(terms, bad), "the device is hot");
  terms = {};
  terms.most_other_cpu = 0.5;
  EXPECT_EQ(why_not(terms, bad), "other programs use the device");
  terms = {std::nullopt, false, 0.5, 80.0};
  EXPECT_EQ(why_not(terms, Condition{at(12), false, 0.5, 80.0}), "");
  EXPECT_EQ(why_not(terms, Condition{}), "") << "what can't be told is no reason";
}

TEST(Availability, RestsAtOnceAndWorksAgainWhenItHasBeenCalm) {
  core::FakeClock clock;
  Availability availability({std::nullopt, true, 0.5, std::nullopt}, clock);
  EXPECT_EQ(availability.update({0, {}, 0.1, {}}), "");
  EXPECT_NE(availability.update({0, {}, 0.8, {}}), "");
  clock.advance(29s);
  EXPECT_NE(availability.update({0, {}, 0.1, {}}), "");
  EXPECT_NE(availability.update({0, {}, 0.7, {}}), "") << "the calm begins anew";
  clock.advance(29s);
  EXPECT_NE(availability.update({0, {}, 0.1, {}}), "");
  clock.advance(1s);
  EXPECT_EQ(availability.update({0, {}, 0.1, {}}), "");
}

TEST(Availability, HoursBeginAndEndOnTheMinute) {
  core::FakeClock clock;
  Availability availability({parse_hours("22:00-07:00").value(), true, {}, {}}, clock);
  EXPECT_NE(availability.update({at(21, 59), {}, {}, {}}), "");
  EXPECT_EQ(availability.update({at(22), {}, {}, {}}), "");
  EXPECT_NE(availability.update({at(7), {}, {}, {}}), "");
}

/// A /proc and a /sys of its own.
class SensorsTest : public testing::Test {
 protected:
  void put(const std::string& path, const std::string& text) {
    std::filesystem::create_directories((folder_.path() / path).parent_path());
    std::ofstream(folder_.path() / path) << text;
  }
  void put_process(int id, int parent, int ticks) {
    put("proc/" + std::to_string(id) + "/stat", std::to_string(id) + " (a) odd (name) S " + std::to_string(parent) +
                                                    " 1 1 0 -1 4194304 0 0 0 0 " + std::to_string(ticks) +
                                                    " 0 0 0 20 0");
  }
  const core::TempDir folder_ = core::TempDir::create("sensors").value();
  Sensors sensors_{folder_.path(), 10};
};

TEST_F(SensorsTest, WhatItHasBegunIsNotAnotherProgram) {
  put("proc/stat", "cpu  100 0 0 900 0 0 0 0 0 0\ncpu0 1 1 1 1\n");
  put_process(1, 0, 50);
  put_process(10, 1, 20);
  put_process(11, 10, 20);
  put_process(12, 11, 10);
  EXPECT_FALSE(sensors_.read().other_cpu) << "a share needs two readings";
  put("proc/stat", "cpu  170 0 0 930 0 0 0 0 0 0\n");
  put_process(1, 0, 60);
  put_process(12, 11, 70);
  EXPECT_NEAR(sensors_.read().other_cpu.value(), 0.1, 1e-9);
}

TEST_F(SensorsTest, BatteriesAndHeatAreTold) {
  EXPECT_FALSE(sensors_.read().on_battery) << "it has none";
  EXPECT_FALSE(sensors_.read().celsius);
  put("sys/class/power_supply/AC/type", "Mains\n");
  put("sys/class/power_supply/mouse/type", "Battery\n");
  put("sys/class/power_supply/mouse/scope", "Device\n");
  put("sys/class/power_supply/mouse/status", "Discharging\n");
  EXPECT_FALSE(sensors_.read().on_battery);
  put("sys/class/power_supply/BAT0/type", "Battery\n");
  put("sys/class/power_supply/BAT0/status", "Charging\n");
  EXPECT_EQ(sensors_.read().on_battery, false);
  put("sys/class/power_supply/BAT0/status", "Discharging\n");
  EXPECT_EQ(sensors_.read().on_battery, true);
  put("sys/class/thermal/thermal_zone0/temp", "41000\n");
  put("sys/class/thermal/thermal_zone1/temp", "83500\n");
  put("sys/class/thermal/thermal_zone2/temp", "nonsense\n");
  put("sys/class/thermal/cooling_device0/temp", "99000\n");
  EXPECT_EQ(sensors_.read().celsius, 83.5);
}

TEST(Sensors, ThisMachineCanBeRead) {
  Sensors sensors("/", getppid());
  (void)sensors.read();
  const core::SystemClock clock;
  const core::Nanos end = clock.steady() + 300ms;
  while (clock.steady() < end) {
  }
  const Condition condition = sensors.read();
  ASSERT_TRUE(condition.other_cpu);
  EXPECT_GE(*condition.other_cpu, 0);
  EXPECT_LE(*condition.other_cpu, 1);
  EXPECT_LT(condition.minute, 24 * 60);
}

}  // namespace
}  // namespace noonmark::worker
