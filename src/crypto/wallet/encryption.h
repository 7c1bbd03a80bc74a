#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/core/bytes.h"
#include "base/core/result.h"
#include "crypto/sign/secret.h"

namespace noonmark::wallet {

using EncryptionNonce = std::array<std::uint8_t, 24>;

/// How Bittensor's tools close a key file: "$NACL" ‖ nonce ‖ NaCl secretbox, the key by Argon2i (8 passes over 512 MiB,
/// a salt that is the same for everybody). Takes seconds and that much memory. The nonce must be fresh.
/// Fails: exhausted when the memory isn't to be had.
core::Result<core::Bytes> encrypt(std::string_view text, std::string_view password, const EncryptionNonce& nonce);

/// Fails: denied when the password is wrong or the content was changed, corrupt when it is too short, exhausted.
core::Result<sign::SecretText> decrypt(core::ByteView content, std::string_view password);

/// How the content of a key file is closed.
enum class Closure { open, nacl, ansible_vault, fernet };
/// Tells from the first bytes; `open` for everything else.
Closure closure_of(core::ByteView content);

/// The environment variable in which Bittensor's tools look for the password of the key file at `path`: "BT_PW_" and
/// the path in capitals, with '_' for '/' and '.'.
std::string password_variable(const std::filesystem::path& path);
/// Its value hides the password: base64 of the bytes xor the variable's name, over and over. That is no protection.
/// Fails: invalid.
core::Result<sign::SecretText> decode_password(std::string_view variable, std::string_view value);

}  // namespace noonmark::wallet
