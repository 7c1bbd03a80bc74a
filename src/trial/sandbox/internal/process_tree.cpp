#include "trial/sandbox/internal/process_tree.h"

#include <charconv>
#include <ctime>
#include <dirent.h>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <sstream>
#include <unistd.h>

#include "base/core/files.h"

namespace noonmark::sandbox {
namespace {

constexpr std::size_t kMostProcesses = 4096;

void append_children(pid_t process, std::vector<pid_t>& out) {
  const std::string tasks = "/proc/" + std::to_string(process) + "/task";
  std::error_code ignored;
  for (std::filesystem::directory_iterator entry(tasks, ignored), end; !ignored && entry != end;
       entry.increment(ignored)) {
    const auto text = read_kernel_file(entry->path().string() + "/children");
    if (!text) continue;
    std::istringstream words(*text);
    for (pid_t child = 0; words >> child;) out.push_back(child);
  }
}

// A line "Name:   123 kB" of /proc/PID/status.
std::int64_t status_bytes(const std::string& status, const std::string& name) {
  const std::size_t at = status.find(name);
  const std::size_t digits = at == std::string::npos ? at : status.find_first_of("0123456789", at);
  if (digits == std::string::npos) return 0;
  std::int64_t kibibytes = 0;
  std::from_chars(status.data() + digits, status.data() + status.size(), kibibytes);
  return kibibytes * 1024;
}

}  // namespace

std::optional<std::string> read_kernel_file(const std::string& path) {
  const core::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return std::nullopt;
  std::string text;
  char buffer[4096];
  while (true) {
    const auto count = ::read(file.get(), buffer, sizeof(buffer));
    if (count < 0) return std::nullopt;
    if (count == 0) return text;
    text.append(buffer, static_cast<std::size_t>(count));
  }
}

std::vector<pid_t> descendants(pid_t root) {
  std::vector<pid_t> found;
  append_children(root, found);
  for (std::size_t i = 0; i < found.size() && found.size() < kMostProcesses; ++i) append_children(found[i], found);
  return found;
}

std::optional<std::chrono::nanoseconds> process_cpu_time(pid_t process) {
  clockid_t clock = 0;
  timespec time{};
  if (::clock_getcpuclockid(process, &clock) != 0 || ::clock_gettime(clock, &time) != 0) return std::nullopt;
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

std::int64_t peak_resident_bytes(pid_t process) {
  return status_bytes(read_kernel_file("/proc/" + std::to_string(process) + "/status").value_or(""), "VmHWM:");
}

std::int64_t own_resident_bytes(pid_t process) {
  const std::string status = read_kernel_file("/proc/" + std::to_string(process) + "/status").value_or("");
  return status_bytes(status, "RssAnon:") + status_bytes(status, "RssShmem:");
}

}  // namespace noonmark::sandbox
