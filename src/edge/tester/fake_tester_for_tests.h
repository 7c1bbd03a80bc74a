#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "base/core/files.h"
#include "contest/conduct/conduct.h"
#include "edge/tester/office.h"
#include "edge/validator/pictures.h"
#include "model/image/image.h"
#include "model/package/package.h"
#include "storage/blobs/memory_store.h"
#include "trial/bench/fake_subject_for_tests.h"
#include "trial/bench/measure.h"

namespace noonmark::tester {

inline sign::Sr25519Pair pair_of(std::uint8_t number) {
  return sign::Sr25519Pair(sign::Seed::from_bytes(std::array<std::uint8_t, 32>{number}));
}

inline constexpr const char* kProgram = "noonmark test";

/// A package without a model: one file with its own name in it.
inline std::filesystem::path make_package(const std::filesystem::path& folder, const std::string& name) {
  const std::filesystem::path path = folder / name;
  EXPECT_TRUE(core::make_directories(path).ok());
  EXPECT_TRUE(core::write_file_atomic(path / "model.txt", std::string_view(name)).ok());
  package::Description description;
  description.name = name;
  description.licence = "MIT";
  const auto manifest = package::describe_directory(path, description);
  EXPECT_TRUE(manifest.ok()) << manifest.error().message;
  EXPECT_TRUE(package::write_manifest(path, *manifest).ok());
  return path;
}

inline rules::Contest tiny_contest() {
  return rules::parse_contest(R"(format = 1
id = "tiny"
title = "A contest among testers"
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
mean_floor = 0.5
[verdict]
policy = "noonmark-1"
[measurement]
looks = [2]
resamples = 100
[inputs]
count = 2
width = 64
height = 64
prompts = ["a", "b", "c", "d"]
)")
      .value();
}

inline Hello hello_from(const std::string& cpu) {
  record::Machine machine;
  machine.cpu_model = cpu;
  machine.cores = 1;
  machine.memory_bytes = std::int64_t{1} << 30;
  return {kProgram, machine};
}

/// A validator's own trial that can look at the packages above and do nothing else.
class LookingTrial final : public conduct::Trial {
 public:
  record::Machine machine() override { return hello_from("the validator").machine; }
  entry::Sighting inspect(const std::filesystem::path& path, const rules::Contest& contest) override {
    const package::Package opened = package::Package::open(path).value();
    return {path.filename().string(),
            entry::PackageFacts{opened.digest(), opened.substance(), contest.task,
                                static_cast<std::int64_t>(opened.total_size()), 1, "cpu", ""},
            std::nullopt};
  }
  core::Result<conduct::Reference> reference(const conduct::Round&) override { return core::internal("no device"); }
  core::Result<record::Measurement> measure(const conduct::Round&, const conduct::Contestant&, std::uint64_t) override {
    return core::internal("no device");
  }
  core::Result<conduct::Judgement> judge(const conduct::Round&, const conduct::Contestant&,
                                         const conduct::Reference&) override {
    return core::internal("no device");
  }
};

/// What a tester would have found, without running anything. Deterministic in item and machine. An entry whose name
/// ends with an odd digit is the faster; one called "hangs" fails.
inline Findings fake_findings(const Brief& brief, const Work& work, const Hello& hello, blobs::Store& pictures) {
  const auto make = [&](std::uint8_t shade) {
    std::vector<conduct::Output> outputs;
    for (int i = 0; i < static_cast<int>(brief.inputs.size()); ++i) {
      image::Image picture{4, 4, 3, std::vector<std::uint8_t>(48, static_cast<std::uint8_t>(shade + i))};
      outputs.push_back(validator::keep_picture(pictures, i, picture).value());
    }
    return outputs;
  };
  Findings findings;
  findings.tester = {"", hello.program, hello.machine};
  const double own_floor = 0.9 + 0.001 * static_cast<double>(hello.machine.cpu_model.back());
  findings.reference = conduct::Reference{make(10), {{"ssim", {own_floor, 0.5}}}, {}, std::nullopt};
  if (!work.task) return findings;
  if (work.task->facts.name == "hangs") {
    findings.error = core::timeout("no answer within 60 s");
    return findings;
  }
  core::FakeClock clock;
  bench::FakeHostGate gate;
  bench::FakeSubject baseline(clock, {}, work.task->seed + 1);
  const bool fast = (work.task->facts.name.back() - '0') % 2 == 1;
  bench::FakeSubject subject(clock, {.cost_s = fast ? 0.1 : 0.15}, work.task->seed + 2);
  findings.measurement =
      bench::measure(baseline, subject, brief.contest.measurement, gate, clock, work.task->seed).value();
  conduct::Judgement judgement;
  judgement.outputs = make(static_cast<std::uint8_t>(50 + work.task->facts.order));
  judgement.report.floors = findings.reference->floors;
  for (int i = 0; i < static_cast<int>(brief.inputs.size()); ++i) {
    judgement.report.outputs.push_back({i, {{"ssim", 0.93}}, 0});
  }
  findings.judgement = std::move(judgement);
  return findings;
}

/// Sends every picture that the findings name.
inline core::Result<void> send_all(Office& office, std::int64_t lease, const Findings& findings,
                                   const blobs::Store& pictures) {
  std::vector<conduct::Output> outputs = findings.reference->outputs;
  if (findings.judgement) {
    outputs.insert(outputs.end(), findings.judgement->outputs.begin(), findings.judgement->outputs.end());
  }
  for (const conduct::Output& output : outputs) {
    TRY(office.put_picture(lease, output.image, pictures.get(output.image, 1 << 20).value()));
  }
  return {};
}

}  // namespace noonmark::tester
