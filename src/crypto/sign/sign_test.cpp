#include "crypto/sign/sign.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "base/codec/text.h"

namespace noonmark::sign {
namespace {

Seed seed_of(std::string_view hex) {
  const core::Bytes bytes = codec::parse_hex(hex).value();
  return Seed::from_bytes(std::span<const std::uint8_t, Seed::kSize>(bytes.data(), Seed::kSize));
}

struct Vector {
  const char* secret;
  const char* public_key;
  const char* message;
  const char* signature;
};

// RFC 8032 §7.1, TEST 1 to TEST 3.
const Vector kVectors[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
     "d25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
     "387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
     "4a7c15e9716ed28dc027beceea1ec40a"},
};

TEST(Sign, GivesTheSignaturesOfRfc8032) {
  for (const Vector& vector : kVectors) {
    const SecretKey key(seed_of(vector.secret));
    const core::Bytes message = codec::parse_hex(vector.message).value();
    EXPECT_EQ(key.public_key().hex(), vector.public_key);
    EXPECT_EQ(key.sign(message).hex(), vector.signature);
    EXPECT_TRUE(verify(key.public_key(), message, key.sign(message)));
  }
}

TEST(Sign, RefusesEveryChangedBitOfMessageSignatureAndKey) {
  const SecretKey key(seed_of(kVectors[0].secret));
  core::Bytes message = {'n', 'o', 'o', 'n'};
  const Signature signature = key.sign(message);
  ASSERT_TRUE(verify(key.public_key(), message, signature));
  for (std::size_t bit = 0; bit < 8 * message.size(); ++bit) {
    core::Bytes changed = message;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(verify(key.public_key(), changed, signature)) << "message bit " << bit;
  }
  for (std::size_t bit = 0; bit < 8 * Signature::kSize; ++bit) {
    Signature changed = signature;
    changed.bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(verify(key.public_key(), message, changed)) << "signature bit " << bit;
  }
  for (std::size_t bit = 0; bit < 8 * PublicKey::kSize; ++bit) {
    PublicKey changed = key.public_key();
    changed.bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_FALSE(verify(changed, message, signature)) << "key bit " << bit;
  }
}

TEST(Sign, TheZeroKeyVerifiesNothing) { EXPECT_FALSE(verify(PublicKey{}, core::Bytes{}, Signature{})); }

TEST(Sign, GeneratedSeedsDiffer) {
  const Seed first = Seed::generate();
  const Seed second = Seed::generate();
  EXPECT_FALSE(std::equal(first.bytes().begin(), first.bytes().end(), second.bytes().begin()));
}

TEST(Sign, AMovedFromKeyIsWiped) {
  SecretKey key(seed_of(kVectors[1].secret));
  const SecretKey moved = std::move(key);
  EXPECT_EQ(moved.public_key().hex(), kVectors[1].public_key);
  EXPECT_EQ(key.public_key(), PublicKey{});  // NOLINT(bugprone-use-after-move): that is what is looked at
}

TEST(Sign, TextFormsComeBack) {
  const PublicKey key = SecretKey(seed_of(kVectors[2].secret)).public_key();
  EXPECT_EQ(PublicKey::parse(key.hex()).value(), key);
  const Signature signature = SecretKey(seed_of(kVectors[2].secret)).sign({});
  EXPECT_EQ(Signature::parse(signature.hex()).value(), signature);
}

TEST(Sign, OtherTextIsRefused) {
  const std::string key = kVectors[0].public_key;
  for (const std::string& text : {std::string(), key.substr(1), key + "0", "D" + key.substr(1), "g" + key.substr(1)}) {
    EXPECT_FALSE(PublicKey::parse(text).ok()) << text;
  }
  EXPECT_FALSE(Signature::parse(key).ok());
}

}  // namespace
}  // namespace noonmark::sign
