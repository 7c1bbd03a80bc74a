#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "base/core/bytes.h"
#include "base/core/result.h"

namespace noonmark::core {

/// The whole file, at most `max_bytes`. Fails: not_found, denied, exhausted (longer than the limit), invalid (not a
/// regular file), internal.
Result<Bytes> read_file(const std::filesystem::path& path, std::uint64_t max_bytes);
Result<std::string> read_text(const std::filesystem::path& path, std::uint64_t max_bytes);

/// Replaces `path` so that after a crash either the old or the new content is there, whole: temporary file beside it,
/// fsync, rename, fsync of the directory. Permissions are `mode`. Fails: not_found, denied, exhausted, internal.
Result<void> write_file_atomic(const std::filesystem::path& path, ByteView content, unsigned mode = 0644);
Result<void> write_file_atomic(const std::filesystem::path& path, std::string_view content, unsigned mode = 0644);

/// Makes a rename or creation inside `directory` durable.
Result<void> sync_directory(const std::filesystem::path& directory);

/// Creates the directory and its parents. Fails: denied, conflict (a file is in the way), exhausted.
Result<void> make_directories(const std::filesystem::path& path);

/// A file descriptor that is closed at destruction; -1 means none.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept;
  ~UniqueFd() { reset(); }
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset();

 private:
  int fd_ = -1;
};

/// A fresh directory of our own, removed with everything in it at destruction; what a killed process left is removed by
/// the next one that makes a directory of the same prefix.
class TempDir {
 public:
  /// Inside $TMPDIR or /tmp; the name is `prefix` and six letters.
  static Result<TempDir> create(std::string_view prefix);
  TempDir(TempDir&& other) noexcept : path_(std::move(other.path_)), lock_(std::move(other.lock_)) {
    other.path_.clear();
  }
  TempDir& operator=(TempDir&& other) noexcept;
  ~TempDir();
  const std::filesystem::path& path() const { return path_; }

 private:
  TempDir(std::filesystem::path path, UniqueFd lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  std::filesystem::path path_;
  UniqueFd lock_;  // of the directory itself, held as long as this process lives
};

}  // namespace noonmark::core
