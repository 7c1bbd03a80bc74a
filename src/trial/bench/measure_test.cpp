#include "trial/bench/measure.h"

#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "trial/bench/fake_subject_for_tests.h"
#include "trial/bench/summarise.h"

namespace noonmark::bench {
namespace {

using record::Failure;
using record::Measurement;
using record::StopReason;
using namespace std::chrono_literals;

/// Two fake sides and a fake host, measured with the given settings.
struct Bench {
  explicit Bench(double truth = 0.5) { entry_is.cost_s = 0.2 * truth; }

  core::Result<Measurement> run(const OnProgress& on_progress = {}) {
    FakeSubject baseline(clock, baseline_is, 1, &log);
    FakeSubject entry(clock, entry_is, 2);
    auto result = measure(baseline, entry, settings, gate, clock, seed, on_progress);
    EXPECT_FALSE(baseline.alive());
    EXPECT_FALSE(entry.alive());
    entry_requests = entry.requests;
    baseline_requests = baseline.requests;
    return result;
  }

  core::FakeClock clock;
  FakeSubject::Behaviour baseline_is, entry_is;
  FakeHostGate gate;
  record::Settings settings;
  std::uint64_t seed = 5;
  std::string log;
  std::vector<int> entry_requests, baseline_requests;
};

TEST(Measure, RunsPairsOnTheSameRequestsAndNeverRepeatsOne) {
  Bench bench;
  const auto m = bench.run();
  ASSERT_TRUE(m.ok());
  EXPECT_EQ(bench.baseline_requests, bench.entry_requests);
  const std::set<int> distinct(bench.entry_requests.begin(), bench.entry_requests.end());
  EXPECT_EQ(distinct.size(), bench.entry_requests.size());
  EXPECT_EQ(m->turns.size(), 2 * bench.entry_requests.size());
  std::map<std::pair<int, int>, std::vector<record::Turn>> pairs;
  for (const auto& turn : m->turns) {
    pairs[{turn.launch, turn.pair}].push_back(turn);
  }
  for (const auto& [place, turns] : pairs) {
    ASSERT_EQ(turns.size(), 2u);
    EXPECT_NE(turns[0].baseline, turns[1].baseline);
    EXPECT_EQ(turns[0].request, turns[1].request);
  }
}

TEST(Measure, OrdersPairsAbbaAtRandom) {
  Bench bench;
  bench.settings.pairs_per_launch = 4;
  bench.settings.target_width = 0;
  bench.settings.budget = 1000s;
  const auto m = bench.run();
  ASSERT_TRUE(m.ok());
  std::map<std::string, int> orders;
  for (int launch = 0; launch < 12; ++launch) {
    std::string order;
    for (const auto& turn : m->turns) {
      if (turn.launch == launch && !turn.warm_up) {
        order += turn.baseline ? 'A' : 'B';
      }
    }
    ASSERT_EQ(order.size(), 8u);
    for (const auto& block : {order.substr(0, 4), order.substr(4)}) {
      EXPECT_TRUE(block == "ABBA" || block == "BAAB") << block;
      ++orders[block];
    }
  }
  EXPECT_GE(orders["ABBA"], 5);
  EXPECT_GE(orders["BAAB"], 5);
  int baseline_started_first = 0;
  for (std::size_t i = 0; i < m->launches.size(); i += 2) {
    baseline_started_first += m->launches[i].baseline ? 1 : 0;
  }
  EXPECT_GT(baseline_started_first, 1);
  EXPECT_LT(baseline_started_first, 11);
}

TEST(Measure, DropsWarmUpByRule) {
  Bench bench;
  bench.settings.warm_up_turns = 2;
  const auto m = bench.run();
  ASSERT_TRUE(m.ok());
  for (const auto& turn : m->turns) {
    EXPECT_EQ(turn.warm_up, turn.pair < 2);
  }
}

TEST(Measure, IsTheSameForTheSameSeed) {
  Bench first, second, third;
  third.seed = 6;
  const auto a = first.run();
  const auto b = second.run();
  const auto c = third.run();
  ASSERT_TRUE(a.ok() && b.ok() && c.ok());
  EXPECT_EQ(*a, *b);
  EXPECT_NE(*a, *c);
  EXPECT_EQ(summarise(*a), summarise(*b));
}

TEST(Measure, SummarisesToTheNewestLook) {
  for (const double truth : {0.5, 0.98, 1.2, 5.0}) {
    Bench bench(truth);
    const auto m = bench.run();
    ASSERT_TRUE(m.ok());
    ASSERT_FALSE(m->looks.empty());
    EXPECT_EQ(summarise(*m).at(record::Metric::generation_time), m->looks.back().generation_time) << truth;
    const auto again = record::measurement_from_json(record::to_json(*m));
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(*again, *m);
  }
}

TEST(Measure, StopsWhenNarrow) {
  Bench bench;
  bench.entry_is.launch_spread = bench.baseline_is.launch_spread = 0.0001;
  bench.entry_is.turn_spread = bench.baseline_is.turn_spread = 0.0001;
  const auto m = bench.run();
  ASSERT_TRUE(m.ok());
  EXPECT_EQ(m->stop, StopReason::narrow);
  EXPECT_EQ(m->looks.back().launches, bench.settings.looks.front());
}

TEST(Measure, StopsWhenDecidedAgainstTheEntryButNotForIt) {
  Bench slow(1.3);
  slow.settings.target_width = 0;
  EXPECT_EQ(slow.run()->stop, StopReason::decided);
  Bench fast(0.7);
  fast.settings.target_width = 0;
  EXPECT_EQ(fast.run()->stop, StopReason::launches);
  Bench both(0.7);
  both.settings.target_width = 0;
  both.settings.decide_both_sides = true;
  EXPECT_EQ(both.run()->stop, StopReason::decided);
}

TEST(Measure, StopsEarlyOnAHopelessEntry) {
  Bench bench(10);
  const auto m = bench.run();
  ASSERT_TRUE(m.ok());
  EXPECT_EQ(m->stop, StopReason::hopeless);
  EXPECT_EQ(m->launches.size(), 4u);
  EXPECT_EQ(m->turns.size(), 8u);  // one warm-up pair and one kept pair in each of two launches
  EXPECT_GT(summarise(*m).at(record::Metric::generation_time).low, 1);
}

TEST(Measure, StopsAtTheBudgetAfterAtLeastTwoLaunches) {
  Bench bench;
  bench.settings.target_width = 0;
  bench.settings.budget = 7s;
  const auto m = bench.run();
  ASSERT_TRUE(m.ok());
  EXPECT_EQ(m->stop, StopReason::budget);
  EXPECT_LT(bench.clock.steady(), 8s);
  EXPECT_NEAR(m->looks.back().alpha_spent, 0.05, 1e-9);
  Bench tiny;
  tiny.settings.budget = 1ns;
  const auto least = tiny.run();
  ASSERT_TRUE(least.ok());
  EXPECT_EQ(least->stop, StopReason::budget);
  EXPECT_EQ(least->launches.size(), 4u);
  EXPECT_EQ(summarise(*least).count(record::Metric::generation_time), 1u);
}

TEST(Measure, BlamesTheSideThatBreaks) {
  const auto breaks_at = [](int launch, int turn, core::Error error) {
    return [=](int now, int asked) -> core::Result<void> {
      if (now == launch && asked == turn) return error;
      return {};
    };
  };
  for (const int turn : {-1, 0, 2}) {
    Bench entry;
    entry.entry_is.breaks = breaks_at(1, turn, core::timeout("no answer within 5 s"));
    const auto m = entry.run();
    ASSERT_TRUE(m.ok());
    EXPECT_EQ(m->stop, StopReason::failed);
    ASSERT_TRUE(m->failure);
    EXPECT_EQ(m->failure->owner, Failure::Owner::entry);
    EXPECT_EQ(m->failure->code, "timeout");
    EXPECT_NE(m->failure->message.find("no answer within 5 s"), std::string::npos);

    Bench baseline;
    baseline.baseline_is.breaks = breaks_at(0, turn, core::timeout("no answer within 5 s"));
    const auto other = baseline.run();
    ASSERT_TRUE(other.ok());
    ASSERT_TRUE(other->failure);
    EXPECT_EQ(other->failure->owner, Failure::Owner::validator);
  }
  Bench network;
  network.entry_is.breaks = breaks_at(0, 1, core::unavailable("store is down"));
  EXPECT_EQ(network.run()->failure->owner, Failure::Owner::network);
}

TEST(Measure, DiscardsPairsOfAnUnfitHostAndSaysSo) {
  Bench bench;
  bench.gate.at = [](int sample) {
    record::HostSample result;
    result.steal = sample == 6 || sample == 7 ? 0.5 : 0.0;
    return result;
  };
  const auto m = bench.run();
  ASSERT_TRUE(m.ok());
  int discarded = 0;
  for (const auto& turn : m->turns) {
    discarded += turn.discarded.empty() ? 0 : 1;
  }
  EXPECT_EQ(discarded, 4);
  ASSERT_EQ(m->warnings.size(), 1u);
  EXPECT_NE(m->warnings[0].find("2 pairs were discarded"), std::string::npos) << m->warnings[0];
  const auto unfit = std::find_if(m->host.begin(), m->host.end(), [](const auto& s) { return !s.unfit.empty(); });
  ASSERT_NE(unfit, m->host.end());
  EXPECT_NE(unfit->unfit.find("hypervisor took 50 %"), std::string::npos) << unfit->unfit;
  EXPECT_NEAR(summarise(*m).at(record::Metric::generation_time).ratio, 0.5, 0.02);
}

TEST(Measure, GivesUpOnAHostThatStaysUnfit) {
  Bench bench;
  bench.gate.at = [](int) { return record::HostSample{.other_load = 0.95}; };
  const auto m = bench.run();
  ASSERT_TRUE(m.ok());
  EXPECT_EQ(m->stop, StopReason::unfit);
  ASSERT_TRUE(m->failure);
  EXPECT_EQ(m->failure->owner, Failure::Owner::validator);
  EXPECT_EQ(m->failure->code, "unfit_host");
  EXPECT_TRUE(m->turns.empty());
  EXPECT_GE(bench.clock.steady(), bench.settings.host_patience);
}

TEST(Measure, GoesOnWithAWarningWhereTheContestToleratesAnUnfitHost) {
  Bench bench;
  bench.settings.tolerate_unfit_host = true;
  bench.gate.at = [](int) { return record::HostSample{.other_load = 0.95}; };
  const auto m = bench.run();
  ASSERT_TRUE(m.ok());
  EXPECT_FALSE(m->failure);
  ASSERT_EQ(m->warnings.size(), 1u);
  EXPECT_NE(m->warnings[0].find("stayed unfit"), std::string::npos);
  EXPECT_EQ(summarise(*m).count(record::Metric::generation_time), 1u);
}

TEST(Measure, TurnsToToleranceWhenTheHostBecomesUnfitLater) {
  Bench bench;
  bench.settings.tolerate_unfit_host = true;
  bench.gate.at = [](int sample) { return record::HostSample{.other_load = sample < 20 ? 0.0 : 0.95}; };
  const auto m = bench.run();
  ASSERT_TRUE(m.ok());
  EXPECT_FALSE(m->failure);
  EXPECT_GE(launch_ratios(*m).size(), 5u);
}

TEST(Measure, ReadsTheEnergyCounterAroundTurns) {
  Bench bench;
  bench.gate.energy = [&]() -> std::optional<std::int64_t> { return bench.clock.steady().count() / 1000; };
  const auto m = bench.run();
  ASSERT_TRUE(m.ok());
  EXPECT_NEAR(summarise(*m).at(record::Metric::energy).ratio, 0.5, 0.02);
}

TEST(Measure, EndsForSidesThatCostNothing) {
  Bench bench;
  bench.baseline_is = bench.entry_is = {.cost_s = 0, .load_s = 0, .memory_bytes = 0};
  const auto m = bench.run();
  ASSERT_TRUE(m.ok());
  EXPECT_TRUE(summarise(*m).empty());
}

TEST(Measure, TellsProgressAndCanBeCancelled) {
  Bench bench;
  std::vector<Progress> told;
  ASSERT_TRUE(bench.run([&](const Progress& progress) { return told.push_back(progress), true; }).ok());
  ASSERT_GT(told.size(), 10u);
  EXPECT_EQ(told.front().left, bench.settings.budget - told.front().elapsed);
  EXPECT_LT(told.back().left, 6s);
  for (const auto& progress : told) {
    EXPECT_LE(progress.elapsed + progress.left, bench.settings.budget + 1s);
    EXPECT_GE(progress.left, 0s);
  }
  Bench cancelled;
  int calls = 0;
  const auto m = cancelled.run([&](const Progress&) { return ++calls < 7; });
  ASSERT_FALSE(m.ok());
  EXPECT_EQ(m.error().kind, core::ErrorKind::cancelled);
}

TEST(Measure, RefusesSettingsThatMakeNoSense) {
  Bench bench;
  bench.settings.looks = {};
  const auto m = bench.run();
  ASSERT_FALSE(m.ok());
  EXPECT_EQ(m.error().kind, core::ErrorKind::invalid);
}

TEST(UnfitReason, ChecksEachLimitAndZeroSwitchesItOff) {
  const record::HostLimits limits{
      .max_other_load = 0.5, .max_steal = 0.1, .min_frequency = 0.6, .max_temperature_c = 80};
  EXPECT_EQ(unfit_reason({}, limits), "");
  EXPECT_NE(unfit_reason({.other_load = 0.6}, limits), "");
  EXPECT_NE(unfit_reason({.steal = 0.2}, limits), "");
  EXPECT_NE(unfit_reason({.frequency = 0.5}, limits), "");
  EXPECT_NE(unfit_reason({.temperature_c = 81}, limits), "");
  EXPECT_EQ(unfit_reason({.frequency = 0.7, .temperature_c = 79}, limits), "");
  const record::HostLimits off{0, 0, 0, 0};
  EXPECT_EQ(unfit_reason({.other_load = 1, .steal = 1, .frequency = 0.1, .temperature_c = 120}, off), "");
}

}  // namespace
}  // namespace noonmark::bench
