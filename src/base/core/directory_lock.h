#pragma once
#include <filesystem>
#include <utility>

#include "base/core/files.h"

namespace noonmark::core {

/// Keeps a directory to one process: held until destruction, or until the process dies in whatever way.
class DirectoryLock {
 public:
  /// Takes flock(2) on the file "lock" in `directory`. Fails: conflict when somebody else holds it (another
  /// DirectoryLock of this process too), not_found, denied.
  static Result<DirectoryLock> acquire(const std::filesystem::path& directory);

 private:
  explicit DirectoryLock(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace noonmark::core
