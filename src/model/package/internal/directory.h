#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/files.h"
#include "base/core/result.h"
#include "crypto/hash/hash.h"
#include "model/package/manifest.h"

namespace noonmark::package::internal {

/// What a walk found: a regular file with one name.
struct FoundFile {
  std::string path;
  std::uint64_t size = 0;
};

/// A directory that stays open. Every name below it is looked up segment by segment without following links, so neither
/// a link inside nor a swap of the directory's own path leads elsewhere.
/// Fails: not_found, invalid (link, device, hard link, limits), internal (system error).
class Directory {
 public:
  static core::Result<Directory> open(const std::filesystem::path& root);

  /// All files, sorted by path. Refuses what isn't a directory or a regular file with a single name.
  core::Result<std::vector<FoundFile>> list(const Limits& limits) const;

  /// Opens a regular file for reading. Requires: check_path(path).
  core::Result<core::UniqueFd> open_file(std::string_view path, std::uint64_t& size) const;

  /// Passes a file of exactly `size` bytes on in pieces; returns its SHA-256. Fails: corrupt (another size), as `take`.
  using Take = std::function<core::Result<void>(core::ByteView)>;
  core::Result<hash::Digest> read_exactly(std::string_view path, std::uint64_t size, const Take& take) const;

  /// SHA-256 of a file of exactly `size` bytes.
  core::Result<hash::Digest> digest(std::string_view path, std::uint64_t size) const;

  /// digest() that also writes the bytes to the new file `target`. Fails: conflict (it exists) too.
  core::Result<hash::Digest> copy(std::string_view path, std::uint64_t size, const std::filesystem::path& target) const;

  /// `length` bytes from `offset`; corrupt when the file is shorter.
  core::Result<core::Bytes> read(std::string_view path, std::uint64_t offset, std::uint64_t length) const;

 private:
  explicit Directory(core::UniqueFd root) : root_(std::move(root)) {}
  struct Walk;
  static core::Result<void> walk(int fd, const std::string& prefix, Walk& state);
  static core::Result<void> visit(int fd, const std::string& name, const std::string& path, Walk& state);
  core::UniqueFd root_;
};

/// Calls `take` with pieces of at most 1 MiB until the end. Fails: internal (read error), or what `take` says.
core::Result<void> read_all(int fd, std::string_view path,
                            const std::function<core::Result<void>(core::ByteView)>& take);

/// Writes all bytes. Fails: exhausted (disk full), internal.
core::Result<void> write_all(int fd, std::string_view path, core::ByteView bytes);

}  // namespace noonmark::package::internal
