#include "crypto/wallet/wallet_key.h"

#include <algorithm>
#include <array>

#include "base/codec/text.h"
#include "crypto/wallet/internal/flat_json.h"
#include "crypto/wallet/mnemonic.h"

namespace noonmark::wallet {
namespace {

constexpr std::size_t kMaxText = 16u << 10;
constexpr std::string_view kSr25519 = "1";  // btwallet's number for the scheme

template <std::size_t N>
core::Result<sign::Secret<std::array<std::uint8_t, N>>> parse_secret(std::string_view text, std::string_view name) {
  const std::string_view digits = text.starts_with("0x") ? text.substr(2) : text;
  auto bytes = codec::parse_hex(digits);
  if (!bytes.ok() || bytes->size() != N) {
    return core::corrupt("its member " + std::string(name) + " must be " + std::to_string(2 * N) +
                         " hexadecimal digits");
  }
  const sign::SecretBytes owned(std::move(*bytes));
  sign::Secret<std::array<std::uint8_t, N>> secret;
  std::copy(owned->begin(), owned->end(), secret->begin());
  return secret;
}

/// Old tools wrote the name of the address with a blank before it.
std::optional<std::string_view> address_member(const FlatJson& object) {
  const auto address = object.text("ss58Address");
  return address ? address : object.text(" ss58Address");
}

core::Result<void> check_member(std::string_view name, std::optional<std::string_view> value,
                                const sign::AccountId& account) {
  if (!value) return {};
  const auto named = sign::AccountId::parse(*value);
  if (!named.ok()) return core::corrupt("its member " + std::string(name) + " isn't an account");
  if (*named == account) return {};
  return core::corrupt("its member " + std::string(name) +
                       " names another account than the rest of the file; restore the file from a backup");
}

core::Result<void> check_members(const FlatJson& object, const sign::AccountId& account) {
  TRY(check_member("ss58Address", address_member(object), account));
  TRY(check_member("accountId", object.text("accountId"), account));
  return check_member("publicKey", object.text("publicKey"), account);
}

core::Result<FlatJson> parse_object(std::string_view text) {
  if (text.size() > kMaxText) return core::corrupt("it is too long to be a key file");
  FlatJson object = TRY(FlatJson::parse(text));
  for (const std::string_view name : {"cryptoType", "crypto_type"}) {
    if (object.word(name).value_or(kSr25519) != kSr25519) {
      return core::denied("it holds a key of another scheme than sr25519, which this program doesn't use");
    }
  }
  return object;
}

core::Result<WalletKey> read_secret(const FlatJson& object) {
  if (const auto phrase = object.text("secretPhrase")) {
    auto key = key_of_phrase(*phrase);
    if (!key.ok()) return core::corrupt("its member secretPhrase isn't a valid phrase");
    return key;
  }
  if (const auto text = object.text("secretSeed")) {
    const auto bytes = TRY(parse_secret<sign::Seed::kSize>(*text, "secretSeed"));
    sign::Seed seed = sign::Seed::from_bytes(*bytes);
    sign::Sr25519Pair pair(seed);
    return WalletKey{std::move(pair), {}, std::move(seed)};
  }
  if (const auto text = object.text("privateKey")) {
    const auto bytes = TRY(parse_secret<64>(*text, "privateKey"));
    auto pair = sign::Sr25519Pair::from_expanded(*bytes);
    if (!pair.ok()) return core::corrupt("its member privateKey isn't an sr25519 key");
    return WalletKey{std::move(*pair), {}, std::nullopt};
  }
  return core::corrupt("it holds no secret: none of secretPhrase, secretSeed and privateKey");
}

/// Adds `"name": "value"`, with a comma before it unless it is the first.
void add_member(std::string& text, std::string_view name, std::string_view value) {
  text.append(text.size() > 1 ? ", \"" : "\"").append(name).append("\": \"").append(value).append("\"");
}

void add_account(std::string& text, const sign::AccountId& account) {
  const std::string hex = "0x" + account.hex();
  add_member(text, "accountId", hex);
  add_member(text, "publicKey", hex);
}

void add_secret(std::string& text, std::string_view name, core::ByteView bytes) {
  sign::SecretText hex;
  hex->reserve(2 + 2 * bytes.size());
  const sign::SecretText digits(codec::hex(bytes));
  hex->append("0x").append(*digits);
  add_member(text, name, *hex);
}

}  // namespace

core::Result<WalletKey> key_of_phrase(std::string_view phrase) {
  const sign::SecretBytes entropy = TRY(parse_phrase(phrase));
  sign::Seed seed = mini_secret_of(*entropy, "");
  sign::Sr25519Pair pair(seed);
  return WalletKey{std::move(pair), phrase_of(*entropy), std::move(seed)};
}

sign::SecretText write_key_text(const WalletKey& key) {
  sign::SecretText text;
  text->reserve(1024);  // one allocation for the longest: 24 words and 600 characters
  text->push_back('{');
  add_account(*text, key.pair.account());
  const sign::Secret<std::array<std::uint8_t, 64>> expanded(key.pair.expanded());
  add_secret(*text, "privateKey", *expanded);
  if (!key.phrase->empty()) add_member(*text, "secretPhrase", *key.phrase);
  if (key.seed) add_secret(*text, "secretSeed", key.seed->bytes());
  add_member(*text, "ss58Address", key.pair.account().ss58());
  text->push_back('}');
  return text;
}

std::string write_account_text(const sign::AccountId& account) {
  std::string text = "{";
  add_account(text, account);
  add_member(text, "ss58Address", account.ss58());
  return text + "}";
}

core::Result<WalletKey> parse_key_text(std::string_view text) {
  const FlatJson object = TRY(parse_object(text));
  WalletKey key = TRY(read_secret(object));
  TRY(check_members(object, key.pair.account()));
  return key;
}

core::Result<sign::AccountId> parse_account_text(std::string_view text) {
  const FlatJson object = TRY(parse_object(text));
  auto name = address_member(object);
  if (!name) name = object.text("accountId");
  if (!name) name = object.text("publicKey");
  if (!name) return core::corrupt("it names no account: none of ss58Address, accountId and publicKey");
  const auto account = sign::AccountId::parse(*name);
  if (!account.ok()) return core::corrupt("it names no valid account");
  TRY(check_members(object, *account));
  return *account;
}

}  // namespace noonmark::wallet
