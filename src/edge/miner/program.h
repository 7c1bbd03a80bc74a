#pragma once

#include <atomic>
#include <filesystem>
#include <string>

#include "base/core/clock.h"
#include "base/core/result.h"

namespace noonmark::miner {

/// Runs a program of the miner's own with one argument and waits for its end; it shares this terminal, and no wall
/// stands around it. `program`: a path, or a name that is looked for in PATH.
/// Fails: not_found, denied (cannot be started), invalid (ended with a failure), cancelled (`stop`: it is terminated).
core::Result<void> run_program(const std::string& program, const std::filesystem::path& argument, core::Clock& clock,
                               const std::atomic<bool>& stop);

}  // namespace noonmark::miner
