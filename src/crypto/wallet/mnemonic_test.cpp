#include "crypto/wallet/mnemonic.h"

#include <gtest/gtest.h>

#include "base/codec/json.h"
#include "base/codec/text.h"
#include "base/core/files.h"
#include "base/core/random.h"
#include "crypto/hash/hash.h"
#include "crypto/wallet/internal/english.h"

namespace noonmark::wallet {
namespace {

using codec::Json;

constexpr const char* kPhrase = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";

core::Bytes random_bytes(core::Philox& random, std::size_t size) {
  core::Bytes bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random.below(256));
  return bytes;
}

std::string problem(const std::string& phrase) {
  const auto parsed = parse_phrase(phrase);
  return parsed.ok() ? "" : parsed.error().message;
}

TEST(English, IsTheListOfBip39) {
  std::string all;
  for (std::size_t i = 0; i < kEnglishWords; ++i) {
    all += std::string(english_word(i)) + "\n";
    EXPECT_EQ(english_index(english_word(i)), i);
  }
  // The digest of english.txt as it is published with the proposal.
  EXPECT_EQ(hash::sha256(all).hex(), "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda");
  for (const char* other : {"", "a", "zoos", "zzz", "Zoo", "abandons"}) EXPECT_FALSE(english_index(other)) << other;
}

TEST(Mnemonic, EqualsTheChainsVectors) {
  const std::string path = NOONMARK_SOURCE_DIR "/tests/golden/chain/crypto_vectors.json";
  const Json vectors = codec::parse_json(core::read_text(path, 1 << 20).value()).value();
  for (const Json& one : vectors.find("bip39")->as_array()) {
    const auto entropy = parse_phrase(one.find("phrase")->as_string());
    ASSERT_TRUE(entropy.ok());
    EXPECT_EQ("0x" + codec::hex(**entropy), one.find("entropy")->as_string());
    EXPECT_EQ(*phrase_of(**entropy), one.find("phrase")->as_string());
    const sign::Seed seed = mini_secret_of(**entropy, one.find("password")->as_string());
    EXPECT_EQ("0x" + codec::hex(seed.bytes()), one.find("mini")->as_string());
  }
}

// From BIP39's own vectors (trezor/python-mnemonic, vectors.json).
TEST(Mnemonic, EqualsTheVectorsOfItsProposal) {
  EXPECT_EQ(*phrase_of(core::Bytes(16, 0x00)),
            "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about");
  EXPECT_EQ(*phrase_of(core::Bytes(16, 0xFF)), "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo wrong");
  EXPECT_EQ(*phrase_of(core::Bytes(24, 0x7F)),
            "legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful legal "
            "will");
  EXPECT_EQ(*phrase_of(core::Bytes(32, 0x80)),
            "letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic "
            "avoid letter advice cage absurd amount doctor acoustic bless");
}

TEST(Mnemonic, ReadsWhatItWrites) {
  core::Philox random(39);
  for (int i = 0; i < 200; ++i) {
    const core::Bytes entropy = random_bytes(random, 16 + 4 * random.below(5));
    const sign::SecretText phrase = phrase_of(entropy);
    EXPECT_EQ(**parse_phrase(*phrase), entropy);
  }
}

TEST(Mnemonic, LaysNoWeightOnSpacesAndCapitals) {
  const auto entropy = parse_phrase("  Bottom DRIVE obey\tlake\ncurtain smoke basket  hold race lonely fit walk\n");
  ASSERT_TRUE(entropy.ok());
  EXPECT_EQ(**entropy, **parse_phrase(kPhrase));
}

TEST(Mnemonic, NamesTheWrongWord) {
  EXPECT_NE(problem("bottom drive obey lake curtian smoke basket hold race lonely fit walk").find("word 5"),
            std::string::npos);
  EXPECT_NE(problem("botom drive").find("word 1 of the phrase, 'botom'"), std::string::npos);
  EXPECT_NE(problem("bottom drivee").find("was it 'drive'?"), std::string::npos);
  EXPECT_EQ(problem("bottom \x1b[2J").find('\x1b'), std::string::npos);
  EXPECT_NE(problem("bottom drive obey").find("not 3"), std::string::npos);
  EXPECT_NE(problem("").find("not 0"), std::string::npos);
  EXPECT_NE(problem("drive bottom obey lake curtain smoke basket hold race lonely fit walk").find("checksum"),
            std::string::npos);
  EXPECT_NE(problem(std::string(1 << 20, 'a')).find("24 words"), std::string::npos);
  std::string long_one;
  for (int i = 0; i < 27; ++i) long_one += "zoo ";
  EXPECT_NE(problem(long_one).find("not 27"), std::string::npos);
}

TEST(Mnemonic, AWrongWordIsMostlyFound) {
  core::Philox random(2048);
  int accepted = 0;
  for (int i = 0; i < 1000; ++i) {
    core::Bytes entropy = random_bytes(random, 32);
    std::string phrase = *phrase_of(entropy);
    const std::size_t space = phrase.find(' ');
    accepted += parse_phrase(std::string(english_word(random.below(kEnglishWords))) + phrase.substr(space)).ok();
  }
  EXPECT_LT(accepted, 20) << "eight bits of checksum let one in 256 pass";
}

}  // namespace
}  // namespace noonmark::wallet
