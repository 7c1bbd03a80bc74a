#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

#include "trial/sandbox/internal/cgroup.h"
#include "trial/sandbox/internal/process_tree.h"

namespace noonmark::sandbox {
namespace {

constexpr std::array kControllers = {"memory", "pids", "cpuacct", "cpu", "cpuset"};

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

bool is_of_interest(const std::string& name) {
  return std::find(kControllers.begin(), kControllers.end(), name) != kControllers.end();
}

struct GroupMount {
  std::string type, root, point, options;
};

// A line of mountinfo: id parent device root point options [optional…] - type source options
std::vector<GroupMount> group_mounts(const std::string& mountinfo) {
  std::vector<GroupMount> mounts;
  for (const std::string& line : split(mountinfo, '\n')) {
    const std::vector<std::string> words = split(line, ' ');
    const auto dash = std::find(words.begin(), words.end(), "-");
    if (dash - words.begin() < 6 || words.end() - dash < 4) continue;
    if (dash[1] == "cgroup" || dash[1] == "cgroup2") mounts.push_back({dash[1], words[3], words[4], dash[3]});
  }
  return mounts;
}

// Where our group lies below a mount. In a container the mount may show only a part of the hierarchy.
std::filesystem::path below(const GroupMount& mount, const std::string& group) {
  std::string relative = group;
  if (mount.root != "/" && group.rfind(mount.root, 0) == 0) relative = group.substr(mount.root.size());
  while (!relative.empty() && relative.front() == '/') relative.erase(0, 1);
  // A path that leads outside ("/../x") belongs to a namespace that we cannot see into.
  if (relative.rfind("..", 0) == 0) relative.clear();
  return relative.empty() ? std::filesystem::path(mount.point) : std::filesystem::path(mount.point) / relative;
}

bool can_make_group(const std::filesystem::path& parent) {
  const std::filesystem::path probe = parent / ("noonmark-probe-" + std::to_string(::getpid()));
  if (::mkdir(probe.c_str(), 0755) != 0) return false;
  ::rmdir(probe.c_str());
  return true;
}

bool write_text(const std::filesystem::path& path, const std::string& text) {
  const core::UniqueFd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return file.valid() && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

std::vector<std::string> words_of(const std::filesystem::path& path) {
  std::string text = read_kernel_file(path.string()).value_or("");
  std::replace(text.begin(), text.end(), '\n', ' ');
  std::vector<std::string> words = split(text, ' ');
  std::erase(words, "");
  return words;
}

// Version 2 gives a controller to children only when the parent hands it down, and a parent that does may hold no
// process itself.
std::vector<std::string> hand_down(const std::filesystem::path& parent) {
  for (const std::string& controller : words_of(parent / "cgroup.controllers")) {
    if (is_of_interest(controller)) write_text(parent / "cgroup.subtree_control", "+" + controller);
  }
  return words_of(parent / "cgroup.subtree_control");
}

bool contains_memory(const std::vector<std::string>& controllers) {
  return std::find(controllers.begin(), controllers.end(), "memory") != controllers.end();
}

void probe_v2(GroupLayout& layout) {
  const std::filesystem::path own = layout.controllers.begin()->second;
  layout.controllers.clear();
  std::filesystem::path parent = own;
  std::vector<std::string> handed = can_make_group(own) ? hand_down(own) : std::vector<std::string>();
  if (!contains_memory(handed) && can_make_group(own) &&
      words_of(own / "cgroup.procs") == std::vector{std::to_string(::getpid())}) {
    const std::filesystem::path leaf = own / "noonmark-self";
    ::mkdir(leaf.c_str(), 0755);
    if (write_text(leaf / "cgroup.procs", "0")) handed = hand_down(own);
  }
  if (!contains_memory(handed) && own.has_relative_path() && own.parent_path().filename() != "cgroup" &&
      can_make_group(own.parent_path())) {
    // Beside us, below the same delegated parent, as under a user's own service manager.
    parent = own.parent_path();
    handed = hand_down(parent);
  }
  for (const std::string& controller : handed) {
    if (is_of_interest(controller)) layout.controllers[controller] = parent;
  }
  // cpu.stat is there without any controller.
  if (!handed.empty() || can_make_group(own)) layout.controllers["cpuacct"] = parent;
  if (layout.controllers.empty()) layout.version = GroupLayout::Version::none;
}

// Killed in the wrong moment, a wall outlives whoever set it up: nobody waits for what runs behind it.
void end_members(const std::filesystem::path& group) {
  std::ifstream members(group / "cgroup.procs");
  for (pid_t member = 0; members >> member;) {
    if (member > 0) ::kill(member, SIGKILL);  // 0: of another namespace
  }
}

// A process that was killed leaves its groups ("noonmark-PID-N") behind. Those whose members are only just ending are
// removed the next time.
void remove_abandoned(const std::filesystem::path& parent) {
  std::error_code error;
  for (std::filesystem::directory_iterator entry(parent, error), end; !error && entry != end; entry.increment(error)) {
    const std::vector<std::string> words = split(entry->path().filename().string(), '-');
    if (words.size() != 3 || words[0] != "noonmark") continue;
    const pid_t owner = static_cast<pid_t>(std::atoi(words[1].c_str()));
    if (owner <= 0 || ::kill(owner, 0) == 0 || errno != ESRCH) continue;
    end_members(entry->path());
    ::rmdir(entry->path().c_str());
  }
}

}  // namespace

GroupLayout read_layout(const std::string& cgroup, const std::string& mountinfo) {
  const std::vector<GroupMount> mounts = group_mounts(mountinfo);
  GroupLayout layout;
  std::filesystem::path unified;
  for (const std::string& line : split(cgroup, '\n')) {
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::vector<std::string> names = split(line.substr(first + 1, second - first - 1), ',');
    const std::string group = line.substr(second + 1);
    for (const GroupMount& mount : mounts) {
      if (names.empty()) {
        if (mount.type == "cgroup2") unified = below(mount, group);
        continue;
      }
      if (mount.type != "cgroup") continue;
      const std::vector<std::string> mounted = split(mount.options, ',');
      for (const std::string& name : names) {
        if (is_of_interest(name) && std::find(mounted.begin(), mounted.end(), name) != mounted.end()) {
          layout.controllers[name] = below(mount, group);
        }
      }
    }
  }
  if (!layout.controllers.empty()) {
    layout.version = GroupLayout::Version::v1;
  } else if (!unified.empty()) {
    layout.version = GroupLayout::Version::v2;
    layout.controllers["unified"] = unified;
  }
  return layout;
}

GroupLayout probe_layout() {
  GroupLayout layout = read_layout(read_kernel_file("/proc/self/cgroup").value_or(""),
                                   read_kernel_file("/proc/self/mountinfo").value_or(""));
  if (layout.version == GroupLayout::Version::v2) probe_v2(layout);
  if (layout.version == GroupLayout::Version::v1) {
    std::erase_if(layout.controllers, [](const auto& entry) { return !can_make_group(entry.second); });
    if (layout.controllers.empty()) layout.version = GroupLayout::Version::none;
  }
  for (const auto& [controller, parent] : layout.controllers) remove_abandoned(parent);
  return layout;
}

}  // namespace noonmark::sandbox
