#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace noonmark::sandbox {

/// All living descendants of a process, from /proc. The process itself is not among them.
std::vector<pid_t> descendants(pid_t root);

/// Cpu time of a process with all its threads, living and ended, to the nanosecond. Nothing when it is gone.
std::optional<std::chrono::nanoseconds> process_cpu_time(pid_t process);

/// VmHWM: the most memory that the process has had resident since it was executed, in bytes. 0 when it is gone.
std::int64_t peak_resident_bytes(pid_t process);

/// Memory that the process alone answers for now (RssAnon + RssShmem), in bytes. 0 when it is gone.
std::int64_t own_resident_bytes(pid_t process);

/// A small file of the kernel's; nothing when it cannot be read.
std::optional<std::string> read_kernel_file(const std::string& path);

}  // namespace noonmark::sandbox
