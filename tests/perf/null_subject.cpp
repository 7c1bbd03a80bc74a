// What the referee itself costs: a whole measurement of two sides that do nothing, over the number of their turns, and
// one reading of the host. Whatever a turn of a real package takes, this comes on top, outside the timed part.
//
//   perf_null_subject [LAUNCHES]
#include <cstdlib>
#include <iostream>

#include "base/codec/json.h"
#include "base/core/clock.h"
#include "trial/bench/measure.h"
#include "trial/bench/proc_host_gate.h"
#include "turns.h"

namespace {

using namespace noonmark;

/// Says that it took a millisecond and returns at once.
class NullSubject final : public bench::Subject {
 public:
  core::Result<bench::LaunchFacts> launch() override { return bench::LaunchFacts{kSaid, kSaid}; }
  core::Result<bench::TurnFacts> turn(int) override { return bench::TurnFacts{kSaid, kSaid}; }
  core::Result<bench::EndFacts> end() override { return bench::EndFacts{1 << 20}; }

 private:
  static constexpr std::chrono::milliseconds kSaid{1};
};

core::Result<codec::Json> run(int launches) {
  core::SystemClock clock;
  bench::ProcHostGate gate;
  NullSubject baseline, entry;
  record::Settings settings;
  settings.looks = {launches};
  settings.pairs_per_launch = 20;
  settings.target_width = 0;
  settings.host = {0, 0, 0, 0};  // no limit: there is nothing to wait for
  const double wall = perf::wall_ns(), cpu = perf::cpu_ns();
  const auto measurement = TRY(bench::measure(baseline, entry, settings, gate, clock, 1));
  const double wall_spent = perf::wall_ns() - wall, cpu_spent = perf::cpu_ns() - cpu;
  const auto turns = static_cast<double>(measurement.turns.size());

  constexpr int kReadings = 200;
  const double before = perf::wall_ns();
  for (int i = 0; i < kReadings; ++i) {
    (void)gate.sample(std::chrono::nanoseconds(0));
  }
  const double reading = (perf::wall_ns() - before) / kReadings;
  return codec::Json::object({{"name", "referee_cost_per_turn"},
                              {"value", record::rounded(wall_spent / turns / 1000)},
                              {"unit", "us"},
                              {"cpu_us", record::rounded(cpu_spent / turns / 1000)},
                              {"turns", static_cast<std::int64_t>(measurement.turns.size())},
                              {"host_reading_us", record::rounded(reading / 1000)}});
}

}  // namespace

int main(int argc, char** argv) {
  const int launches = argc > 1 ? std::atoi(argv[1]) : 50;
  const auto result = run(launches);
  if (!result.ok()) {
    std::cerr << result.error().message << "\n";
    return 3;
  }
  std::cout << codec::write_json(*result) << "\n";
  return 0;
}
