#include "trial/sandbox/internal/cgroup.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <fcntl.h>
#include <sstream>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include "trial/sandbox/internal/process_tree.h"

namespace noonmark::sandbox {
namespace {

constexpr int kCpuPeriodMicroseconds = 100'000;
constexpr int kPatience = 500;  // rounds of a few milliseconds until killed processes are gone

core::Result<void> write_setting(const std::filesystem::path& path, const std::string& text) {
  const core::UniqueFd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (file.valid() && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size())) return {};
  return core::from_errno(errno, "writing " + text + " to " + path.string());
}

core::Result<void> make_group(const std::filesystem::path& path) {
  if (::mkdir(path.c_str(), 0755) == 0 || errno == EEXIST) return {};
  return core::from_errno(errno, "making the control group " + path.string());
}

std::string cpu_list(const std::vector<int>& cpus) {
  std::string text;
  for (const int cpu : cpus) text += (text.empty() ? "" : ",") + std::to_string(cpu);
  return text;
}

std::int64_t number_in(const std::filesystem::path& path) {
  const std::string text = read_kernel_file(path.string()).value_or("");
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// The number beside a word in a file of "word number" lines.
std::int64_t number_beside(const std::string& text, const std::string& word) {
  std::istringstream lines(text);
  std::string name;
  for (std::int64_t number = 0; lines >> name >> number;) {
    if (name == word) return number;
  }
  return 0;
}

}  // namespace

core::Result<std::unique_ptr<Group>> Group::create(const GroupLayout& layout, const std::string& name,
                                                   const GroupLimits& limits) {
  std::unique_ptr<Group> group(new Group());
  group->version_ = layout.version;
  if (layout.version == GroupLayout::Version::v1) TRY(group->add_v1(layout, name, limits));
  if (layout.version == GroupLayout::Version::v2) TRY(group->add_v2(layout, name, limits));
  TRY(group->open_doors());
  return group;
}

core::Result<void> Group::add_v1(const GroupLayout& layout, const std::string& name, const GroupLimits& limits) {
  for (const auto& [controller, parent] : layout.controllers) {
    if (controller == "cpu" && limits.cpus <= 0) continue;
    if (controller == "cpuset" && limits.pinned.empty()) continue;
    const std::filesystem::path path = parent / name;
    TRY(make_group(path));
    directories_[controller] = path;
  }
  if (const auto path = directory("memory"); !path.empty() && limits.memory_bytes > 0) {
    TRY(write_setting(path / "memory.limit_in_bytes", std::to_string(limits.memory_bytes)));
    // Swap would turn a limit into a delay. The file is missing where the kernel does not account for swap.
    (void)write_setting(path / "memory.memsw.limit_in_bytes", std::to_string(limits.memory_bytes));
  }
  if (const auto path = directory("pids"); !path.empty() && limits.processes > 0) {
    TRY(write_setting(path / "pids.max", std::to_string(limits.processes)));
  }
  if (const auto path = directory("cpu"); !path.empty() && limits.cpus > 0) {
    TRY(write_setting(path / "cpu.cfs_period_us", std::to_string(kCpuPeriodMicroseconds)));
    TRY(write_setting(path / "cpu.cfs_quota_us",
                      std::to_string(static_cast<std::int64_t>(limits.cpus * kCpuPeriodMicroseconds))));
  }
  if (const auto path = directory("cpuset"); !path.empty()) {
    const std::string memories = read_kernel_file((path.parent_path() / "cpuset.mems").string()).value_or("0");
    TRY(write_setting(path / "cpuset.mems", memories));
    TRY(write_setting(path / "cpuset.cpus", cpu_list(limits.pinned)));
  }
  return {};
}

core::Result<void> Group::add_v2(const GroupLayout& layout, const std::string& name, const GroupLimits& limits) {
  const std::filesystem::path path = layout.controllers.begin()->second / name;
  TRY(make_group(path));
  for (const auto& [controller, parent] : layout.controllers) directories_[controller] = path;
  if (layout.has("memory") && limits.memory_bytes > 0) {
    TRY(write_setting(path / "memory.max", std::to_string(limits.memory_bytes)));
    (void)write_setting(path / "memory.swap.max", "0");
    (void)write_setting(path / "memory.oom.group", "1");
  }
  if (layout.has("pids") && limits.processes > 0)
    TRY(write_setting(path / "pids.max", std::to_string(limits.processes)));
  if (layout.has("cpu") && limits.cpus > 0) {
    TRY(write_setting(path / "cpu.max",
                      std::to_string(static_cast<std::int64_t>(limits.cpus * kCpuPeriodMicroseconds)) + " " +
                          std::to_string(kCpuPeriodMicroseconds)));
  }
  if (layout.has("cpuset") && !limits.pinned.empty()) TRY(write_setting(path / "cpuset.cpus", cpu_list(limits.pinned)));
  return {};
}

// Version 1 has a door for single threads that spares the whole-machine lock behind cgroup.procs.
core::Result<void> Group::open_doors() {
  std::vector<std::filesystem::path> paths;
  for (const auto& [controller, path] : directories_) {
    if (std::find(paths.begin(), paths.end(), path) == paths.end()) paths.push_back(path);
  }
  for (const auto& path : paths) {
    const auto door = path / (version_ == GroupLayout::Version::v1 ? "tasks" : "cgroup.procs");
    doors_.emplace_back(::open(door.c_str(), O_WRONLY | O_CLOEXEC));
    if (!doors_.back().valid()) return core::from_errno(errno, "opening " + door.string());
  }
  if (const auto path = directory("cpuacct"); !path.empty()) {
    const auto file = path / (version_ == GroupLayout::Version::v1 ? "cpuacct.usage" : "cpu.stat");
    cpu_ = core::UniqueFd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  }
  return {};
}

Group::~Group() {
  kill_all();
  doors_.clear();
  cpu_.reset();
  for (const auto& [controller, path] : directories_) {
    // The last process may still be leaving.
    for (int i = 0; i < kPatience && ::rmdir(path.c_str()) != 0 && errno == EBUSY; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }
}

std::filesystem::path Group::directory(const std::string& controller) const {
  const auto found = directories_.find(controller);
  return found == directories_.end() ? std::filesystem::path() : found->second;
}

std::vector<int> Group::doors() const {
  std::vector<int> descriptors;
  for (const core::UniqueFd& door : doors_) descriptors.push_back(door.get());
  return descriptors;
}

std::vector<pid_t> Group::members() const {
  std::vector<pid_t> found;
  if (directories_.empty()) return found;
  std::istringstream words(read_kernel_file((directories_.begin()->second / "cgroup.procs").string()).value_or(""));
  for (pid_t process = 0; words >> process;) found.push_back(process);
  return found;
}

void Group::kill_all() {
  if (directories_.empty()) return;
  if (version_ == GroupLayout::Version::v2) (void)write_setting(directories_.begin()->second / "cgroup.kill", "1");
  for (int i = 0; i < kPatience; ++i) {
    const std::vector<pid_t> left = members();
    if (left.empty()) return;
    for (const pid_t process : left) ::kill(process, SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

std::optional<std::chrono::nanoseconds> Group::cpu_time() const {
  if (!cpu_.valid()) return std::nullopt;
  char buffer[1024];
  const auto count = ::pread(cpu_.get(), buffer, sizeof(buffer), 0);
  if (count <= 0) return std::nullopt;
  const std::string text(buffer, static_cast<std::size_t>(count));
  if (version_ == GroupLayout::Version::v2) return std::chrono::microseconds(number_beside(text, "usage_usec"));
  std::int64_t nanoseconds = 0;
  std::from_chars(text.data(), text.data() + text.size(), nanoseconds);
  return std::chrono::nanoseconds(nanoseconds);
}

std::int64_t Group::peak_charged_bytes() const {
  const auto path = directory("memory");
  if (path.empty()) return 0;
  return number_in(path / (version_ == GroupLayout::Version::v1 ? "memory.max_usage_in_bytes" : "memory.peak"));
}

std::int64_t Group::kills_by_memory() const {
  const auto path = directory("memory");
  if (path.empty()) return 0;
  const auto file = path / (version_ == GroupLayout::Version::v1 ? "memory.oom_control" : "memory.events");
  return number_beside(read_kernel_file(file.string()).value_or(""), "oom_kill");
}

bool Group::process_limit_reached() const {
  const auto path = directory("pids");
  return !path.empty() && number_beside(read_kernel_file((path / "pids.events").string()).value_or(""), "max") > 0;
}

}  // namespace noonmark::sandbox
