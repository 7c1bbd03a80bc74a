#include "crypto/sign/sr25519.h"

#include <gtest/gtest.h>

#include "base/codec/json.h"
#include "base/codec/text.h"
#include "base/core/files.h"
#include "base/core/random.h"

namespace noonmark::sign {
namespace {

using codec::Json;

Json::Array golden(std::string_view part) {
  const std::string path = NOONMARK_SOURCE_DIR "/tests/golden/chain/crypto_vectors.json";
  return codec::parse_json(core::read_text(path, 1 << 20).value()).value().find(part)->as_array();
}

core::Bytes bytes_of(const Json& object, std::string_view key) {
  return codec::parse_hex(object.find(key)->as_string().substr(2)).value();
}

template <std::size_t N>
std::array<std::uint8_t, N> array_of(const core::Bytes& bytes) {
  CHECK(bytes.size() == N);
  std::array<std::uint8_t, N> result;
  std::copy(bytes.begin(), bytes.end(), result.begin());
  return result;
}

template <std::size_t N>
std::array<std::uint8_t, N> array_of(std::string_view hex) {
  return array_of<N>(codec::parse_hex(hex).value());
}

Sr25519Pair pair_of(std::uint8_t fill) {
  std::array<std::uint8_t, 32> bytes;
  bytes.fill(fill);
  return Sr25519Pair(Seed::from_bytes(bytes));
}

core::Bytes random_bytes(core::Philox& random, std::size_t size) {
  core::Bytes bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random.below(256));
  return bytes;
}

// The order of the group, little-endian (RFC 9496 §4).
constexpr std::string_view kOrder = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";

TEST(Sr25519, MiniSecretsGiveTheChainsKeys) {
  for (const Json& one : golden("bip39")) {
    const Sr25519Pair pair(Seed::from_bytes(array_of<32>(bytes_of(one, "mini"))));
    EXPECT_EQ("0x" + pair.account().hex(), one.find("pub")->as_string());
    EXPECT_EQ(pair.account().ss58(), one.find("ss58")->as_string());
  }
}

TEST(Sr25519, ExpandedSecretsGiveTheChainsKeys) {
  int seen = 0;
  for (const Json& one : golden("keys")) {
    if (one.find("secret64") == nullptr) continue;
    const auto secret = array_of<64>(bytes_of(one, "secret64"));
    const Sr25519Pair pair = Sr25519Pair::from_expanded(secret).value();
    EXPECT_EQ(pair.account().ss58(), one.find("ss58")->as_string());
    EXPECT_EQ(pair.expanded(), secret);
    ++seen;
  }
  EXPECT_GE(seen, 9);
}

TEST(Sr25519, DerivesAliceAndHerSoftKeys) {
  // The mini secret of Substrate's development phrase.
  const Sr25519Pair root(
      Seed::from_bytes(array_of<32>("fac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e")));
  const auto code = [](std::string_view scale) {
    std::array<std::uint8_t, 32> result{};
    std::copy(scale.begin(), scale.end(), result.begin());
    return result;
  };
  const Sr25519Pair alice =
      root.derive_hard(code("\x14"
                            "Alice"));
  EXPECT_EQ(alice.account().ss58(), "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY");
  const Sr25519Pair soft = alice.derive_soft(code("\x10soft")).derive_soft(code("\x01"));
  EXPECT_EQ(soft.account().ss58(), "5EJVuiSkauKYisFQeMx1rMqHLgt24MutFku5AqoNyAZzscqa");
  EXPECT_EQ(soft.expanded(), alice.derive_soft(code("\x10soft")).derive_soft(code("\x01")).expanded());
  const core::Bytes message = {1, 2, 3};
  EXPECT_TRUE(verify_sr25519(soft.account(), message, soft.sign(message)));
}

TEST(Sr25519, JudgesTheChainsSignatures) {
  for (const Json& one : golden("signatures")) {
    const AccountId account{array_of<32>(bytes_of(one, "pub"))};
    const auto signature = array_of<64>(bytes_of(one, "signature"));
    EXPECT_EQ(verify_sr25519(account, bytes_of(one, "message"), signature), one.find("valid")->as_bool());
  }
}

TEST(Sr25519, VerifiesItsOwnSignaturesAndNoOthers) {
  core::Philox random(25519);
  const Sr25519Pair pair = pair_of(7), other = pair_of(8);
  for (const std::size_t size : {0u, 1u, 100u, 165u, 166u, 167u, 5000u}) {
    core::Bytes message = random_bytes(random, size);
    const Sr25519Signature signature = pair.sign(message);
    EXPECT_TRUE(verify_sr25519(pair.account(), message, signature)) << size;
    EXPECT_FALSE(verify_sr25519(other.account(), message, signature)) << size;
    message.push_back(0);
    EXPECT_FALSE(verify_sr25519(pair.account(), message, signature)) << size;
  }
  const core::Bytes message = {1};
  EXPECT_NE(pair.sign(message), pair.sign(message)) << "fresh randomness goes into every nonce";
}

TEST(Sr25519, NoChangedBitIsAccepted) {
  const Sr25519Pair pair = pair_of(9);
  const core::Bytes message = {'n', 'o', 'o', 'n'};
  const Sr25519Signature good = pair.sign(message);
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    Sr25519Signature changed = good;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    EXPECT_FALSE(verify_sr25519(pair.account(), message, changed)) << bit;
  }
  for (std::size_t bit = 0; bit < 256; ++bit) {
    AccountId changed = pair.account();
    changed.bytes[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    EXPECT_FALSE(verify_sr25519(changed, message, good)) << bit;
  }
}

TEST(Sr25519, RandomBytesAreNoSignature) {
  core::Philox random(3);
  const Sr25519Pair pair = pair_of(1);
  for (int i = 0; i < 200; ++i) {
    const AccountId account = i % 2 == 0 ? pair.account() : AccountId{array_of<32>(random_bytes(random, 32))};
    auto signature = array_of<64>(random_bytes(random, 64));
    signature[63] = static_cast<std::uint8_t>(0x80 | (signature[63] & 0x0F));
    EXPECT_FALSE(verify_sr25519(account, {}, signature));
  }
}

TEST(Sr25519, RefusesWhatIsNotCanonical) {
  const Sr25519Pair pair = pair_of(2);
  const core::Bytes message = {5};
  const Sr25519Signature good = pair.sign(message);
  Sr25519Signature unmarked = good;
  unmarked[63] &= 0x7F;
  EXPECT_FALSE(verify_sr25519(pair.account(), message, unmarked)) << "an ed25519 signature's form";

  // The same s plus the order is the same scalar in another form.
  const auto order = array_of<32>(kOrder);
  Sr25519Signature shifted = good;
  shifted[63] &= 0x7F;
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += shifted[32 + i] + order[i];
    shifted[32 + i] = static_cast<std::uint8_t>(carry);
    carry >>= 8;
  }
  shifted[63] |= 0x80;
  EXPECT_FALSE(verify_sr25519(pair.account(), message, shifted));

  // p + 1 is no canonical field element, and so no point (RFC 9496 §4.3.1); neither is a negative one.
  const AccountId large{array_of<32>("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")};
  EXPECT_FALSE(verify_sr25519(large, message, good));
  EXPECT_FALSE(verify_sr25519(AccountId{}, message, good)) << "anybody could sign for the neutral element";
  Sr25519Signature zero{};
  zero[63] = 0x80;
  EXPECT_FALSE(verify_sr25519(AccountId{}, message, zero));
  EXPECT_FALSE(verify_sr25519(pair.account(), message, zero));
}

TEST(Sr25519, ExpandedSecretsMustBeCanonical) {
  std::array<std::uint8_t, 64> secret{};
  EXPECT_EQ(Sr25519Pair::from_expanded(secret).error().kind, core::ErrorKind::invalid) << "zero";
  const auto order = array_of<32>(kOrder);
  std::copy(order.begin(), order.end(), secret.begin());
  EXPECT_FALSE(Sr25519Pair::from_expanded(secret).ok()) << "the order itself";
  secret.fill(0xFF);
  EXPECT_FALSE(Sr25519Pair::from_expanded(secret).ok());
  const Sr25519Pair pair = pair_of(3);
  EXPECT_EQ(Sr25519Pair::from_expanded(pair.expanded()).value().account(), pair.account());
}

TEST(Sr25519, AMovedPairSignsOn) {
  Sr25519Pair one = pair_of(4);
  const AccountId account = one.account();
  Sr25519Pair two = std::move(one);
  Sr25519Pair three = pair_of(5);
  three = std::move(two);
  EXPECT_TRUE(verify_sr25519(account, {}, three.sign({})));
  EXPECT_EQ(two.expanded(), (std::array<std::uint8_t, 64>{})) << "what was moved from is wiped";
}

}  // namespace
}  // namespace noonmark::sign
