#include "trial/sandbox/internal/bubblewrap.h"

#include <array>
#include <unistd.h>

#include "trial/sandbox/internal/launch.h"

namespace noonmark::sandbox {
namespace {

// Files about the whole machine that only its root may read, and that no capability protects besides. Root's own
// programs stay root for these checks even in a user namespace, so they are covered. Each costs a fifth of a
// millisecond, so there are no more than needed.
constexpr std::array kCovered = {"allocinfo",    "kpagecgroup", "kpagecount", "kpageflags",
                                 "pagetypeinfo", "slabinfo",    "timer_list", "vmallocinfo"};

constexpr std::array kPlaces = {"/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap"};

std::filesystem::path find_bubblewrap(const std::filesystem::path& wanted) {
  if (!wanted.empty()) return wanted;
  for (const char* place : kPlaces) {
    if (::access(place, X_OK) == 0) return place;
  }
  return {};
}

void append(std::vector<std::string>& arguments, std::initializer_list<std::string> words) {
  arguments.insert(arguments.end(), words);
}

// /lib and its like are links into /usr on current systems and directories on older ones.
void show_system(std::vector<std::string>& arguments) {
  append(arguments, {"--ro-bind", "/usr", "/usr"});
  for (const char* name : {"/lib", "/lib64", "/lib32", "/bin", "/sbin"}) {
    std::error_code error;
    const auto status = std::filesystem::symlink_status(name, error);
    if (error || !std::filesystem::exists(status)) continue;
    if (std::filesystem::is_symlink(status)) {
      append(arguments, {"--symlink", std::filesystem::read_symlink(name, error).string(), name});
    } else {
      append(arguments, {"--ro-bind", name, name});
    }
  }
  append(arguments, {"--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"});
  // Runtimes look here for the number and kind of processors.
  append(arguments, {"--ro-bind-try", "/sys/devices/system/cpu", "/sys/devices/system/cpu"});
}

// Read-only as a whole: otherwise root's programs could write the machine's settings under /proc/sys.
void show_processes(std::vector<std::string>& arguments) {
  append(arguments, {"--proc", "/proc"});
  for (const char* name : kCovered) {
    const std::string path = std::string("/proc/") + name;
    if (::geteuid() == 0 && ::access(path.c_str(), F_OK) == 0) append(arguments, {"--ro-bind", "/dev/null", path});
  }
  append(arguments, {"--remount-ro", "/proc"});
}

std::string advice(const std::string& reason) {
  return "no sandbox can be built here, so strangers' packages are not run. bubblewrap says: " + reason +
         "\nAllow user namespaces (sysctl kernel.unprivileged_userns_clone=1, "
         "kernel.apparmor_restrict_unprivileged_userns=0, user.max_user_namespaces=15000), "
         "or run as root; in a container, start it with permission to make namespaces and mounts. "
         "To run trusted packages without a sandbox, allow it explicitly (--sandbox none).";
}

}  // namespace

std::vector<std::string> bubblewrap_arguments(const BubblewrapStyle& style, const View& view) {
  std::vector<std::string> arguments;
  append(arguments, {"--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"});
  if (style.user_namespace) append(arguments, {"--unshare-user", "--uid", "65534", "--gid", "65534"});
  append(arguments, {"--hostname", "sandbox", "--die-with-parent", "--new-session", "--clearenv", "--cap-drop", "ALL"});
  show_system(arguments);
  if (style.fresh_proc) show_processes(arguments);
  append(arguments, {"--dev", "/dev", "--size", std::to_string(view.scratch_bytes), "--tmpfs", "/tmp"});
  for (const Mount& mount : view.mounts) append(arguments, {"--ro-bind", mount.outside.string(), mount.inside});
  // The root and /dev are memory file systems too: closed once everything is in its place.
  append(arguments, {"--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp"});
  for (std::size_t i = 0; i + 1 < view.environment.size(); i += 2) {
    append(arguments, {"--setenv", view.environment[i], view.environment[i + 1]});
  }
  if (view.seccomp_descriptor >= 0) append(arguments, {"--seccomp", std::to_string(view.seccomp_descriptor)});
  if (view.status_descriptor >= 0) append(arguments, {"--json-status-fd", std::to_string(view.status_descriptor)});
  arguments.emplace_back("--");
  return arguments;
}

core::Result<BubblewrapStyle> probe_bubblewrap(const std::filesystem::path& wanted) {
  const std::filesystem::path program = find_bubblewrap(wanted);
  if (program.empty()) {
    return core::unavailable(
        "strangers' packages run behind bubblewrap, which is not installed: apt-get install bubblewrap");
  }
  std::string reason;
  const bool root = ::geteuid() == 0;
  for (const BubblewrapStyle& style : {BubblewrapStyle{program, true, true}, BubblewrapStyle{program, false, true},
                                       BubblewrapStyle{program, true, false}}) {
    if (!style.user_namespace && !root) continue;
    std::vector<std::string> argv{program.string()};
    View view;
    view.scratch_bytes = 1 << 20;
    const std::vector<std::string> arguments = bubblewrap_arguments(style, view);
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    argv.emplace_back("/usr/bin/true");
    const core::Result<std::string> tried = run_command(argv);
    if (tried.ok()) return style;
    if (reason.empty()) reason = tried.error().message;
  }
  return core::unavailable(advice(reason));
}

}  // namespace noonmark::sandbox
