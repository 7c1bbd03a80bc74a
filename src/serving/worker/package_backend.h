#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

#include "base/core/clock.h"
#include "serving/worker/backend.h"
#include "trial/runner/runner_process.h"
#include "trial/sandbox/sandbox.h"

namespace noonmark::worker {

/// A package behind the wall, served by our own runner: as many processes as slots, begun when they are needed, and
/// anew when one has died, after a pause that doubles. Each answers one job at a time.
class PackageBackend final : public Backend {
 public:
  /// Verifies the package. `name`: of the model, as callers ask for it; empty: the package's own. `wall` and `clock`
  /// must outlive it. Fails: as package::Package::open.
  static core::Result<std::unique_ptr<PackageBackend>> open(const sandbox::Wall& wall, const core::Clock& clock,
                                                            const std::filesystem::path& package,
                                                            const runner::RunnerSettings& settings, int slots,
                                                            const std::string& name = {});

  /// Begins a process when none runs, so that the first caller doesn't wait for it.
  core::Result<std::vector<job::Offer>> offers() override;
  void answer(const job::Job& job, link::Answer& answer) override;

 private:
  PackageBackend(const sandbox::Wall& wall, const core::Clock& clock, std::filesystem::path package,
                 runner::RunnerSettings settings, job::Offer offer);
  core::Result<std::unique_ptr<runner::RunnerProcess>> take();
  void give_back(std::unique_ptr<runner::RunnerProcess> process);
  void note_failure();

  const sandbox::Wall& wall_;
  const core::Clock& clock_;
  const std::filesystem::path package_;
  const runner::RunnerSettings settings_;
  const job::Offer offer_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<runner::RunnerProcess>> idle_;
  int failures_ = 0;  // in a row
  core::Nanos not_before_{};
};

}  // namespace noonmark::worker
