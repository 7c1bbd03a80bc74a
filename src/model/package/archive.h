#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "base/core/bytes.h"
#include "base/core/result.h"
#include "model/package/package.h"

namespace noonmark::package {

/// The ending of a packed package.
inline constexpr std::string_view kArchiveEnding = ".tar.zst";

/// Bounds of an archive besides those of the package in it.
struct ArchiveLimits {
  Limits package;
  /// Unpacked bytes per packed byte. Weights shrink by a third at most; what shrinks a hundred times is a bomb.
  double ratio = 100;
  std::uint64_t free_bytes = 64ull << 20;  ///< unpacked before the ratio counts
};

/// A whole package in memory.
struct Unpacked {
  Manifest manifest;
  std::map<std::string, core::Bytes> files;
};

/// Writes the package as one file: a tar archive (POSIX pax) compressed with Zstandard, noonmark.json first, then the
/// listed files by path; no times, owners or modes, so equal packages give equal bytes. `level`: Zstandard's, 1 to 19.
/// Replaces `archive` when it is there. Returns its size.
/// Fails: corrupt (a file changed since open()), exhausted (disk), internal.
core::Result<std::uint64_t> pack(const Package& package, const std::filesystem::path& archive, int level = 6);

/// Unpacks into `target`, which must not exist or be empty, and opens the result. Nothing is written that the archive's
/// manifest doesn't list, nor beyond the listed sizes. On failure `target` is empty again.
/// Fails: not_found (no archive), corrupt (not such an archive, cut short), invalid (manifest, an entry that is a link,
/// a device or unlisted, beyond limits), conflict (`target` isn't empty), as Package::open.
core::Result<Package> unpack(const std::filesystem::path& archive, const std::filesystem::path& target,
                             const ArchiveLimits& limits = {});

/// The same in memory, for small packages; digests are compared.
core::Result<Unpacked> unpack_bytes(core::ByteView archive, const ArchiveLimits& limits = {});
core::Result<core::Bytes> pack_bytes(const Unpacked& package, int level = 6);

}  // namespace noonmark::package
