#pragma once

#include <string>
#include <sys/resource.h>
#include <sys/types.h>
#include <utility>
#include <vector>

#include "base/core/result.h"

namespace noonmark::sandbox {

/// Everything about a child process that must be decided before fork, since between fork and exec only simple system
/// calls are allowed.
struct Launch {
  std::vector<std::string> argv;                 // argv[0] is a path
  std::vector<std::string> environment;          // "NAME=value"
  std::vector<std::pair<int, int>> descriptors;  // ours -> its number; all others are closed
  std::vector<int> doors;                        // control groups to join
  std::vector<int> cpus;                         // empty: any
  std::vector<std::pair<int, rlimit>> resource_limits;
  std::string directory = "/";
};

/// Forks and executes. The child dies with the calling thread. Fails: not_found, denied, internal (with the step that
/// failed).
core::Result<pid_t> launch(const Launch& launch);

/// Runs a short trusted command and returns its output (stdout and stderr). Fails: as launch, internal (other exit
/// status; the output is in the message).
core::Result<std::string> run_command(const std::vector<std::string>& argv,
                                      const std::vector<std::string>& environment = {});

}  // namespace noonmark::sandbox
