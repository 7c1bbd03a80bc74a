#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/core/result.h"

namespace noonmark::sandbox {

/// Facts about a running or ended program and everything that it started, read from outside of the wall.
struct Readings {
  std::chrono::nanoseconds cpu{0};  // cpu time of the whole tree, building the wall included
  std::int64_t peak_resident_bytes =
      0;  // sum over living processes of VmHWM: counts shared file pages, does not depend on the page cache
  std::int64_t peak_charged_bytes =
      0;                   // the memory group's peak, page cache and scratch included; 0 where there is no such group
  int processes = 0;       // living, the wall's own not counted
  std::string cpu_source;  // "cpuacct.usage", "cpu.stat" or "process clocks"
};

enum class EndKind {
  exited,        // by itself: code is its exit status
  signalled,     // code is the signal
  stopped,       // by stop() or the destructor
  memory_limit,  // killed by the kernel at Limits::memory_bytes
  wall_limit,
  cpu_limit,
  process_limit,  // only where no control group refuses the fork itself
  output_limit,
  forbidden_call,  // killed by the seccomp list
  not_started,     // the wall or the program could not be set up: the output says why
};
std::string_view to_string(EndKind kind);

struct End {
  EndKind kind = EndKind::exited;
  int code = 0;
  std::string output;                  // the last Limits::output_tail_bytes of stdout and stderr, foreign bytes
  Readings readings;                   // cpu and charged memory are final; resident memory is the last that was seen
  bool process_limit_reached = false;  // a fork was refused at Limits::processes

  /// One sentence for people.
  std::string describe() const;
};

/// One program behind the wall. A thread of its own drains its output, holds its wall limit and reaps it.
/// Owner: the caller; destruction kills the whole tree. Threads: any.
class Process {
 public:
  class Keeper;
  explicit Process(std::unique_ptr<Keeper> keeper);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// Cpu time of the whole tree so far. Cheap enough to call around each turn. Fails: not_found after the end,
  /// internal.
  core::Result<std::chrono::nanoseconds> cpu_time() const;
  /// All readings. Fails: not_found after the end (see End::readings), internal.
  core::Result<Readings> readings() const;
  bool running() const;
  /// The end, or nothing when it is still running after `limit`.
  std::optional<End> wait(std::chrono::nanoseconds limit) const;
  /// Takes the last readings, kills everything, waits. Idempotent: the first end stays.
  End stop();
  /// The tail of the output so far.
  std::string output() const;

 private:
  std::unique_ptr<Keeper> keeper_;
};

}  // namespace noonmark::sandbox
