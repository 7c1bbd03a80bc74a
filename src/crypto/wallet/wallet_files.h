#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"
#include "crypto/sign/account.h"
#include "crypto/sign/secret.h"
#include "crypto/wallet/wallet_key.h"

namespace noonmark::wallet {

/// The two files of one key, in the folder tree of Bittensor's tools:
///
///     ROOT/WALLET/coldkey          ROOT/WALLET/coldkeypub.txt          holds the funds; usually encrypted
///     ROOT/WALLET/hotkeys/HOTKEY   ROOT/WALLET/hotkeys/HOTKEYpub.txt   works for it; a server needs no other
struct KeyFiles {
  std::filesystem::path secret, account;
};

/// Nothing is read. Fails: invalid when a name is empty, longer than 64 bytes, begins with a dot, or holds a slash or a
/// control character.
core::Result<KeyFiles> coldkey_files(const std::filesystem::path& root, std::string_view wallet);
core::Result<KeyFiles> hotkey_files(const std::filesystem::path& root, std::string_view wallet,
                                    std::string_view hotkey);

/// The names in alphabetical order: folders in ROOT, and key files in its hotkeys folder. None where there is no
/// folder. Fails: denied, internal.
core::Result<std::vector<std::string>> list_wallets(const std::filesystem::path& root);
core::Result<std::vector<std::string>> list_hotkeys(const std::filesystem::path& root, std::string_view wallet);

/// Writes both files, mode 0600, each whole or not at all, and never over another one; encrypts the secret one when
/// there is a password (which takes seconds). Creates the folders.
/// Fails: conflict when a file exists, denied, exhausted, internal.
core::Result<void> create_key(const KeyFiles& files, const WalletKey& key, std::optional<std::string_view> password);

/// Asked for the password of one file, and only when that is encrypted.
using PasswordSource = std::function<core::Result<sign::SecretText>(const std::filesystem::path& secret)>;

/// Fails: not_found; denied when others can read the file (with the chmod that mends it), the password is wrong, or the
/// file is closed in a form that only old tools open; corrupt; what the source fails with.
core::Result<WalletKey> load_key(const KeyFiles& files, const PasswordSource& password);

/// Who the key is. From the public file, or where there is none (old tools wrote none for hotkeys) from a secret file
/// that isn't encrypted. Fails: not_found, denied, corrupt.
core::Result<sign::AccountId> load_account(const KeyFiles& files);

}  // namespace noonmark::wallet
