#pragma once

#include <map>
#include <string>

#include "base/core/clock.h"
#include "contest/conduct/collaborators.h"
#include "trial/bench/fake_subject_for_tests.h"
#include "trial/bench/measure.h"

namespace noonmark::evidence {

/// A trial without packages or processes; a package's folder name says what it costs. `machine_seed` makes one
/// validator's measurements differ from another's.
class FakeTrial final : public conduct::Trial {
 public:
  FakeTrial(std::map<std::string, double> costs, std::uint64_t machine_seed)
      : costs_(std::move(costs)), machine_seed_(machine_seed) {}

  record::Machine machine() override {
    record::Machine machine;
    machine.cpu_model = "a fake";
    machine.cores = 2;
    return machine;
  }
  entry::Sighting inspect(const std::filesystem::path& path, const rules::Contest& contest) override {
    const std::string name = path.filename().string();
    return {name, entry::PackageFacts{hash::sha256(name), hash::sha256(name), contest.task, 1000, 1, "cpu", ""}, {}};
  }
  core::Result<conduct::Reference> reference(const conduct::Round& round) override {
    conduct::Reference reference;
    reference.outputs = outputs("baseline", round.inputs.size());
    reference.floors["ssim"] = {0.99, 0.70};
    return reference;
  }
  core::Result<record::Measurement> measure(const conduct::Round& round, const conduct::Contestant& entry,
                                            std::uint64_t seed) override {
    core::FakeClock clock;
    bench::FakeHostGate gate;
    bench::FakeSubject baseline(clock, {}, seed + machine_seed_);
    bench::FakeSubject subject(clock, {.cost_s = costs_.at(entry.package.filename().string())},
                               seed + machine_seed_ + 1);
    return bench::measure(baseline, subject, round.contest.measurement, gate, clock, seed);
  }
  core::Result<conduct::Judgement> judge(const conduct::Round& round, const conduct::Contestant& entry,
                                         const conduct::Reference& reference) override {
    conduct::Judgement judgement;
    judgement.outputs = outputs(entry.facts.name, round.inputs.size());
    judgement.report.floors = reference.floors;
    for (std::size_t i = 0; i < round.inputs.size(); ++i) {
      record::OutputFidelity output;
      output.request = static_cast<int>(i);
      output.values = {{"ssim", 0.97}};
      judgement.report.outputs.push_back(output);
    }
    return judgement;
  }

 private:
  static std::vector<conduct::Output> outputs(const std::string& name, std::size_t count) {
    std::vector<conduct::Output> list;
    for (std::size_t i = 0; i < count; ++i) {
      const std::string word = name + std::to_string(i);
      list.push_back({static_cast<int>(i), hash::sha256(word + ".png"), hash::sha256(word)});
    }
    return list;
  }

  const std::map<std::string, double> costs_;
  const std::uint64_t machine_seed_;
};

}  // namespace noonmark::evidence
