#pragma once

#include <filesystem>

#include "base/core/bytes.h"
#include "base/core/result.h"
#include "crypto/sign/secret.h"

namespace noonmark::sign {

/// Creates a file of mode 0600, whole and on disk or not at all, and never over another one, even when two processes
/// come at once.
/// Fails: conflict when the path exists, not_found, denied, exhausted, internal.
core::Result<void> create_private_file(const std::filesystem::path& path, core::ByteView content);

/// Reads a file of this user, which must be a regular file (no link), owned by the caller, and closed to the group and
/// to others.
/// Fails: not_found; denied, with the command that mends it; exhausted when it is longer than `max_bytes`; internal.
core::Result<SecretBytes> read_private_file(const std::filesystem::path& path, std::size_t max_bytes);

}  // namespace noonmark::sign
