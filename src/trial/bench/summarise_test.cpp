#include "trial/bench/summarise.h"

#include <algorithm>
#include <limits>

#include <gtest/gtest.h>

#include "base/core/random.h"

namespace noonmark::bench {
namespace {

using record::Measurement;
using record::Metric;

/// `launches` launches of three pairs each; costs jitter by one part in a thousand; one warm-up pair that would
/// mislead.
Measurement measured(int launches, double time_ratio, double memory_ratio = 0.5) {
  core::Philox random(1);
  Measurement m;
  m.seed = 9;
  const auto jittered = [&](double value) {
    return static_cast<std::int64_t>(value * (1 + 0.001 * (random.uniform() - 0.5)));
  };
  for (int launch = 0; launch < launches; ++launch) {
    for (const bool baseline : {true, false}) {
      const double times = baseline ? 1 : time_ratio;
      m.launches.push_back({.index = launch,
                            .baseline = baseline,
                            .load_wall_ns = jittered(launch == 0 ? 9e9 : 2e9 * times),
                            .load_cpu_ns = jittered(launch == 0 ? 9e9 : 1e9 * times),
                            .peak_memory_bytes = jittered(baseline ? 1e8 : 1e8 * memory_ratio)});
      for (int pair = 0; pair < 4; ++pair) {
        const double cost = pair == 0 ? 7e8 : 2e8 * times;
        m.turns.push_back({.launch = launch,
                           .pair = pair,
                           .baseline = baseline,
                           .warm_up = pair == 0,
                           .wall_ns = jittered(2 * cost),
                           .cpu_ns = jittered(cost),
                           .request = pair});
      }
    }
  }
  m.looks = {{.launches = launches}};
  return m;
}

TEST(Summarise, GivesRatiosOfEntryToBaseline) {
  auto m = measured(6, 0.5);
  m.baseline_package_bytes = 3000;
  m.entry_package_bytes = 1000;
  const auto metrics = summarise(m);
  EXPECT_NEAR(metrics.at(Metric::generation_time).ratio, 0.5, 0.002);
  EXPECT_NEAR(metrics.at(Metric::cpu_time).ratio, 0.5, 0.002);
  EXPECT_NEAR(metrics.at(Metric::load_time).ratio, 0.5, 0.002);  // the first launch, which read the files, is left out
  EXPECT_NEAR(metrics.at(Metric::peak_memory).ratio, 0.5, 0.002);
  EXPECT_EQ(metrics.at(Metric::package_size), (record::Interval{0.333333, 0.333333, 0.333333}));
  EXPECT_EQ(metrics.count(Metric::energy), 0u);
}

TEST(Summarise, FollowsThePrimaryClock) {
  auto m = measured(5, 0.5);
  for (auto& turn : m.turns) {
    turn.wall_ns = turn.baseline ? 300 : 100;
  }
  m.settings.primary_clock = record::PrimaryClock::wall;
  EXPECT_NEAR(summarise(m).at(Metric::generation_time).ratio, 1 / 3.0, 1e-6);
  EXPECT_NEAR(summarise(m).at(Metric::cpu_time).ratio, 0.5, 0.002);
}

TEST(Summarise, LeavesOutDiscardedTurnsAndHalfPairs) {
  auto m = measured(5, 0.5);
  for (auto& turn : m.turns) {
    if (turn.pair == 1) {
      turn.cpu_ns *= turn.baseline ? 1 : 100;
      turn.discarded = "the host was unfit";
    }
  }
  m.turns.push_back({.launch = 0, .pair = 9, .baseline = true, .wall_ns = 1, .cpu_ns = 1});
  EXPECT_NEAR(summarise(m).at(Metric::generation_time).ratio, 0.5, 0.002);
}

TEST(Summarise, IsNotMovedByOneSlowTurn) {
  auto m = measured(5, 0.5);
  m.turns[6].cpu_ns *= 1000;
  EXPECT_NEAR(summarise(m).at(Metric::generation_time).ratio, 0.5, 0.002);
}

TEST(Summarise, UsesTheErrorLeftAtTheLookThatEndedSampling) {
  auto m = measured(5, 0.5);
  m.settings.looks = {5, 12};
  const auto width = [&](record::StopReason reason) {
    m.stop = reason;
    const auto interval = summarise(m).at(Metric::generation_time);
    return interval.high - interval.low;
  };
  // Stopped at the first planned look: little error was available. Ended by the budget: all of it.
  EXPECT_GT(width(record::StopReason::narrow), 1.5 * width(record::StopReason::budget));
}

TEST(Summarise, MeasuresEnergyWhereACounterIs) {
  auto m = measured(5, 0.5);
  for (auto& turn : m.turns) {
    turn.energy_uj = turn.cpu_ns / 50;
  }
  EXPECT_NEAR(summarise(m).at(Metric::energy).ratio, 0.5, 0.002);
}

TEST(Summarise, SaysNothingFromOneLaunch) {
  EXPECT_TRUE(summarise(measured(1, 0.5)).empty());
  EXPECT_TRUE(summarise(Measurement{}).empty());
}

TEST(Summarise, DoesNotDependOnTheOrderOfTurns) {
  auto m = measured(6, 0.7);
  const auto before = summarise(m);
  core::Philox random(4);
  random.shuffle(std::span(m.turns));
  random.shuffle(std::span(m.launches));
  EXPECT_EQ(summarise(m), before);
}

TEST(Summarise, IsTotal) {
  core::Philox random(77);
  const std::int64_t odd[] = {0, 1, 7, 1'000'000, std::numeric_limits<std::int64_t>::max()};
  for (int round = 0; round < 300; ++round) {
    Measurement m = measured(1 + static_cast<int>(random.below(4)), 0.5);
    for (auto& turn : m.turns) {
      turn.cpu_ns = odd[random.below(5)];
      turn.launch = static_cast<int>(random.below(4));
      turn.warm_up = random.below(4) == 0;
    }
    for (auto& launch : m.launches) {
      launch.peak_memory_bytes = odd[random.below(5)];
    }
    m.looks.assign(random.below(4), {.launches = static_cast<int>(random.below(20))});
    m.baseline_package_bytes = odd[random.below(5)];
    m.entry_package_bytes = odd[random.below(5)];
    m.stop = static_cast<record::StopReason>(random.below(7));
    const auto metrics = summarise(m);
    const auto again = record::metrics_from_json(record::to_json(metrics));
    ASSERT_TRUE(again.ok()) << again.error().message;
    EXPECT_EQ(*again, metrics);
    for (const auto& [metric, interval] : metrics) {
      EXPECT_GT(interval.low, 0);
    }
  }
}

}  // namespace
}  // namespace noonmark::bench
