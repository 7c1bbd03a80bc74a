// How often the referee is right, by simulation: launch-to-launch spread 1 %, turn spread 2 %, default settings.
#include <cstdio>

#include <gtest/gtest.h>

#include "trial/bench/fake_subject_for_tests.h"
#include "trial/bench/measure.h"
#include "trial/bench/summarise.h"

namespace noonmark::bench {
namespace {

struct Outcome {
  int faster = 0;  // interval wholly below 1
  int slower = 0;  // interval wholly above 1
  int covered = 0;
  double launches = 0;
  double width = 0;
  double seconds = 0;
  int trials = 0;

  double share(int count) const { return count / static_cast<double>(trials); }
};

Outcome simulate(double truth, int trials, const record::Settings& settings, double turn_spread = 0.02) {
  Outcome outcome;
  for (int trial = 0; trial < trials; ++trial) {
    core::FakeClock clock;
    core::Philox random(500 + static_cast<std::uint64_t>(trial));
    FakeSubject baseline(clock, {.turn_spread = turn_spread}, random.uint64());
    FakeSubject entry(clock, {.cost_s = 0.2 * truth, .turn_spread = turn_spread}, random.uint64());
    FakeHostGate gate;
    const auto measurement = measure(baseline, entry, settings, gate, clock, random.uint64());
    CHECK(measurement.ok());
    const auto interval = summarise(*measurement).at(record::Metric::generation_time);
    outcome.trials += 1;
    outcome.faster += interval.high < 1 ? 1 : 0;
    outcome.slower += interval.low > 1 ? 1 : 0;
    outcome.covered += interval.low <= truth && truth <= interval.high ? 1 : 0;
    outcome.launches += measurement->looks.back().launches;
    outcome.width += (interval.high - interval.low) / interval.ratio;
    outcome.seconds += std::chrono::duration<double>(clock.steady()).count();
  }
  return outcome;
}

void print(const char* name, const Outcome& outcome) {
  std::printf("%-28s faster %.3f  slower %.3f  covered %.3f  launches %.1f  width %.2f %%  time %.1f s\n", name,
              outcome.share(outcome.faster), outcome.share(outcome.slower), outcome.share(outcome.covered),
              outcome.launches / outcome.trials, 100 * outcome.width / outcome.trials,
              outcome.seconds / outcome.trials);
}

record::Settings fast_settings() {
  record::Settings settings;
  settings.resamples = 400;
  return settings;
}

TEST(Simulation, CallsEqualSidesDifferentNoMoreOftenThanItSays) {
  const auto equal = simulate(1, 200, fast_settings());
  print("equal sides", equal);
  // 5 % permitted for both directions together; binomial standard error 1.1 %.
  EXPECT_LE(equal.share(equal.faster + equal.slower), 0.08);
  EXPECT_GE(equal.share(equal.covered), 0.92);
}

TEST(Simulation, FindsTenPercentNearlyAlwaysAndThreePercentMostly) {
  const auto ten = simulate(0.9, 60, fast_settings());
  print("10 % faster", ten);
  EXPECT_GE(ten.share(ten.faster), 0.99);
  EXPECT_EQ(ten.slower, 0);
  EXPECT_GE(ten.share(ten.covered), 0.91);
  const auto three = simulate(0.97, 100, fast_settings());
  print("3 % faster", three);
  EXPECT_GE(three.share(three.faster), 0.80);
  EXPECT_EQ(three.slower, 0);
  EXPECT_GE(three.share(three.covered), 0.91);
}

TEST(Simulation, KeepsItsErrorWithEitherSpending) {
  auto settings = fast_settings();
  settings.spending = record::Spending::pocock;
  const auto equal = simulate(1, 150, settings);
  print("equal sides, pocock", equal);
  EXPECT_LE(equal.share(equal.faster + equal.slower), 0.08);
  const auto three = simulate(0.97, 60, settings);
  print("3 % faster, pocock", three);
  EXPECT_GE(three.share(three.faster), 0.75);
}

TEST(Simulation, SpendsLittleOnTheHopeless) {
  const auto slow = simulate(4, 50, fast_settings());
  print("4 times slower", slow);
  EXPECT_EQ(slow.slower, slow.trials);
  EXPECT_LE(slow.launches / slow.trials, 2);
  const auto slower = simulate(1.1, 100, fast_settings());
  print("10 % slower", slower);
  EXPECT_GE(slower.share(slower.slower), 0.99);
  EXPECT_LE(slower.launches / slower.trials, 8);
}

}  // namespace
}  // namespace noonmark::bench
