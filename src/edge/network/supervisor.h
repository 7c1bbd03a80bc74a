#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/clock.h"
#include "base/core/files.h"
#include "base/core/result.h"

namespace noonmark::network {

/// A process that is to run.
struct Program {
  std::string name;
  std::vector<std::string> command;  ///< the program's path and its arguments
  std::filesystem::path log;         ///< what it says is added to this file
  bool keep = false;                 ///< started again, after a pause that doubles, when it ends
};

/// Runs the processes of a network, and keeps those running that are to be kept. They end with this process, even when
/// that is killed. Owner: the program. Threads: one.
class Supervisor {
 public:
  /// A line that a process said, without its end.
  using OnLine = std::function<void(std::string_view name, std::string_view line)>;
  Supervisor(core::Clock& clock, OnLine on_line) : clock_(clock), on_line_(std::move(on_line)) {}
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  /// Fails: conflict (that name is running), not_found and denied (cannot be started), as the log file.
  core::Result<void> start(Program program);
  /// Passes on what processes said in the next `pause`, notices which ended, and starts those again that are kept.
  void tick(core::Nanos pause);
  bool running(std::string_view name) const;
  /// How the last process of this name ended: its exit code, or 128 + the signal. Nothing while it runs.
  std::optional<int> exit_code(std::string_view name) const;
  /// Asks all to end (SIGTERM), waits, and kills those that are left after `patience`.
  void stop(core::Nanos patience);

 private:
  struct Child {
    Program program;
    core::UniqueFd log, pipe;
    std::string rest;  // a line that hasn't ended
    int pid = -1;      // of the running process
    std::optional<int> code;
    core::Nanos pause = std::chrono::seconds(1), again{};  // until it is started again, and when
    core::Nanos begun{};
  };
  core::Result<void> launch(Child& child);
  void read_from(Child& child);
  void reap(Child& child);
  bool any_running() const;

  core::Clock& clock_;
  const OnLine on_line_;
  std::map<std::string, Child, std::less<>> children_;
};

}  // namespace noonmark::network
