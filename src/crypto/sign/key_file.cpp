#include "crypto/sign/key_file.h"

#include <optional>

#include "base/codec/text.h"
#include "crypto/sign/private_file.h"

namespace noonmark::sign {
namespace {

constexpr std::string_view kFirstLine = "noonmark key 1";
constexpr std::size_t kMaxFileSize = 1024;

/// The value of the line `name value`, which must come next in `rest`.
std::optional<std::string_view> take_line(std::string_view& rest, std::string_view name) {
  const std::size_t end = rest.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  if (!line.starts_with(name)) return std::nullopt;
  line.remove_prefix(name.size());
  if (name == kFirstLine) return line;
  if (!line.starts_with(' ')) return std::nullopt;
  return line.substr(1);
}

}  // namespace

std::string encode_key(const SecretKey& key) {
  const Seed seed = key.seed();
  const SecretText secret(codec::hex(seed.bytes()));
  std::string text;
  text.reserve(256);  // one allocation, so that no copy of the secret is left behind by growing
  text.append(kFirstLine).append("\nscheme ed25519\npublic ").append(key.public_key().hex());
  text.append("\nsecret ").append(*secret).append("\n");
  return text;
}

core::Result<SecretKey> decode_key(std::string_view text) {
  std::string_view rest = text;
  const auto first = take_line(rest, kFirstLine);
  if (!first || !first->empty()) {
    return core::corrupt("this isn't a key file: its first line must be '" + std::string(kFirstLine) + "'");
  }
  const auto scheme = take_line(rest, "scheme");
  if (scheme != "ed25519") return core::corrupt("the key file's second line must be 'scheme ed25519'");
  const auto public_text = take_line(rest, "public");
  const auto secret_text = take_line(rest, "secret");
  if (!public_text || !secret_text || !rest.empty()) {
    return core::corrupt("a key file has four lines: noonmark key 1, scheme, public and secret");
  }
  const PublicKey expected = TRY(PublicKey::parse(*public_text));
  // The secret has the shape of a public key; the parser's message never repeats the text.
  PublicKey secret = TRY(PublicKey::parse(*secret_text));
  const Seed seed = Seed::from_bytes(secret.bytes);
  wipe(secret.bytes);
  SecretKey key(seed);
  if (key.public_key() != expected) {
    return core::corrupt("the key file's public key doesn't belong to its secret; restore the file from a backup");
  }
  return key;
}

core::Result<void> save_key_file(const std::filesystem::path& path, const SecretKey& key) {
  const SecretText text(encode_key(key));
  return create_private_file(path, core::as_bytes(*text));
}

core::Result<SecretKey> load_key_file(const std::filesystem::path& path) {
  const SecretBytes text = TRY(read_private_file(path, kMaxFileSize));
  return decode_key(core::as_text(*text)).context("reading " + path.string());
}

core::Result<SecretKey> load_or_create_key_file(const std::filesystem::path& path) {
  auto loaded = load_key_file(path);
  if (loaded.ok() || loaded.error().kind != core::ErrorKind::not_found) return loaded;
  SecretKey key(Seed::generate());
  const auto saved = save_key_file(path, key);
  if (saved.ok()) return key;
  // Another process made the key in between: that one counts.
  if (saved.error().kind == core::ErrorKind::conflict) return load_key_file(path);
  return saved.error();
}

}  // namespace noonmark::sign
