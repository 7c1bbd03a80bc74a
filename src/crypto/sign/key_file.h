#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/core/result.h"
#include "crypto/sign/sign.h"

namespace noonmark::sign {

/// A key file is four lines of text, mode 0600:
///
///     noonmark key 1
///     scheme ed25519
///     public <64 hex digits>
///     secret <64 hex digits>
///
/// Writes the file whole or not at all, never over another one.
/// Fails: conflict when the path exists, unavailable when the folder can't be written.
core::Result<void> save_key_file(const std::filesystem::path& path, const SecretKey& key);

/// Reads a key file of this user. The file must be a regular file (no link), owned by the caller, and closed to the
/// group and to others.
/// Fails: not_found; denied, with the command that mends it; corrupt when the text isn't a key file or its public
/// key doesn't belong to its secret.
core::Result<SecretKey> load_key_file(const std::filesystem::path& path);

/// The key in `path`; when there is none, a new one from `Seed::generate`, saved there first.
core::Result<SecretKey> load_or_create_key_file(const std::filesystem::path& path);

/// The text of a key file, and back. `decode_key` is the part that foreign bytes reach. The text is secret: wipe it.
std::string encode_key(const SecretKey& key);
core::Result<SecretKey> decode_key(std::string_view text);

}  // namespace noonmark::sign
