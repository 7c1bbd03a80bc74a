#include "crypto/wallet/wallet_files.h"

#include <algorithm>

#include "base/core/files.h"
#include "base/core/random.h"
#include "crypto/sign/private_file.h"
#include "crypto/wallet/encryption.h"

namespace noonmark::wallet {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxName = 64;
constexpr std::size_t kMaxFile = 16u << 10;
constexpr std::string_view kAccountEnding = "pub.txt";

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxName && name[0] != '.' &&
         std::none_of(name.begin(), name.end(),
                      [](char c) { return c == '/' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

core::Result<void> check_name(std::string_view what, std::string_view name) {
  if (is_name(name)) return {};
  return core::invalid("the name of a " + std::string(what) +
                       " has 1 to 64 characters, doesn't begin with a dot and holds no slash");
}

/// The names in a folder that are of the wanted type and form, sorted.
template <class Wanted>
core::Result<std::vector<std::string>> list_names(const fs::path& folder, Wanted wanted) {
  std::vector<std::string> names;
  std::error_code failure;
  fs::directory_iterator entry(folder, failure);
  if (failure == std::errc::no_such_file_or_directory) return names;
  for (; !failure && entry != fs::directory_iterator(); entry.increment(failure)) {
    std::string name = entry->path().filename().string();
    if (is_name(name) && wanted(*entry, name)) names.push_back(std::move(name));
  }
  if (failure) return core::from_errno(failure.value(), "cannot list " + folder.string());
  std::sort(names.begin(), names.end());
  return names;
}

core::Result<void> refuse_existing(const fs::path& path) {
  std::error_code ignored;
  if (fs::symlink_status(path, ignored).type() == fs::file_type::not_found) return {};
  return core::conflict(path.string() + " exists already, and a key is never written over: choose another name");
}

core::Result<sign::SecretText> open_content(const KeyFiles& files, core::ByteView content,
                                            const PasswordSource& password) {
  switch (closure_of(content)) {
    case Closure::open:
      break;
    case Closure::nacl: {
      const sign::SecretText given = TRY(password(files.secret));
      return decrypt(content, *given);
    }
    case Closure::ansible_vault:
    case Closure::fernet:
      return core::denied(
          "it is encrypted in a form of old Bittensor tools; let btcli update the wallet, or import its phrase again");
  }
  return sign::SecretText(std::string(core::as_text(content)));
}

}  // namespace

core::Result<KeyFiles> coldkey_files(const fs::path& root, std::string_view wallet) {
  TRY(check_name("wallet", wallet));
  return KeyFiles{root / wallet / "coldkey", root / wallet / "coldkeypub.txt"};
}

core::Result<KeyFiles> hotkey_files(const fs::path& root, std::string_view wallet, std::string_view hotkey) {
  TRY(check_name("wallet", wallet));
  TRY(check_name("hotkey", hotkey));
  const fs::path secret = root / wallet / "hotkeys" / hotkey;
  return KeyFiles{secret, secret.string() + std::string(kAccountEnding)};
}

core::Result<std::vector<std::string>> list_wallets(const fs::path& root) {
  return list_names(root, [](const fs::directory_entry& entry, const std::string&) {
    std::error_code ignored;
    return entry.is_directory(ignored);
  });
}

core::Result<std::vector<std::string>> list_hotkeys(const fs::path& root, std::string_view wallet) {
  TRY(check_name("wallet", wallet));
  return list_names(root / wallet / "hotkeys", [](const fs::directory_entry& entry, const std::string& name) {
    std::error_code ignored;
    return entry.is_regular_file(ignored) && !name.ends_with(kAccountEnding);
  });
}

core::Result<void> create_key(const KeyFiles& files, const WalletKey& key, std::optional<std::string_view> password) {
  TRY(refuse_existing(files.secret));
  TRY(refuse_existing(files.account));
  TRY(core::make_directories(files.secret.parent_path()));
  const sign::SecretText text = write_key_text(key);
  // The secret first: whatever happens in between, no account is left whose key was never stored.
  if (password) {
    EncryptionNonce nonce;
    core::fill_secure_random(nonce);
    const core::Bytes closed = TRY(encrypt(*text, *password, nonce));
    TRY(sign::create_private_file(files.secret, closed));
  } else {
    TRY(sign::create_private_file(files.secret, core::as_bytes(*text)));
  }
  return sign::create_private_file(files.account, core::as_bytes(write_account_text(key.pair.account())));
}

core::Result<WalletKey> load_key(const KeyFiles& files, const PasswordSource& password) {
  const sign::SecretBytes content = TRY(sign::read_private_file(files.secret, kMaxFile));
  const auto parse = [&]() -> core::Result<WalletKey> {
    const sign::SecretText text = TRY(open_content(files, *content, password));
    return parse_key_text(*text);
  };
  return parse().context("the key file " + files.secret.string());
}

core::Result<sign::AccountId> load_account(const KeyFiles& files) {
  const auto text = core::read_text(files.account, kMaxFile);
  if (text.ok()) return parse_account_text(*text).context("the file " + files.account.string());
  if (text.error().kind != core::ErrorKind::not_found) return text.error();
  const PasswordSource none = [&](const fs::path&) -> core::Result<sign::SecretText> {
    return core::not_found("there is no " + files.account.string() + ", and the key beside it is encrypted");
  };
  const WalletKey key = TRY(load_key(files, none));
  return key.pair.account();
}

}  // namespace noonmark::wallet
