#include "trial/sandbox/internal/keeper.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "trial/sandbox/internal/process_tree.h"

namespace noonmark::sandbox {
namespace {

using Steady = std::chrono::steady_clock;

// The number after `"name": ` in bubblewrap's status lines, which are its own words and not the program's.
std::optional<int> status_number(const std::string& text, const std::string& name) {
  const std::size_t at = text.find("\"" + name + "\"");
  if (at == std::string::npos) return std::nullopt;
  const std::size_t digits = text.find_first_of("0123456789", at + name.size() + 2);
  if (digits == std::string::npos) return std::nullopt;
  int number = 0;
  std::from_chars(text.data() + digits, text.data() + text.size(), number);
  return number;
}

core::Result<std::pair<core::UniqueFd, core::UniqueFd>> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return core::from_errno(errno, "making a pipe");
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return std::pair(core::UniqueFd(ends[0]), core::UniqueFd(ends[1]));
}

constexpr int kTreeInterval = 50;           // milliseconds between two looks at a tree that no control group limits
constexpr int kNamespacePatience = 10'000;  // milliseconds until a killed namespace is empty

core::UniqueFd open_pidfd(pid_t process) {
  return core::UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
}

std::chrono::nanoseconds cpu_of(const rusage& used) {
  const auto duration = [](const timeval& time) {
    return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
  };
  return duration(used.ru_utime) + duration(used.ru_stime);
}

// Milliseconds for poll, rounded up; -1 for no limit.
int patience(const std::optional<Steady::time_point>& deadline) {
  if (!deadline) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - Steady::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
}

}  // namespace

core::Result<std::unique_ptr<Process::Keeper>> Process::Keeper::start(KeeperPlan plan) {
  std::unique_ptr<Keeper> keeper(new Keeper(std::move(plan)));
  keeper->wake_ = core::UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!keeper->wake_.valid()) return core::from_errno(errno, "making an event");
  std::promise<core::Result<void>> started;
  auto outcome = started.get_future();
  keeper->thread_ =
      std::thread([raw = keeper.get(), promise = std::move(started)]() mutable { raw->run(std::move(promise)); });
  TRY(outcome.get());
  return keeper;
}

Process::Keeper::~Keeper() {
  stop();
  if (thread_.joinable()) thread_.join();
}

void Process::Keeper::run(std::promise<core::Result<void>> started) {
  core::Result<void> launched = launch_program();
  const bool ok = launched.ok();
  if (!ok) {
    plan_.group.reset();
    const std::lock_guard lock(mutex_);
    end_ = End{EndKind::not_started, 0, launched.error().message, {}, false};
    ended_.notify_all();
  }
  started.set_value(std::move(launched));
  if (ok) watch();
}

core::Result<void> Process::Keeper::launch_program() {
  auto [output_read, output_write] = TRY(make_pipe());
  auto [status_read, status_write] = TRY(make_pipe());
  core::UniqueFd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  Launch& launch = plan_.launch;
  launch.descriptors.insert(launch.descriptors.end(),
                            {{nothing.get(), 0}, {output_write.get(), 1}, {output_write.get(), 2}});
  if (plan_.walled) launch.descriptors.emplace_back(status_write.get(), plan_.status_number);
  if (plan_.group) launch.doors = plan_.group->doors();
  outer_ = TRY(sandbox::launch(launch));
  plan_.owned.clear();
  output_ = std::move(output_read);
  if (plan_.walled) status_ = std::move(status_read);
  pidfd_ = open_pidfd(outer_);
  if (!pidfd_.valid()) {
    const int number = errno;
    ::kill(outer_, SIGKILL);
    ::waitpid(outer_, nullptr, 0);
    return core::from_errno(number, "watching a process (this needs Linux 5.3)");
  }
  return {};
}

void Process::Keeper::watch() {
  std::optional<Steady::time_point> deadline;
  if (plan_.limits.wall.count() > 0) deadline = Steady::now() + plan_.limits.wall;
  while (true) {
    std::array<pollfd, 4> entries{pollfd{pidfd_.get(), POLLIN, 0}, pollfd{wake_.get(), POLLIN, 0},
                                  pollfd{output_.get(), POLLIN, 0}, pollfd{status_.get(), POLLIN, 0}};
    int limit = reason_ ? -1 : patience(deadline);
    if (watches_tree()) limit = limit < 0 ? kTreeInterval : std::min(limit, kTreeInterval);
    const int ready = ::poll(entries.data(), entries.size(), limit);
    if (ready < 0 && errno != EINTR) break;
    if (entries[3].revents != 0) take_status();
    if (entries[2].revents != 0) drain();
    if (entries[0].revents != 0) break;
    if (entries[1].revents != 0) {
      std::uint64_t count = 0;
      (void)!::read(wake_.get(), &count, sizeof(count));
      kill_tree(EndKind::stopped);
    }
    if (output_total_ > plan_.limits.output_bytes) kill_tree(EndKind::output_limit);
    if (deadline && Steady::now() >= *deadline) kill_tree(EndKind::wall_limit);
    if (watches_tree()) look_at_tree();
  }
  int status = 0;
  rusage used{};
  while (::wait4(outer_, &status, 0, &used) < 0 && errno == EINTR) {
  }
  {
    const std::lock_guard lock(mutex_);
    last_.cpu = std::max(last_.cpu, cpu_of(used));
  }
  conclude(status);
}

void Process::Keeper::drain() {
  char buffer[64 * 1024];
  // One bufferful for each turn of the loop: a flood must not keep us from looking at the clock.
  const auto count = ::read(output_.get(), buffer, sizeof(buffer));
  if (count <= 0) {
    if (count == 0 || (errno != EAGAIN && errno != EINTR)) output_.reset();
    return;
  }
  output_total_ += count;
  const std::lock_guard lock(mutex_);
  tail_.append(buffer, static_cast<std::size_t>(count));
  if (tail_.size() > plan_.limits.output_tail_bytes) tail_.erase(0, tail_.size() - plan_.limits.output_tail_bytes);
}

void Process::Keeper::take_status() {
  char buffer[1024];
  const auto count = ::read(status_.get(), buffer, sizeof(buffer));
  if (count <= 0) {
    if (count == 0 || (errno != EAGAIN && errno != EINTR)) status_.reset();
    return;
  }
  status_text_.append(buffer, static_cast<std::size_t>(count));
  const auto child = status_number(status_text_, "child-pid");
  if (!child || inner_ > 0) return;
  inner_ = *child;
  inner_pidfd_ = open_pidfd(*child);
}

// What control groups do better: they refuse the fork and count every page.
void Process::Keeper::look_at_tree() {
  const std::vector<pid_t> processes = programs();
  if (plan_.watch_processes && static_cast<int>(processes.size()) > plan_.limits.processes)
    kill_tree(EndKind::process_limit);
  if (plan_.watch_cpu) {
    const std::lock_guard lock(mutex_);
    read_now();
  }
  if (!plan_.watch_memory || plan_.limits.memory_bytes <= 0) return;
  std::int64_t resident = 0;
  for (const pid_t process : processes) resident += own_resident_bytes(process);
  if (resident > plan_.limits.memory_bytes) kill_tree(EndKind::memory_limit);
}

void Process::Keeper::kill_tree(EndKind reason) {
  if (reason_) return;
  reason_ = reason;
  {
    const std::lock_guard lock(mutex_);
    last_ = read_now();
  }
  // The death of process 1 takes its whole namespace along; bubblewrap outside follows by itself or here.
  if (inner_pidfd_.valid()) ::syscall(SYS_pidfd_send_signal, inner_pidfd_.get(), SIGKILL, nullptr, 0);
  ::kill(outer_, SIGKILL);
  if (!plan_.walled) ::kill(-outer_, SIGKILL);
  if (plan_.group) plan_.group->kill_all();
}

// Process 1 of a namespace ends only after everything in it has.
void Process::Keeper::wait_for_namespace() {
  if (!inner_pidfd_.valid()) return;
  ::syscall(SYS_pidfd_send_signal, inner_pidfd_.get(), SIGKILL, nullptr, 0);
  pollfd entry{inner_pidfd_.get(), POLLIN, 0};
  ::poll(&entry, 1, kNamespacePatience);
}

EndKind Process::Keeper::judge(int wait_status, int& code) const {
  if (reason_) return *reason_;
  int signal = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0;
  code = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : signal;
  if (plan_.walled) {
    const auto exit_code = status_number(status_text_, "exit-code");
    if (!exit_code && signal == 0) return EndKind::not_started;
    if (plan_.wrapped && (code == 126 || code == 127) && tail_.rfind("prlimit: ", 0) == 0) return EndKind::not_started;
    // bubblewrap passes a death by signal on as 128 + signal.
    code = exit_code.value_or(code);
    if (code > 128 && code < 128 + 65) signal = code - 128;
  }
  const bool out_of_memory = plan_.group && plan_.group->kills_by_memory() > 0;
  if (signal != 0) code = signal;
  if (out_of_memory && (signal != 0 || code != 0)) return EndKind::memory_limit;
  if (signal == SIGSYS) return EndKind::forbidden_call;
  if (signal == SIGXCPU) return EndKind::cpu_limit;
  return signal != 0 ? EndKind::signalled : EndKind::exited;
}

void Process::Keeper::conclude(int wait_status) {
  if (!plan_.walled) ::kill(-outer_, SIGKILL);
  while (status_.valid()) {
    pollfd entry{status_.get(), POLLIN, 0};
    if (::poll(&entry, 1, 0) <= 0) break;
    take_status();
  }
  wait_for_namespace();
  if (plan_.group) plan_.group->kill_all();
  while (output_.valid() && output_total_ <= plan_.limits.output_bytes) {
    pollfd entry{output_.get(), POLLIN, 0};
    if (::poll(&entry, 1, 0) <= 0) break;
    drain();
  }
  const std::lock_guard lock(mutex_);
  End end;
  end.kind = judge(wait_status, end.code);
  end.readings = last_;
  if (plan_.group) {
    end.readings.cpu = std::max(end.readings.cpu, plan_.group->cpu_time().value_or(std::chrono::nanoseconds(0)));
    end.readings.peak_charged_bytes = plan_.group->peak_charged_bytes();
    end.process_limit_reached = plan_.group->process_limit_reached();
  }
  end.readings.processes = 0;
  end.output = tail_;
  end_ = std::move(end);
  plan_.group.reset();
  ended_.notify_all();
}

// Everything in the tree except bubblewrap's own two processes.
std::vector<pid_t> Process::Keeper::programs() const {
  std::vector<pid_t> found = descendants(outer_);
  if (!plan_.walled) {
    found.push_back(outer_);
  } else {
    std::erase(found, inner_.load());
  }
  return found;
}

// Called with mutex_ held.
Readings Process::Keeper::read_now() const {
  Readings now = last_;
  const std::vector<pid_t> processes = programs();
  now.processes = static_cast<int>(processes.size());
  std::int64_t resident = 0;
  std::chrono::nanoseconds clocks{0};
  for (const pid_t process : processes) {
    resident += peak_resident_bytes(process);
    clocks += process_cpu_time(process).value_or(std::chrono::nanoseconds(0));
  }
  now.peak_resident_bytes = std::max(now.peak_resident_bytes, resident);
  const auto group_cpu = plan_.group ? plan_.group->cpu_time() : std::nullopt;
  now.cpu = std::max(now.cpu, group_cpu.value_or(clocks));
  if (plan_.group) now.peak_charged_bytes = plan_.group->peak_charged_bytes();
  last_ = now;
  return now;
}

core::Result<std::chrono::nanoseconds> Process::Keeper::cpu_time() const {
  const std::lock_guard lock(mutex_);
  if (end_) return core::not_found("the program has ended: " + end_->describe());
  if (plan_.group) {
    if (const auto time = plan_.group->cpu_time()) return *time;
  }
  return read_now().cpu;
}

core::Result<Readings> Process::Keeper::readings() const {
  const std::lock_guard lock(mutex_);
  if (end_) return core::not_found("the program has ended: " + end_->describe());
  return read_now();
}

bool Process::Keeper::running() const {
  const std::lock_guard lock(mutex_);
  return !end_;
}

std::optional<End> Process::Keeper::wait(std::chrono::nanoseconds limit) const {
  std::unique_lock lock(mutex_);
  ended_.wait_for(lock, limit, [&] { return end_.has_value(); });
  return end_;
}

End Process::Keeper::stop() {
  const std::uint64_t one = 1;
  std::unique_lock lock(mutex_);
  if (!end_) (void)!::write(wake_.get(), &one, sizeof(one));
  ended_.wait(lock, [&] { return end_.has_value(); });
  return *end_;
}

std::string Process::Keeper::output() const {
  const std::lock_guard lock(mutex_);
  return tail_;
}

}  // namespace noonmark::sandbox
