#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/result.h"
#include "crypto/hash/hash.h"

namespace noonmark::blobs {

/// Immutable byte strings, each named by its sha256.
///
/// A blob is there whole or not at all, also after kill -9; what is read is compared with its name first.
/// Owner:   the program; folders borrow it by reference.
/// Threads: every method may be called from any thread, and several processes may share one store.
/// Fails:   not_found; exhausted (beyond the caller's limit, or the disk is full); corrupt (the stored bytes aren't
/// what
///          was put; putting them again mends it); denied, internal (the disk says no).
/// Tests:   tests/contract/blobs_contract_test.cpp runs on DirectoryStore and MemoryStore.
class Store {
 public:
  virtual ~Store() = default;

  /// Keeps `content` and returns its name. Putting the same bytes twice is cheap and changes nothing.
  virtual core::Result<hash::Digest> put(core::ByteView content) = 0;

  /// Keeps a copy of the regular file `path`, at most `max_bytes` long.
  virtual core::Result<hash::Digest> put_file(const std::filesystem::path& path, std::uint64_t max_bytes) = 0;

  /// The bytes of `name`, at most `max_bytes`.
  virtual core::Result<core::Bytes> get(const hash::Digest& name, std::uint64_t max_bytes) const = 0;

  /// Writes a verified copy to `destination`, which must not exist yet; its folder must.
  virtual core::Result<void> copy_to(const hash::Digest& name, const std::filesystem::path& destination,
                                     std::uint64_t max_bytes) const = 0;

  /// Length in bytes; nothing when the blob isn't there. Doesn't read the content.
  virtual core::Result<std::optional<std::uint64_t>> size(const hash::Digest& name) const = 0;

  /// All names, ascending.
  virtual core::Result<std::vector<hash::Digest>> list() const = 0;

  /// Forgets a blob. One that isn't there is no failure.
  virtual core::Result<void> remove(const hash::Digest& name) = 0;
};

}  // namespace noonmark::blobs
