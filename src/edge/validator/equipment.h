#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "contest/rules/contest.h"
#include "model/onnx/runtime.h"
#include "trial/record/machine.h"
#include "trial/runner/runner_process.h"
#include "trial/sandbox/sandbox.h"

namespace noonmark::validator {

/// How much of a wall is asked for.
enum class WallPolicy {
  best,     ///< the strongest that this machine can build; what is weaker lands in the record
  require,  ///< a machine on which a part is missing is refused
  none,     ///< no wall where none can be built: only for packages that are trusted
};

/// What packages are run with on this machine.
/// Owner: the program; everything that runs packages borrows it. Threads: const, any.
struct Equipment {
  sandbox::Wall wall;
  std::unique_ptr<onnx::Runtime> runtime;
  std::filesystem::path program;  ///< the noonmark program, which is its own runner
};

/// Fails: unavailable, saying what to install or allow.
core::Result<Equipment> equip(WallPolicy policy, const std::filesystem::path& program);

/// This machine, with the versions of what matters for results.
record::Machine machine_with(const Equipment& equipment);

/// How any package is run here, without a contest's limits.
runner::RunnerSettings runner_settings(const Equipment& equipment);

/// The same with a contest's device and limits: memory, time, cores. Pinned to the last cores that this process may
/// use, so that the referee, which sits on the first ones, disturbs least.
runner::RunnerSettings runner_settings(const Equipment& equipment, const rules::Contest& contest);

/// `count` processors of those that this process may use, the last ones; fewer where there aren't so many.
std::vector<int> choose_cores(const std::vector<int>& usable, int count);

}  // namespace noonmark::validator
