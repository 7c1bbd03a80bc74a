#pragma once

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "base/core/clock.h"
#include "base/core/random.h"
#include "trial/bench/host_gate.h"
#include "trial/bench/subject.h"

namespace noonmark::bench {

/// A side whose cost is `cost` times a launch effect times a turn effect, both log-normal. Moves a fake clock.
class FakeSubject final : public Subject {
 public:
  struct Behaviour {
    double cost_s = 0.2;
    double launch_spread = 0.01;
    double turn_spread = 0.01;
    double load_s = 0.1;
    std::int64_t memory_bytes = 100 << 20;
    std::function<core::Result<void>(int launch, int turn)> breaks =
        {};  // asked before each turn; turn -1 is the start
  };

  FakeSubject(core::FakeClock& clock, Behaviour behaviour, std::uint64_t seed, std::string* log = nullptr)
      : clock_(clock), behaviour_(std::move(behaviour)), random_(seed), log_(log) {}

  core::Result<LaunchFacts> launch() override {
    CHECK(!alive_, "launched twice");
    note("(");
    launches += 1;
    turns_ = 0;
    TRY(asked(-1));
    alive_ = true;
    level_ = behaviour_.cost_s * std::exp(behaviour_.launch_spread * random_.normal());
    const auto load = seconds(behaviour_.load_s * std::exp(behaviour_.launch_spread * random_.normal()));
    clock_.advance(load);
    return LaunchFacts{load, load};
  }

  core::Result<TurnFacts> turn(int request) override {
    CHECK(alive_, "asked while not running");
    note(std::to_string(request));
    requests.push_back(request);
    TRY(asked(turns_++));
    const auto cost = seconds(level_ * std::exp(behaviour_.turn_spread * random_.normal()));
    clock_.advance(cost);
    return TurnFacts{cost + cost / 10, cost};
  }

  core::Result<EndFacts> end() override {
    CHECK(alive_, "ended while not running");
    note(")");
    alive_ = false;
    return EndFacts{behaviour_.memory_bytes};
  }

  bool alive() const { return alive_; }
  int launches = 0;
  std::vector<int> requests;

 private:
  static core::Nanos seconds(double value) { return core::Nanos(std::llround(value * 1e9)); }
  core::Result<void> asked(int turn) {
    return behaviour_.breaks ? behaviour_.breaks(launches - 1, turn) : core::Result<void>();
  }
  void note(const std::string& text) {
    if (log_ != nullptr) {
      *log_ += text;
    }
  }

  core::FakeClock& clock_;
  Behaviour behaviour_;
  core::Philox random_;
  std::string* log_;
  bool alive_ = false;
  int turns_ = 0;
  double level_ = 0;
};

/// A host whose state is what the test says.
class FakeHostGate final : public HostGate {
 public:
  record::HostSample sample(core::Nanos) override {
    ++samples;
    return at ? at(samples) : record::HostSample{};
  }
  std::optional<std::int64_t> energy_uj() override { return energy ? energy() : std::nullopt; }

  int samples = 0;
  std::function<record::HostSample(int)> at = {};
  std::function<std::optional<std::int64_t>()> energy = {};
};

}  // namespace noonmark::bench
