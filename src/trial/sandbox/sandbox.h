#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "trial/sandbox/process.h"

namespace noonmark::sandbox {

/// A file or directory of the machine that the program may read at another path.
struct Mount {
  std::filesystem::path outside;
  std::string inside;  // absolute
};

struct Limits {
  std::int64_t memory_bytes = std::int64_t{2} << 30;    // of the whole tree, scratch included; 0: none
  std::int64_t scratch_bytes = std::int64_t{64} << 20;  // of /tmp, the only writable place
  int processes = 64;                                   // threads count
  std::chrono::nanoseconds wall{0};                     // from start to end; 0: none
  std::chrono::seconds cpu{0};                          // cpu time of any one process; 0: none
  double cpus = 0;                                      // cpu time per wall time; 0: no quota
  std::int64_t output_bytes = 4 << 20;                  // stdout and stderr together
  std::size_t output_tail_bytes = 16 * 1024;            // of it, what is kept: the end
  int open_files = 256;
};

/// What to run and what it may see. Inside, the program is /runner/program, the environment holds what stands here and
/// a few harmless words (PATH, HOME=/tmp, TMPDIR, LANG, ORT_DISABLE_TELEMETRY=1), and descriptors other than 0, 1, 2
/// and the ones named here are closed.
struct Program {
  std::filesystem::path executable;    // trusted: its libraries are looked up with the system's loader
  std::vector<std::string> arguments;  // without the program's own name
  std::map<std::string, std::string> environment;
  std::vector<Mount> read_only;
  std::vector<int> descriptors;  // become 3, 4 …; stay the caller's
  std::vector<int> cpus;         // may run on these only; empty: any
  Limits limits;
};

struct Options {
  /// Run without any wall when bubblewrap cannot work here. Only for packages that are trusted; leaves a warning.
  bool allow_no_wall = false;
  std::filesystem::path bubblewrap;  // empty: found in the usual places
};

/// The wall around strangers' programs as this machine can build it: bubblewrap (fresh user, mount, pid, network, ipc
/// and uts namespaces, no capabilities, everything read-only), a seccomp allow-list, and control groups for memory,
/// processes and cpu. Owner: the program. Threads: any.
class Wall {
 public:
  /// Finds out what works here by running /usr/bin/true behind it once.
  /// Fails: unavailable (no wall can be built; the message says what to install or allow).
  static core::Result<Wall> probe(const Options& options = {});
  Wall(Wall&&) noexcept;
  Wall& operator=(Wall&&) noexcept;
  ~Wall();

  /// What is weaker here than it should be, in sentences for the record. Empty on a machine with everything.
  const std::vector<std::string>& warnings() const;
  /// False only with Options::allow_no_wall.
  bool stands() const;
  /// The path at which the program sees a mount; the outside path when there is no wall.
  std::string seen_at(const Mount& mount) const;

  /// Starts the program. Fails: unavailable, not_found (executable, mount), internal. A program that cannot be executed
  /// inside shows as EndKind::not_started.
  core::Result<std::unique_ptr<Process>> start(const Program& program) const;

 private:
  struct State;
  explicit Wall(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace noonmark::sandbox
