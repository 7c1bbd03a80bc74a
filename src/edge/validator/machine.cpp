#include "edge/validator/machine.h"

#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/core/files.h"

namespace noonmark::validator {
namespace {

constexpr std::uint64_t kMaxSystemFile = 4u << 20;

/// The text behind `key` and `separator` on the first line that begins with `key`.
std::string value_of(std::string_view text, std::string_view key, char separator) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    const std::size_t at = line.find(separator);
    if (!line.starts_with(key) || at == std::string_view::npos) continue;
    const std::size_t begin = line.find_first_not_of(" \t\"", at + 1);
    const std::size_t last = line.find_last_not_of(" \t\"");
    if (begin != std::string_view::npos) return std::string(line.substr(begin, last + 1 - begin));
  }
  return {};
}

int usable_cores() {
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
  return static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN));
}

}  // namespace

std::string cpu_model_in(std::string_view cpuinfo) { return value_of(cpuinfo, "model name", ':'); }

std::string os_name_in(std::string_view os_release) { return value_of(os_release, "PRETTY_NAME", '='); }

record::Machine read_machine(std::map<std::string, std::string> versions) {
  record::Machine machine;
  machine.cpu_model = cpu_model_in(core::read_text("/proc/cpuinfo", kMaxSystemFile).value_or(""));
  machine.os = os_name_in(core::read_text("/etc/os-release", kMaxSystemFile).value_or(""));
  machine.cores = usable_cores();
  machine.memory_bytes = static_cast<std::int64_t>(::sysconf(_SC_PHYS_PAGES)) * ::sysconf(_SC_PAGESIZE);
  utsname kernel{};
  if (::uname(&kernel) == 0) machine.kernel = std::string(kernel.sysname) + " " + kernel.release;
  machine.versions = std::move(versions);
  return machine;
}

}  // namespace noonmark::validator
