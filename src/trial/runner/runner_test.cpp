#include <gtest/gtest.h>

#include "base/core/random.h"
#include "trial/runner/runner_process.h"
#include "trial/runner/runner_subject.h"

namespace noonmark::runner {
namespace {

using namespace std::chrono_literals;

const core::SystemClock kClock;

sandbox::Wall& wall() {
  static sandbox::Wall instance = sandbox::Wall::probe().value();
  return instance;
}

RunnerSettings settings(std::string mode, std::vector<std::string> more = {}) {
  RunnerSettings chosen;
  chosen.program = FAKE_RUNNER;
  chosen.extra_arguments = {"--mode", std::move(mode)};
  chosen.extra_arguments.insert(chosen.extra_arguments.end(), more.begin(), more.end());
  chosen.environment["ASAN_OPTIONS"] = "detect_leaks=0";
  chosen.limits.memory_bytes = 300 << 20;
  chosen.load_limit = 30s;
  chosen.turn_limit = 30s;
  chosen.answer_bytes = 16 << 20;
  return chosen;
}

const std::filesystem::path& package() {
  static const core::TempDir directory = core::TempDir::create("noonmark-fake-package").value();
  return directory.path();
}

pipelines::ImageRequest request_for(int number) {
  pipelines::ImageRequest request;
  request.prompt = "picture " + std::to_string(number);
  request.seed = static_cast<std::uint64_t>(number);
  request.width = request.height = 64;
  return request;
}

record::Failure turn_failure(RunnerSettings chosen) {
  auto runner = RunnerProcess::open(wall(), kClock, package(), chosen);
  if (!runner.ok()) return {record::Failure::Owner::validator, "did_not_open", runner.error().message};
  const auto generated = (*runner)->generate(request_for(1));
  if (generated.ok()) return {record::Failure::Owner::validator, "no_failure", ""};
  return (*runner)->failure().value_or(
      record::Failure{record::Failure::Owner::validator, "untold", generated.error().message});
}

record::Failure load_failure(RunnerSettings chosen) {
  record::Failure failure{record::Failure::Owner::validator, "no_failure", ""};
  (void)RunnerProcess::open(wall(), kClock, package(), chosen, &failure);
  return failure;
}

TEST(RunnerProcess, MakesPicturesAndReadsTheClocksOutside) {
  auto runner = RunnerProcess::open(wall(), kClock, package(), settings("good", {"--cpu-ms", "50"}));
  ASSERT_TRUE(runner.ok()) << runner.error().message;
  EXPECT_GT((*runner)->load().wall, 0ns);
  EXPECT_GT((*runner)->load().cpu, 0ns);
  for (int number = 0; number < 3; ++number) {
    const auto generated = (*runner)->generate(request_for(number));
    ASSERT_TRUE(generated.ok()) << generated.error().message;
    ASSERT_EQ(generated->images.size(), 1u);
    EXPECT_EQ(generated->images[0].pixels[0], number);
    EXPECT_GE(generated->cpu, 49ms);
    EXPECT_GE(generated->wall, 49ms);
    EXPECT_LT(generated->cpu, 200ms);
  }
  const sandbox::Readings readings = (*runner)->end();
  EXPECT_GT(readings.peak_resident_bytes, 1 << 20);
}

TEST(RunnerProcess, NamesWhatWentWrongWhileLoading) {
  EXPECT_EQ(load_failure(settings("load_crash")).code, failure_code::kLoadFailed);
  EXPECT_NE(load_failure(settings("load_crash")).message.find("the graph is broken"), std::string::npos);
  EXPECT_EQ(load_failure(settings("load_segfault")).code, failure_code::kLoadFailed);
  EXPECT_EQ(load_failure(settings("load_memory")).code, failure_code::kMemory);
  EXPECT_EQ(load_failure(settings("load_flood")).code, failure_code::kOutputFlood);
  EXPECT_EQ(load_failure(settings("load_forbidden")).code, failure_code::kForbiddenCall);
  RunnerSettings hurried = settings("load_hang");
  hurried.load_limit = 300ms;
  const record::Failure late = load_failure(hurried);
  EXPECT_EQ(late.code, failure_code::kLoadTimeout);
  EXPECT_EQ(late.owner, record::Failure::Owner::entry);
  RunnerSettings nowhere = settings("good");
  nowhere.program = "/nonexistent/noonmark";
  EXPECT_EQ(load_failure(nowhere).owner, record::Failure::Owner::validator);
}

TEST(RunnerProcess, NamesWhatWentWrongDuringARequest) {
  EXPECT_EQ(turn_failure(settings("turn_crash")).code, failure_code::kCrashed);
  EXPECT_EQ(turn_failure(settings("turn_segfault")).code, failure_code::kCrashed);
  EXPECT_EQ(turn_failure(settings("turn_memory")).code, failure_code::kMemory);
  EXPECT_EQ(turn_failure(settings("turn_flood")).code, failure_code::kOutputFlood);
  EXPECT_EQ(turn_failure(settings("turn_forbidden")).code, failure_code::kForbiddenCall);
  const record::Failure told = turn_failure(settings("error"));
  EXPECT_EQ(told.code, failure_code::kGenerationFailed);
  EXPECT_NE(told.message.find("the runtime failed  badly"), std::string::npos) << told.message;
  RunnerSettings hurried = settings("turn_hang");
  hurried.turn_limit = 300ms;
  EXPECT_EQ(turn_failure(hurried).code, failure_code::kTurnTimeout);
}

TEST(RunnerProcess, BelievesNoLies) {
  for (const char* mode : {"wrong_size", "huge_size", "wrong_count", "not_json", "no_base64", "truncated", "endless",
                           "lying_length", "not_http"}) {
    const record::Failure failure = turn_failure(settings(mode));
    EXPECT_EQ(failure.code, failure_code::kBadAnswer) << mode << ": " << failure.message;
    EXPECT_EQ(failure.owner, record::Failure::Owner::entry) << mode;
  }
}

TEST(RunnerProcess, ARequestThatCannotBeWrittenIsNotHeldAgainstThePackage) {
  auto runner = RunnerProcess::open(wall(), kClock, package(), settings("good"));
  ASSERT_TRUE(runner.ok());
  pipelines::ImageRequest request = request_for(0);
  request.prompt = "\xff";
  EXPECT_EQ((*runner)->generate(request).error().kind, core::ErrorKind::invalid);
  EXPECT_FALSE((*runner)->failure().has_value());
  EXPECT_TRUE((*runner)->generate(request_for(0)).ok());
}

TEST(RunnerSubject, IsASideOfATrial) {
  std::map<int, std::uint8_t> seen;
  RunnerSubject subject(
      wall(), kClock, package(), settings("good", {"--cpu-ms", "5"}), request_for,
      [&](int request, std::vector<image::Image> images) { seen[request] = images.at(0).pixels.at(0); });
  for (int launch = 0; launch < 2; ++launch) {
    const auto facts = subject.launch();
    ASSERT_TRUE(facts.ok()) << facts.error().message;
    EXPECT_GT(facts->load_wall, 0ns);
    for (int request = 0; request < 3; ++request) {
      const auto turn = subject.turn(request);
      ASSERT_TRUE(turn.ok());
      EXPECT_GE(turn->cpu, 4ms);
    }
    const auto end = subject.end();
    ASSERT_TRUE(end.ok());
    EXPECT_GT(end->peak_memory_bytes, 1 << 20);
  }
  EXPECT_EQ(seen, (std::map<int, std::uint8_t>{{0, 0}, {1, 1}, {2, 2}}));
  EXPECT_FALSE(subject.failure().has_value());
}

TEST(RunnerSubject, TellsWhyALaunchFailed) {
  RunnerSubject subject(wall(), kClock, package(), settings("load_crash"), request_for);
  EXPECT_EQ(subject.launch().error().kind, core::ErrorKind::invalid);
  ASSERT_TRUE(subject.failure().has_value());
  EXPECT_EQ(subject.failure()->code, failure_code::kLoadFailed);
}

}  // namespace
}  // namespace noonmark::runner
