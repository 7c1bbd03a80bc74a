#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "trial/sandbox/sandbox.h"

namespace noonmark::sandbox {

/// How bubblewrap can be used on this machine.
struct BubblewrapStyle {
  std::filesystem::path program;  // empty: no wall
  bool user_namespace = true;
  bool fresh_proc = true;
};

/// Finds bubblewrap and the strongest style that works, by running true in each. Fails: unavailable, with what to do.
core::Result<BubblewrapStyle> probe_bubblewrap(const std::filesystem::path& wanted);

/// What follows bubblewrap's own name up to the program: namespaces, the view of the file system, environment.
struct View {
  std::vector<Mount> mounts;
  std::vector<std::string> environment;  // name, value, name, value …
  std::int64_t scratch_bytes = 0;
  int seccomp_descriptor = -1;  // -1: none
  int status_descriptor = -1;
};
std::vector<std::string> bubblewrap_arguments(const BubblewrapStyle& style, const View& view);

}  // namespace noonmark::sandbox
