#include "edge/network/supervisor.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace noonmark::network {
namespace {

constexpr std::uint64_t kMaxLog = 16u << 20;
constexpr std::size_t kMaxLine = 4096;
constexpr core::Nanos kMaxPause = std::chrono::minutes(1), kSteady = std::chrono::minutes(1);
constexpr core::Nanos kHeartbeat = std::chrono::milliseconds(50);

/// The log before this one stays beside it, so that logs don't grow for ever.
core::Result<core::UniqueFd> open_log(const std::filesystem::path& file) {
  TRY(core::make_directories(file.parent_path()));
  std::error_code ignored;
  if (std::filesystem::file_size(file, ignored) > kMaxLog && !ignored) {
    std::filesystem::rename(file, file.string() + ".before", ignored);
  }
  core::UniqueFd log(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!log.valid()) return core::from_errno(errno, "cannot write " + file.string());
  return log;
}

/// In the new process, where only async-signal-safe calls are allowed.
[[noreturn]] void become(char* const* command, int output, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(127);  // it was killed before prctl
  ::setpgid(0, 0);                          // Ctrl-C is for the supervisor, which ends the others in order
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::execv(command[0], command);
  ::_exit(127);
}

void write_log(int log, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(log, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // a full disk must not stop the network
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

Supervisor::~Supervisor() { stop(std::chrono::seconds(10)); }

core::Result<void> Supervisor::start(Program program) {
  if (running(program.name)) return core::conflict(program.name + " is running already");
  Child child;
  child.log = TRY(open_log(program.log));
  child.program = std::move(program);
  TRY(launch(child));
  const std::string name = child.program.name;
  children_.insert_or_assign(name, std::move(child));
  return {};
}

core::Result<void> Supervisor::launch(Child& child) {
  std::array<int, 2> ends{};
  if (::access(child.program.command.at(0).c_str(), X_OK) != 0) {
    return core::from_errno(errno, "cannot start " + child.program.command[0]);
  }
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return core::from_errno(errno, "cannot make a pipe");
  core::UniqueFd reading(ends[0]), writing(ends[1]);
  ::fcntl(reading.get(), F_SETFL, O_NONBLOCK);
  std::vector<char*> command;
  for (std::string& word : child.program.command) command.push_back(word.data());
  command.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return core::from_errno(errno, "cannot make a process");
  if (pid == 0) become(command.data(), writing.get(), parent);
  child.pid = pid;
  child.pipe = std::move(reading);
  child.code.reset();
  child.begun = clock_.steady();
  return {};
}

void Supervisor::read_from(Child& child) {
  std::array<char, 16384> buffer;
  for (;;) {
    const ssize_t got = ::read(child.pipe.get(), buffer.data(), buffer.size());
    if (got <= 0) return;
    const std::string_view text(buffer.data(), static_cast<std::size_t>(got));
    write_log(child.log.get(), text);
    child.rest += text;
    std::size_t begin = 0;
    for (std::size_t end; (end = child.rest.find('\n', begin)) != std::string::npos; begin = end + 1) {
      on_line_(child.program.name, std::string_view(child.rest).substr(begin, end - begin));
    }
    child.rest.erase(0, begin);
    if (child.rest.size() > kMaxLine) child.rest.clear();
  }
}

void Supervisor::reap(Child& child) {
  int status = 0;
  if (child.pid < 0 || ::waitpid(child.pid, &status, WNOHANG) != child.pid) return;
  read_from(child);
  child.pid = -1;
  child.pipe.reset();
  child.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (!child.program.keep) return;
  if (clock_.steady() - child.begun > kSteady) child.pause = std::chrono::seconds(1);
  child.again = clock_.steady() + child.pause;
  on_line_(child.program.name, "ended with code " + std::to_string(*child.code) + "; it is started again");
  child.pause = std::min(child.pause * 2, kMaxPause);
}

void Supervisor::tick(core::Nanos pause) {
  std::vector<pollfd> waited;
  for (auto& [name, child] : children_) {
    if (child.pid >= 0) waited.push_back({child.pipe.get(), POLLIN, 0});
  }
  // A closed pipe is always ready: the process is about to be reaped, so no time is lost by a short sleep.
  const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(std::min(pause, kHeartbeat * 4)).count();
  if (::poll(waited.data(), waited.size(), static_cast<int>(limit)) > 0) clock_.sleep_for(std::min(pause, kHeartbeat));
  for (auto& [name, child] : children_) {
    if (child.pid >= 0) read_from(child);
    reap(child);
    const bool again = child.pid < 0 && child.program.keep && clock_.steady() >= child.again;
    if (!again) continue;
    if (const auto launched = launch(child); !launched.ok()) {
      on_line_(name, launched.error().message);
      child.again = clock_.steady() + child.pause;
    }
  }
}

bool Supervisor::running(std::string_view name) const {
  const auto found = children_.find(name);
  return found != children_.end() && found->second.pid >= 0;
}

std::optional<int> Supervisor::exit_code(std::string_view name) const {
  const auto found = children_.find(name);
  return found == children_.end() ? std::nullopt : found->second.code;
}

bool Supervisor::any_running() const {
  return std::ranges::any_of(children_, [](const auto& item) { return item.second.pid >= 0; });
}

void Supervisor::stop(core::Nanos patience) {
  for (auto& [name, child] : children_) {
    child.program.keep = false;
    if (child.pid >= 0) ::kill(child.pid, SIGTERM);
  }
  const core::Deadline deadline(clock_, patience);
  while (any_running() && !deadline.passed()) tick(kHeartbeat);
  for (auto& [name, child] : children_) {
    if (child.pid >= 0) ::kill(child.pid, SIGKILL);
  }
  while (any_running()) tick(kHeartbeat);
}

}  // namespace noonmark::network
