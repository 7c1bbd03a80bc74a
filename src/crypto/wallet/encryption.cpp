#include "crypto/wallet/encryption.h"

#include <algorithm>

#include <sodium.h>

#include "base/codec/text.h"
#include "base/core/check.h"

namespace noonmark::wallet {
namespace {

constexpr std::string_view kMark = "$NACL";
constexpr std::string_view kVaultMark = "$ANSIBLE_VAULT";
constexpr std::string_view kFernetMark = "gAAAAA";
constexpr std::array<std::uint8_t, crypto_pwhash_SALTBYTES> kSalt = {0x13, 0x71, 0x83, 0xdf, 0xf1, 0x5a, 0x09, 0xbc,
                                                                     0x9c, 0x90, 0xb5, 0x51, 0x87, 0x39, 0xe9, 0xb1};
constexpr unsigned kPasses = 8;
constexpr std::size_t kMemory = 512u << 20;
constexpr std::size_t kOverhead = kMark.size() + crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;

using Key = sign::Secret<std::array<std::uint8_t, crypto_secretbox_KEYBYTES>>;
static_assert(std::tuple_size_v<EncryptionNonce> == crypto_secretbox_NONCEBYTES);

core::Result<Key> key_of(std::string_view password) {
  CHECK(sodium_init() >= 0, "libsodium could not be initialised");
  Key key;
  if (crypto_pwhash(key->data(), key->size(), password.data(), password.size(), kSalt.data(), kPasses, kMemory,
                    crypto_pwhash_ALG_ARGON2I13) != 0) {
    return core::exhausted("opening or closing a key file takes 512 MiB of memory, which aren't free now");
  }
  return key;
}

}  // namespace

core::Result<core::Bytes> encrypt(std::string_view text, std::string_view password, const EncryptionNonce& nonce) {
  const Key key = TRY(key_of(password));
  core::Bytes content(kOverhead + text.size());
  const auto after_mark = std::copy(kMark.begin(), kMark.end(), content.begin());
  const auto box = std::copy(nonce.begin(), nonce.end(), after_mark);
  const core::ByteView plain = core::as_bytes(text);
  CHECK(crypto_secretbox_easy(&*box, plain.data(), plain.size(), nonce.data(), key->data()) == 0);
  return content;
}

core::Result<sign::SecretText> decrypt(core::ByteView content, std::string_view password) {
  if (closure_of(content) != Closure::nacl || content.size() < kOverhead) {
    return core::corrupt("the encrypted key file is cut short; restore it from a backup");
  }
  const Key key = TRY(key_of(password));
  const core::ByteView nonce = content.subspan(kMark.size(), crypto_secretbox_NONCEBYTES);
  const core::ByteView box = content.subspan(kMark.size() + nonce.size());
  sign::SecretText text(std::string(box.size() - crypto_secretbox_MACBYTES, '\0'));
  if (crypto_secretbox_open_easy(reinterpret_cast<unsigned char*>(text->data()), box.data(), box.size(), nonce.data(),
                                 key->data()) != 0) {
    return core::denied("the password is wrong, or the encrypted key file was changed or cut short");
  }
  return text;
}

Closure closure_of(core::ByteView content) {
  const std::string_view text = core::as_text(content);
  if (text.starts_with(kMark)) return Closure::nacl;
  if (text.starts_with(kVaultMark)) return Closure::ansible_vault;
  if (text.starts_with(kFernetMark)) return Closure::fernet;
  return Closure::open;
}

std::string password_variable(const std::filesystem::path& path) {
  std::string name = "BT_PW_" + path.string();
  for (char& c : name) {
    if (c == '/' || c == '.') c = '_';
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return name;
}

core::Result<sign::SecretText> decode_password(std::string_view variable, std::string_view value) {
  CHECK(!variable.empty());
  auto bytes = codec::parse_base64(value);
  if (!bytes.ok()) {
    return core::invalid("the environment variable " + std::string(variable) + " isn't base64, as btwallet writes it");
  }
  const sign::SecretBytes hidden(std::move(*bytes));
  sign::SecretText password(std::string(hidden->size(), '\0'));
  for (std::size_t i = 0; i < hidden->size(); ++i) {
    (*password)[i] = static_cast<char>((*hidden)[i] ^ static_cast<std::uint8_t>(variable[i % variable.size()]));
  }
  return password;
}

}  // namespace noonmark::wallet
