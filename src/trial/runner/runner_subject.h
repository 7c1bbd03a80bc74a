#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "trial/bench/subject.h"
#include "trial/runner/runner_process.h"

namespace noonmark::runner {

/// A package behind the wall as one side of a trial.
/// Owner: the caller. Threads: one.
class RunnerSubject final : public bench::Subject {
 public:
  /// The request that stands for a number. Must give the same request for the same number.
  using RequestOf = std::function<pipelines::ImageRequest(int request)>;
  /// Told every answer of the timed run, for fidelity to sample from.
  using OnImages = std::function<void(int request, std::vector<image::Image> images)>;

  /// `wall` and `clock` must outlive it.
  RunnerSubject(const sandbox::Wall& wall, const core::Clock& clock, std::filesystem::path package,
                RunnerSettings settings, RequestOf request_of, OnImages on_images = {});

  core::Result<bench::LaunchFacts> launch() override;
  core::Result<bench::TurnFacts> turn(int request) override;
  core::Result<bench::EndFacts> end() override;

  /// Why the last call failed, with a code from failure_code.
  const std::optional<record::Failure>& failure() const { return failure_; }
  /// The last readings of the last process that was ended: both figures of memory.
  const sandbox::Readings& last_readings() const { return last_readings_; }

 private:
  const sandbox::Wall& wall_;
  const core::Clock& clock_;
  std::filesystem::path package_;
  RunnerSettings settings_;
  RequestOf request_of_;
  OnImages on_images_;
  std::unique_ptr<RunnerProcess> process_;
  std::optional<record::Failure> failure_;
  sandbox::Readings last_readings_;
};

}  // namespace noonmark::runner
