#include <algorithm>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/core/random.h"
#include "trial/sandbox/internal/bubblewrap.h"
#include "trial/sandbox/internal/cgroup.h"
#include "trial/sandbox/internal/keeper.h"
#include "trial/sandbox/internal/libraries.h"
#include "trial/sandbox/internal/seccomp.h"
#include "trial/sandbox/sandbox.h"

namespace noonmark::sandbox {
namespace {

constexpr const char* kProgramInside = "/runner/program";
constexpr const char* kLibrariesInside = "/runner/lib";
constexpr const char* kPrlimit = "/usr/bin/prlimit";

std::vector<std::string> group_warnings(const GroupLayout& layout) {
  std::vector<std::string> warnings;
  if (!layout.has("memory")) {
    warnings.emplace_back(
        "no memory control group can be made here: memory is limited for each process (RLIMIT_DATA) and looked at "
        "twenty times a second for all together");
  }
  if (!layout.has("pids")) {
    warnings.emplace_back(::geteuid() == 0
                              ? "no pids control group can be made here: processes are counted twenty times a second, "
                                "as RLIMIT_NPROC does not bind root"
                              : "no pids control group can be made here: processes are limited by RLIMIT_NPROC");
  }
  if (!layout.has("cpuacct")) {
    warnings.emplace_back(
        "no cpu accounting group can be made here: cpu time is read from living processes, so that of ended ones is "
        "lost");
  }
  return warnings;
}

std::string group_name() {
  static std::atomic<int> counter{0};
  return "noonmark-" + std::to_string(::getpid()) + "-" + std::to_string(++counter);
}

core::Result<core::UniqueFd> bytes_in_memory(core::ByteView bytes) {
  core::UniqueFd file(::memfd_create("seccomp", MFD_CLOEXEC));
  if (!file.valid() || ::pwrite(file.get(), bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    return core::from_errno(errno, "passing the system call filter");
  }
  return file;
}

core::Result<void> check_program(const Program& program) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(program.executable, error))
    return core::not_found("no program at " + program.executable.string());
  for (const Mount& mount : program.read_only) {
    if (!std::filesystem::exists(mount.outside, error))
      return core::not_found("nothing to show to the program at " + mount.outside.string());
    if (mount.inside.empty() || mount.inside.front() != '/')
      return core::invalid("a mount's inside path must be absolute: " + mount.inside);
  }
  for (const int cpu : program.cpus) {
    if (cpu < 0 || cpu >= CPU_SETSIZE) return core::invalid("there is no processor " + std::to_string(cpu));
  }
  return {};
}

std::map<std::string, std::string> environment_for(const Program& program, const std::string& library_path) {
  std::map<std::string, std::string> environment = {{"PATH", "/usr/bin:/bin"},
                                                    {"HOME", "/tmp"},
                                                    {"TMPDIR", "/tmp"},
                                                    {"LANG", "C.UTF-8"},
                                                    {"ORT_DISABLE_TELEMETRY", "1"}};
  if (!library_path.empty()) environment["LD_LIBRARY_PATH"] = library_path;
  for (const auto& [name, value] : program.environment) environment[name] = value;
  return environment;
}

std::vector<std::pair<int, rlimit>> resource_limits(const Limits& limits, const GroupLayout& layout) {
  const auto both = [](std::int64_t value) { return rlimit{static_cast<rlim_t>(value), static_cast<rlim_t>(value)}; };
  std::vector<std::pair<int, rlimit>> list = {{RLIMIT_CORE, both(0)}, {RLIMIT_NOFILE, both(limits.open_files)}};
  if (limits.cpu.count() > 0)
    list.emplace_back(RLIMIT_CPU,
                      rlimit{static_cast<rlim_t>(limits.cpu.count()), static_cast<rlim_t>(limits.cpu.count() + 1)});
  if (!layout.has("memory") && limits.memory_bytes > 0) list.emplace_back(RLIMIT_DATA, both(limits.memory_bytes));
  return list;
}

}  // namespace

struct Wall::State {
  BubblewrapStyle style;
  GroupLayout layout;
  core::Bytes seccomp;
  std::vector<std::string> warnings;
  std::mutex mutex;
  std::map<std::filesystem::path, std::vector<std::filesystem::path>> libraries;  // by program, looked up once

  bool stands() const { return !style.program.empty(); }
  core::Result<std::vector<std::filesystem::path>> libraries_of(const Program& program);
  core::Result<void> plan_walled(const Program& program, KeeperPlan& plan);
  core::Result<void> plan_without_wall(const Program& program, KeeperPlan& plan);
};

Wall::Wall(std::unique_ptr<State> state) : state_(std::move(state)) {}
Wall::Wall(Wall&&) noexcept = default;
Wall& Wall::operator=(Wall&&) noexcept = default;
Wall::~Wall() = default;

core::Result<Wall> Wall::probe(const Options& options) {
  auto state = std::make_unique<State>();
  core::Result<BubblewrapStyle> style = probe_bubblewrap(options.bubblewrap);
  if (style.ok()) {
    state->style = *style;
    state->seccomp = TRY(build_seccomp_program());
    if (!style->user_namespace)
      state->warnings.emplace_back("no user namespace can be made here: programs run as root without capabilities");
    if (!style->fresh_proc) state->warnings.emplace_back("no proc file system can be mounted here: programs see none");
  } else if (!options.allow_no_wall) {
    return style.error();
  } else {
    state->warnings.emplace_back("NO WALL: programs run unconfined, because it was allowed explicitly (" +
                                 style.error().message + ")");
  }
  state->layout = probe_layout();
  for (std::string& warning : group_warnings(state->layout)) state->warnings.push_back(std::move(warning));
  return Wall(std::move(state));
}

const std::vector<std::string>& Wall::warnings() const { return state_->warnings; }
bool Wall::stands() const { return state_->stands(); }
std::string Wall::seen_at(const Mount& mount) const { return state_->stands() ? mount.inside : mount.outside.string(); }

core::Result<std::vector<std::filesystem::path>> Wall::State::libraries_of(const Program& program) {
  const std::lock_guard lock(mutex);
  auto found = libraries.find(program.executable);
  if (found == libraries.end())
    found = libraries.emplace(program.executable, TRY(private_libraries(program.executable))).first;
  return found->second;
}

core::Result<void> Wall::State::plan_walled(const Program& program, KeeperPlan& plan) {
  View view;
  view.scratch_bytes = program.limits.scratch_bytes;
  view.mounts.push_back({program.executable, kProgramInside});
  const std::vector<std::filesystem::path> needed = TRY(libraries_of(program));
  for (const std::filesystem::path& library : needed) {
    std::error_code error;
    const std::filesystem::path file = std::filesystem::canonical(library, error);
    if (error) return core::not_found("no library at " + library.string());
    view.mounts.push_back({file, std::string(kLibrariesInside) + "/" + library.filename().string()});
  }
  view.mounts.insert(view.mounts.end(), program.read_only.begin(), program.read_only.end());
  for (const auto& [name, value] : environment_for(program, needed.empty() ? "" : kLibrariesInside)) {
    view.environment.push_back(name);
    view.environment.push_back(value);
  }
  view.seccomp_descriptor = 3 + static_cast<int>(program.descriptors.size());
  view.status_descriptor = view.seccomp_descriptor + 1;
  plan.status_number = view.status_descriptor;
  plan.owned.push_back(TRY(bytes_in_memory(seccomp)));
  plan.launch.descriptors.emplace_back(plan.owned.back().get(), view.seccomp_descriptor);
  plan.launch.argv = {style.program.string()};
  const std::vector<std::string> arguments = bubblewrap_arguments(style, view);
  plan.launch.argv.insert(plan.launch.argv.end(), arguments.begin(), arguments.end());
  if (!layout.has("pids") && ::access(kPrlimit, X_OK) == 0) {
    // Set inside, where the count begins anew; outside, the limit would count all of this user's processes.
    plan.wrapped = true;
    const std::string processes = std::to_string(program.limits.processes + 1);  // process 1 inside is bubblewrap's
    plan.launch.argv.insert(plan.launch.argv.end(), {kPrlimit, "--nproc=" + processes + ":" + processes, "--"});
  }
  plan.launch.argv.emplace_back(kProgramInside);
  return {};
}

core::Result<void> Wall::State::plan_without_wall(const Program& program, KeeperPlan& plan) {
  plan.walled = false;
  plan.launch.argv = {program.executable.string()};
  std::string library_path;
  for (const std::filesystem::path& library : TRY(libraries_of(program))) {
    library_path += (library_path.empty() ? "" : ":") + library.parent_path().string();
  }
  for (const auto& [name, value] : environment_for(program, library_path))
    plan.launch.environment.push_back(name + "=" + value);
  return {};
}

core::Result<std::unique_ptr<Process>> Wall::start(const Program& program) const {
  TRY(check_program(program));
  KeeperPlan plan;
  plan.limits = program.limits;
  for (std::size_t i = 0; i < program.descriptors.size(); ++i) {
    plan.launch.descriptors.emplace_back(program.descriptors[i], 3 + static_cast<int>(i));
  }
  TRY(state_->stands() ? state_->plan_walled(program, plan) : state_->plan_without_wall(program, plan));
  plan.launch.argv.insert(plan.launch.argv.end(), program.arguments.begin(), program.arguments.end());
  plan.launch.cpus = program.cpus;
  plan.watch_memory = !state_->layout.has("memory");
  plan.watch_processes = !state_->layout.has("pids");
  plan.watch_cpu = !state_->layout.has("cpuacct");
  plan.launch.resource_limits = resource_limits(program.limits, state_->layout);
  if (state_->layout.version != GroupLayout::Version::none) {
    // The two processes of bubblewrap are in the group too.
    const int own = state_->stands() ? 2 : 0;
    const GroupLimits limits{program.limits.memory_bytes, program.limits.processes + own, program.limits.cpus,
                             program.cpus};
    plan.group = TRY(Group::create(state_->layout, group_name(), limits));
  }
  return std::make_unique<Process>(TRY(Process::Keeper::start(std::move(plan))));
}

}  // namespace noonmark::sandbox
