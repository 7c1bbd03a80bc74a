#include "trial/sandbox/internal/launch.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/core/files.h"

namespace noonmark::sandbox {
namespace {

constexpr std::size_t kMostOutput = 1 << 20;

// What a child tells its parent when a step before exec fails.
enum class Step : int { group, affinity, descriptors, limits, directory, execute };
constexpr std::array kStepNames = {"joining a control group", "choosing processors",    "passing descriptors",
                                   "setting resource limits", "changing the directory", "executing"};
struct Report {
  Step step;
  int number;
};

struct Prepared {
  std::vector<char*> argv, environment;
  std::vector<int> copies;  // room for the child, which must not allocate
  cpu_set_t cpus;
  int highest = 2;
  pid_t parent = ::getpid();
};

Prepared prepare(const Launch& launch) {
  Prepared prepared;
  for (const std::string& word : launch.argv) prepared.argv.push_back(const_cast<char*>(word.c_str()));
  for (const std::string& word : launch.environment) prepared.environment.push_back(const_cast<char*>(word.c_str()));
  prepared.argv.push_back(nullptr);
  prepared.environment.push_back(nullptr);
  prepared.copies.resize(launch.descriptors.size());
  CPU_ZERO(&prepared.cpus);
  for (const int cpu : launch.cpus) CPU_SET(static_cast<std::size_t>(cpu), &prepared.cpus);
  for (const auto& [ours, its] : launch.descriptors) prepared.highest = std::max(prepared.highest, its);
  return prepared;
}

[[noreturn]] void fail(int report, Step step) {
  const Report message{step, errno};
  (void)!::write(report, &message, sizeof(message));
  ::_exit(127);
}

// First out of the way of every target number, then each to its own.
void place_descriptors(const Launch& launch, Prepared& prepared, int& report) {
  const int above = prepared.highest + 2;
  const int free = ::fcntl(report, F_DUPFD_CLOEXEC, above);
  if (free < 0) fail(report, Step::descriptors);
  report = free;
  for (std::size_t i = 0; i < launch.descriptors.size(); ++i) {
    prepared.copies[i] = ::fcntl(launch.descriptors[i].first, F_DUPFD_CLOEXEC, above);
    if (prepared.copies[i] < 0) fail(report, Step::descriptors);
  }
  for (std::size_t i = 0; i < launch.descriptors.size(); ++i) {
    if (::dup2(prepared.copies[i], launch.descriptors[i].second) < 0) fail(report, Step::descriptors);
  }
  if (::dup3(report, prepared.highest + 1, O_CLOEXEC) < 0) fail(report, Step::descriptors);
  report = prepared.highest + 1;
  if (::syscall(SYS_close_range, static_cast<unsigned>(prepared.highest + 2), ~0u, 0u) != 0)
    fail(report, Step::descriptors);
}

[[noreturn]] void become(const Launch& launch, Prepared& prepared, int report) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != prepared.parent) ::_exit(127);  // it was killed before prctl
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int signal = 1; signal < 32; ++signal) ::signal(signal, SIG_DFL);
  for (const int door : launch.doors) {
    if (::write(door, "0", 1) != 1) fail(report, Step::group);
  }
  if (!launch.cpus.empty() && ::sched_setaffinity(0, sizeof(prepared.cpus), &prepared.cpus) != 0)
    fail(report, Step::affinity);
  place_descriptors(launch, prepared, report);
  for (const auto& [resource, limit] : launch.resource_limits) {
    if (::setrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0) fail(report, Step::limits);
  }
  if (::chdir(launch.directory.c_str()) != 0) fail(report, Step::directory);
  ::setpgid(0, 0);
  ::execve(prepared.argv[0], prepared.argv.data(), prepared.environment.data());
  fail(report, Step::execute);
}

}  // namespace

core::Result<pid_t> launch(const Launch& launch) {
  Prepared prepared = prepare(launch);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return core::from_errno(errno, "making a pipe");
  const core::UniqueFd read_end(ends[0]);
  core::UniqueFd write_end(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) return core::from_errno(errno, "starting a process");
  if (child == 0) become(launch, prepared, write_end.get());
  write_end.reset();
  Report report{};
  ssize_t count = 0;
  do count = ::read(read_end.get(), &report, sizeof(report));
  while (count < 0 && errno == EINTR);
  if (count == 0) return child;
  ::waitpid(child, nullptr, 0);
  return core::from_errno(
      report.number, std::string(kStepNames.at(static_cast<std::size_t>(report.step))) + " for " + launch.argv.front());
}

core::Result<std::string> run_command(const std::vector<std::string>& argv,
                                      const std::vector<std::string>& environment) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return core::from_errno(errno, "making a pipe");
  const core::UniqueFd read_end(ends[0]);
  core::UniqueFd write_end(ends[1]);
  const core::UniqueFd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  Launch plan;
  plan.argv = argv;
  plan.environment = environment;
  plan.descriptors = {{nothing.get(), 0}, {write_end.get(), 1}, {write_end.get(), 2}};
  const pid_t child = TRY(launch(plan));
  write_end.reset();
  std::string output;
  char buffer[4096];
  while (output.size() < kMostOutput) {
    const auto count = ::read(read_end.get(), buffer, sizeof(buffer));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    output.append(buffer, static_cast<std::size_t>(count));
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return core::internal(argv.front() + " failed: " + output);
  return output;
}

}  // namespace noonmark::sandbox
