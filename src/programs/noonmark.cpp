// The program: puts the parts together and hands the command line over. Nothing is decided here.
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <sys/ioctl.h>
#include <unistd.h>

#include "edge/cli/application.h"
#include "edge/cli/commands.h"
#include "edge/cli/doctor.h"
#include "edge/cli/network_probes.h"

namespace {

using namespace noonmark;

std::atomic<bool> stop_requested{false};
static_assert(std::atomic<bool>::is_always_lock_free, "set from a signal handler");

/// The first signal asks for a tidy end, the second one ends at once.
void on_stop_signal(int number) {
  if (stop_requested.exchange(true)) _exit(128 + number);
}

void install_signal_handlers() {
  struct sigaction action {};
  action.sa_handler = on_stop_signal;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // NOLINT(cert-err33-c): a broken pipe is seen as a failed write
}

/// Writes all of `text`; false when the other side is gone or the disk is full.
bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

int terminal_columns() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

std::vector<cli::Probe> doctor_probes() {
  std::vector<cli::Probe> probes = cli::machine_probes();
  for (cli::Probe& probe : cli::network_probes(cli::real_network())) probes.push_back(std::move(probe));
  return probes;
}

std::vector<cli::Command> all_commands() {
  std::vector<cli::Command> commands;
  for (auto& group : {cli::up_commands(),
                      cli::demo_commands(),
                      cli::simulate_commands(),
                      cli::backup_commands(),
                      cli::contest_commands(),
                      cli::contest_file_commands(),
                      cli::tester_commands(),
                      cli::gateway_commands(),
                      cli::key_commands(),
                      cli::catalog_commands(),
                      cli::receipt_commands(),
                      cli::worker_commands(),
                      cli::optimize_commands(),
                      cli::ledger_commands(),
                      cli::money_commands(),
                      cli::package_commands(),
                      cli::package_network_commands(),
                      cli::miner_commands(),
                      cli::charter_commands(),
                      cli::verify_commands(),
                      cli::validator_commands(),
                      cli::wallet_commands(),
                      cli::picture_commands(),
                      cli::running_commands(),
                      {cli::doctor_command(doctor_probes())},
                      cli::config_commands(),
                      cli::version_commands()}) {
    commands.insert(commands.end(), group.begin(), group.end());
  }
  return commands;
}

}  // namespace

int main(int argc, char** argv) {
  install_signal_handlers();
  core::SystemClock clock;
  const cli::Surroundings surroundings{
      .environment = [](std::string_view name) -> std::optional<std::string> {
        const char* value = std::getenv(std::string(name).c_str());
        if (value == nullptr) return std::nullopt;
        return std::string(value);
      },
      .out = [](std::string_view text) { return write_all(STDOUT_FILENO, text); },
      .err = [](std::string_view text) { write_all(STDERR_FILENO, text); },
      .err_is_terminal = ::isatty(STDERR_FILENO) == 1,
      .columns = terminal_columns(),
      .clock = clock,
      .stop = stop_requested,
  };
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  return static_cast<int>(cli::run_application(all_commands(), arguments, surroundings));
}
