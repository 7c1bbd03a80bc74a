#include "crypto/wallet/derivation.h"

#include <algorithm>
#include <charconv>

#include "base/codec/text.h"
#include "crypto/hash/blake2b.h"
#include "crypto/wallet/mnemonic.h"

namespace noonmark::wallet {
namespace {

constexpr std::size_t kMaxUri = 1024;

/// SCALE: the length in compact form, then the bytes. Requires less than 2^14 bytes, for which one or two bytes do.
core::Bytes scale_text(std::string_view text) {
  core::Bytes bytes;
  if (text.size() < 64) {
    bytes.push_back(static_cast<std::uint8_t>(text.size() << 2));
  } else {
    bytes.push_back(static_cast<std::uint8_t>(text.size() << 2 | 1));
    bytes.push_back(static_cast<std::uint8_t>(text.size() >> 6));
  }
  bytes.insert(bytes.end(), text.begin(), text.end());
  return bytes;
}

core::Result<std::array<std::uint8_t, 32>> chain_code_of(std::string_view name) {
  std::array<std::uint8_t, 32> code{};
  // sp_core reads "+7" as a number and polkadot.js as a text; beyond 64 bits they differ the other way round.
  const std::string_view digits = name.starts_with('+') ? name.substr(1) : name;
  if (!digits.empty() && std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    std::uint64_t number = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (read.ec != std::errc() || digits.size() != name.size()) {
      return core::invalid("a number in a derivation path is plain digits below 2^64: tools read others differently");
    }
    for (std::size_t i = 0; i < 8; ++i) code[i] = static_cast<std::uint8_t>(number >> (8 * i));
    return code;
  }
  const core::Bytes bytes = scale_text(name);
  if (bytes.size() > code.size()) return hash::blake2b_256(bytes);
  std::copy(bytes.begin(), bytes.end(), code.begin());
  return code;
}

core::Result<WalletKey> root_key(std::string_view secret, std::string_view password, bool has_password) {
  if (!secret.starts_with("0x")) {
    if (!has_password) return key_of_phrase(secret);
    const sign::SecretBytes entropy = TRY(parse_phrase(secret));
    sign::Seed seed = mini_secret_of(*entropy, password);
    sign::Sr25519Pair pair(seed);
    return WalletKey{std::move(pair), {}, std::move(seed)};
  }
  if (has_password) return core::invalid("a password belongs to a phrase; a seed (0x…) takes none");
  auto bytes = codec::parse_hex(secret.substr(2));
  if (!bytes.ok() || bytes->size() != sign::Seed::kSize) {
    return core::invalid("a seed is 0x and 64 hexadecimal digits");
  }
  const sign::SecretBytes owned(std::move(*bytes));
  sign::Seed seed = sign::Seed::from_bytes(std::span(*owned).first<sign::Seed::kSize>());
  sign::Sr25519Pair pair(seed);
  return WalletKey{std::move(pair), {}, std::move(seed)};
}

}  // namespace

core::Result<std::vector<Junction>> parse_path(std::string_view path) {
  if (path.size() > kMaxUri) return core::invalid("a derivation path has at most 1024 bytes");
  std::vector<Junction> junctions;
  while (!path.empty()) {
    Junction junction;
    junction.hard = path.starts_with("//");
    if (!path.starts_with('/')) return core::invalid("a derivation path begins with / or //");
    path.remove_prefix(junction.hard ? 2 : 1);
    const std::string_view name = path.substr(0, path.find('/'));
    if (name.empty()) return core::invalid("a derivation path needs a name after each / or //");
    path.remove_prefix(name.size());
    junction.chain_code = TRY(chain_code_of(name));
    junctions.push_back(junction);
  }
  return junctions;
}

core::Result<WalletKey> parse_secret_uri(std::string_view uri) {
  if (uri.empty()) return core::invalid("there is no phrase and no seed: the text is empty");
  if (uri.size() > kMaxUri) return core::invalid("a secret URI has at most 1024 bytes");
  if (!codec::is_utf8(uri)) return core::invalid("a secret URI is UTF-8 text");
  const std::size_t password_at = uri.find("///");
  const bool has_password = password_at != std::string_view::npos;
  const std::string_view password = has_password ? uri.substr(password_at + 3) : "";
  const std::string_view rest = uri.substr(0, password_at);
  const std::string_view secret = rest.substr(0, rest.find('/'));
  const std::vector<Junction> junctions = TRY(parse_path(rest.substr(secret.size())));
  WalletKey key = TRY(root_key(secret.empty() ? kDevelopmentPhrase : secret, password, has_password));
  if (junctions.empty()) return key;
  for (const Junction& junction : junctions) {
    key.pair = junction.hard ? key.pair.derive_hard(junction.chain_code) : key.pair.derive_soft(junction.chain_code);
  }
  return WalletKey{std::move(key.pair), {}, std::nullopt};
}

}  // namespace noonmark::wallet
