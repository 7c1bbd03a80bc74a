#pragma once
#include <filesystem>
#include <optional>

#include "base/core/files.h"
#include "base/core/result.h"

namespace noonmark::core {

/// A lock that one process holds at a time, and that ends with it, however it ends. Only between those who ask for it.
class FileLock {
 public:
  /// Nothing while another process holds it. The file is made when it is missing, and stays.
  /// Fails: not_found, denied, internal.
  static Result<std::optional<FileLock>> try_lock(const std::filesystem::path& file);

 private:
  explicit FileLock(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace noonmark::core
