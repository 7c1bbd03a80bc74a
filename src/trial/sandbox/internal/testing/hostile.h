#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "trial/sandbox/internal/process_tree.h"
#include "trial/sandbox/sandbox.h"

namespace noonmark::sandbox::testing {

/// The wall of this machine; the tests need one.
inline Wall& wall() {
  static Wall instance = [] {
    auto probed = Wall::probe();
    EXPECT_TRUE(probed.ok()) << probed.error().message;
    for (const std::string& warning : probed->warnings()) std::printf("[ warning  ] %s\n", warning.c_str());
    return std::move(probed).value();
  }();
  return instance;
}

/// Whether this machine's wall has to do without control groups.
inline bool is_poor() { return !wall().warnings().empty(); }

/// The hostile program in one of its modes, with limits that end a failing test soon.
inline Program hostile(std::vector<std::string> arguments) {
  Program program;
  program.executable = HOSTILE_PROGRAM;
  program.arguments = std::move(arguments);
  program.limits.wall = std::chrono::seconds(30);
  program.limits.memory_bytes = 256 << 20;
  // Under the sanitizers: leak checking needs ptrace, which the wall refuses.
  program.environment["ASAN_OPTIONS"] = "detect_leaks=0";
  return program;
}

inline End run(const Program& program) {
  auto process = wall().start(program);
  if (!process.ok()) return End{EndKind::not_started, 0, process.error().message, {}, false};
  return (*process)->wait(std::chrono::seconds(60)).value_or(End{EndKind::not_started, 0, "it did not end", {}, false});
}

/// Living processes of this machine with `word` in their command line.
inline int count_processes_with(const std::string& word) {
  int count = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const std::string line = read_kernel_file((entry.path() / "cmdline").string()).value_or("");
    if (line.find(word) != std::string::npos) ++count;
  }
  return count;
}

}  // namespace noonmark::sandbox::testing
