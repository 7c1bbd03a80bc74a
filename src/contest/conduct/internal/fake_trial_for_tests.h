#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/core/clock.h"
#include "base/core/files.h"
#include "base/core/random.h"
#include "contest/conduct/conduct.h"
#include "trial/bench/fake_subject_for_tests.h"
#include "trial/bench/measure.h"

namespace noonmark::conduct {

/// What a fake package does; its folder's name chooses. Nothing is read from disk.
struct FakePackage {
  double cost_s = 0.2;       ///< Of one request; the baseline's is 0.2.
  double fidelity = 0.97;    ///< SSIM of every picture.
  std::string same_as = "";  ///< Substance of another package.
  std::optional<record::Failure> sighting_failure = {};
  std::function<core::Result<void>()> breaks_measuring = {};
  std::function<core::Result<void>()> breaks_judging = {};
};

/// A trial without packages or processes. Deterministic: the same calls give the same facts.
class FakeTrial final : public Trial {
 public:
  std::map<std::string, FakePackage> packages;
  std::vector<std::string> calls;  ///< "measure fast", in order
  std::function<void(const std::string& call)> on_call = {};
  bool has_testers = false;  ///< Every entry is measured and judged on a machine of its own, with floors of its own.

  record::Machine machine() override {
    record::Machine machine;
    machine.cpu_model = "a fake";
    machine.cores = 2;
    return machine;
  }

  entry::Sighting inspect(const std::filesystem::path& path, const rules::Contest& contest) override {
    const std::string name = path.filename().string();
    note("inspect " + name);
    entry::Sighting sighting{name, std::nullopt, packages[name].sighting_failure};
    if (sighting.failure) return sighting;
    const std::string substance = packages[name].same_as.empty() ? name : packages[name].same_as;
    sighting.package =
        entry::PackageFacts{hash::sha256(name), hash::sha256(substance), contest.task, 1000, 1, "cpu", ""};
    return sighting;
  }

  core::Result<Reference> reference(const Round& round) override {
    note("reference");
    Reference reference;
    reference.outputs = outputs("baseline", round.inputs.size());
    reference.floors["ssim"] = {0.99, 0.70};
    return reference;
  }

  core::Result<record::Measurement> measure(const Round& round, const Contestant& entry, std::uint64_t seed) override {
    const FakePackage& package = packages[entry.package.filename().string()];
    note("measure " + entry.facts.name);
    if (package.breaks_measuring) TRY(package.breaks_measuring());
    core::FakeClock clock;
    bench::FakeHostGate gate;
    bench::FakeSubject baseline(clock, {}, seed + 1);
    bench::FakeSubject subject(clock, {.cost_s = package.cost_s}, seed + 2);
    return bench::measure(baseline, subject, round.contest.measurement, gate, clock, seed);
  }

  core::Result<Judgement> judge(const Round& round, const Contestant& entry, const Reference& reference) override {
    const FakePackage& package = packages[entry.package.filename().string()];
    note("judge " + entry.facts.name);
    if (package.breaks_judging) TRY(package.breaks_judging());
    Judgement judgement;
    judgement.outputs = outputs(entry.facts.name, round.inputs.size());
    if (has_testers) {
      judgement.reference = Reference{outputs("baseline beside " + entry.facts.name, round.inputs.size()),
                                      {{"ssim", {0.99 - 0.001 * entry.facts.order, 0.70}}},
                                      {},
                                      std::nullopt};
    }
    judgement.report.floors = judgement.reference ? judgement.reference->floors : reference.floors;
    for (std::size_t i = 0; i < round.inputs.size(); ++i) {
      record::OutputFidelity output;
      output.request = static_cast<int>(i);
      output.values = {{"ssim", package.fidelity}};
      judgement.report.outputs.push_back(output);
    }
    return judgement;
  }

  std::optional<Tester> tester(const Contestant& entry) override {
    if (!has_testers) return std::nullopt;
    record::Machine here = machine();
    here.cpu_model = "the machine for " + entry.facts.name;
    return Tester{"5Fake", "noonmark test", here};
  }

 private:
  void note(const std::string& call) {
    calls.push_back(call);
    if (on_call) on_call(call);
  }

  static std::vector<Output> outputs(const std::string& name, std::size_t count) {
    std::vector<Output> list;
    for (std::size_t i = 0; i < count; ++i) {
      const std::string word = name + std::to_string(i);
      list.push_back({static_cast<int>(i), hash::sha256(word + ".png"), hash::sha256(word)});
    }
    return list;
  }
};

/// A small contest, and the request to hold it among the fakes below.
inline rules::Contest fake_contest() {
  rules::Contest contest = rules::parse_contest(R"(format = 1
id = "fake"
title = "A contest among fakes"
task = "text-to-image"
[baseline]
package = "baseline"
[device]
name = "no device"
cores = 1
threads = 1
primary_clock = "cpu"
memory_limit_mib = 512
[metrics]
generation_time = 1
[fidelity]
mean_floor = 0.8
[verdict]
policy = "noonmark-1"
[measurement]
looks = [3, 4]
resamples = 200
[inputs]
count = 3
width = 64
height = 64
prompts = ["a", "b", "c", "d", "e"]
)")
                               .value();
  return contest;
}

/// Everything around a conductor, in a folder of its own.
struct FakeWorld {
  explicit FakeWorld(const std::filesystem::path& folder)
      : database(sql::Database::open_sqlite(folder / "contest.sqlite").value()),
        journal(Journal::open(database).value()) {
    trial.packages["fast"].cost_s = 0.1;
    trial.packages["faster-but-blurred"] = {.cost_s = 0.05, .fidelity = 0.3};
    trial.packages["slightly-faster"].cost_s = 0.17;
    trial.packages["copy"].same_as = "baseline";
    trial.packages["damaged"].sighting_failure =
        record::Failure{record::Failure::Owner::entry, "wrong_digest", "unet/model.onnx isn't what its digest says"};
    trial.packages["hangs"].breaks_measuring = [] { return core::timeout("no answer within 60 s"); };
  }

  Collaborators collaborators() { return {journal, trial, beacon, clock, key, "noonmark test"}; }
  static Request request() {
    return {fake_contest(),
            "/packages/baseline",
            {"/packages/copy", "/packages/slightly-faster", "/packages/damaged", "/packages/fast", "/packages/hangs",
             "/packages/faster-but-blurred"},
            core::UnixNanos(std::chrono::seconds(1'795'000'000)),
            std::nullopt};
  }

  FakeTrial trial;
  FixedBeacon beacon{core::Bytes{1, 2, 3, 4}};
  core::FakeClock clock{core::UnixNanos(std::chrono::seconds(1'795'000'100))};
  sign::SecretKey key{sign::Seed::from_bytes(std::array<std::uint8_t, 32>{7})};
  sql::Database database;
  Journal journal;
};

}  // namespace noonmark::conduct
