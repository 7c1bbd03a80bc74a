#include "edge/miner/program.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace noonmark::miner {

core::Result<void> run_program(const std::string& program, const std::filesystem::path& argument, core::Clock& clock,
                               const std::atomic<bool>& stop) {
  std::string name = program, operand = argument.string();
  const std::array<char*, 3> arguments = {name.data(), operand.data(), nullptr};
  pid_t child = -1;
  const int failure = posix_spawnp(&child, name.c_str(), nullptr, nullptr, arguments.data(), environ);
  if (failure != 0) return core::from_errno(failure, "cannot start '" + program + "'");
  int status = 0;
  bool terminated = false;
  for (;;) {
    const pid_t ended = waitpid(child, &status, WNOHANG);
    if (ended == child) break;
    if (ended < 0 && errno != EINTR) return core::from_errno(errno, "waiting for '" + program + "'");
    if (stop && !terminated) terminated = kill(child, SIGTERM) == 0;
    clock.sleep_for(std::chrono::milliseconds(50));
  }
  if (terminated) return core::cancelled("stopped while '" + program + "' was running");
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return core::invalid("'" + program + " " + operand + "' " +
                       (WIFEXITED(status) ? "ended with code " + std::to_string(WEXITSTATUS(status))
                                          : "was ended by signal " + std::to_string(WTERMSIG(status))));
}

}  // namespace noonmark::miner
