#include "crypto/wallet/derivation.h"

#include <gtest/gtest.h>

#include "base/codec/json.h"
#include "base/codec/text.h"
#include "base/core/files.h"
#include "base/core/random.h"

namespace noonmark::wallet {
namespace {

using codec::Json;

Json golden() {
  const std::string path = NOONMARK_SOURCE_DIR "/tests/golden/chain/crypto_vectors.json";
  return codec::parse_json(core::read_text(path, 1 << 20).value()).value();
}

std::string address(std::string_view uri) {
  const auto key = parse_secret_uri(uri);
  return key.ok() ? key->pair.account().ss58() : key.error().message;
}

TEST(SecretUri, EqualsTheChainsKeys) {
  const Json vectors = golden();
  for (const Json& one : vectors.find("keys")->as_array()) {
    const auto key = parse_secret_uri(one.find("uri")->as_string());
    ASSERT_TRUE(key.ok()) << one.find("uri")->as_string();
    EXPECT_EQ("0x" + key->pair.account().hex(), one.find("pub")->as_string());
    EXPECT_EQ(key->pair.account().ss58(), one.find("ss58")->as_string());
    if (const Json* secret = one.find("secret64")) {
      EXPECT_EQ("0x" + codec::hex(key->pair.expanded()), secret->as_string());
    }
  }
}

TEST(SecretUri, VerifiesWhatTheChainsKeysSigned) {
  const Json vectors = golden();
  for (const Json& one : vectors.find("signatures")->as_array()) {
    EXPECT_EQ("0x" + parse_secret_uri(one.find("uri")->as_string())->pair.account().hex(),
              one.find("pub")->as_string());
  }
}

TEST(SecretUri, KnowsPasswords) {
  const Json vectors = golden();
  for (const Json& one : vectors.find("bip39")->as_array()) {
    const std::string& password = one.find("password")->as_string();
    const std::string uri = one.find("phrase")->as_string() + (password.empty() ? "" : "///" + password);
    EXPECT_EQ(address(uri), one.find("ss58")->as_string());
  }
}

TEST(SecretUri, TakesSeeds) {
  const std::string seed = "0xfac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e";
  EXPECT_EQ(address(seed), "5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV");
  EXPECT_EQ(address(seed + "//Alice"), address("//Alice"));
  EXPECT_EQ(address(std::string(kDevelopmentPhrase) + "//Alice"), address("//Alice"));
  EXPECT_NE(address(seed + "///secret").find("password"), std::string::npos);
  EXPECT_NE(address(seed + "0").find("64"), std::string::npos);
}

TEST(SecretUri, KeepsOnlyWhatGivesTheKeyAgain) {
  const auto plain = parse_secret_uri(kDevelopmentPhrase).value();
  EXPECT_EQ(*plain.phrase, kDevelopmentPhrase);
  EXPECT_TRUE(plain.seed);
  const auto with_password = parse_secret_uri(std::string(kDevelopmentPhrase) + "///x").value();
  EXPECT_TRUE(with_password.phrase->empty());
  EXPECT_TRUE(with_password.seed);
  const auto derived = parse_secret_uri("//Alice").value();
  EXPECT_TRUE(derived.phrase->empty());
  EXPECT_FALSE(derived.seed);
}

TEST(SecretUri, RefusesWhatIsNone) {
  for (const std::string& bad : {std::string(), std::string("/"), std::string("//"), std::string("//a//"),
                                 std::string("//a/"), std::string("0x"), std::string("0x12"), std::string("nonsense"),
                                 std::string("//\xFF"), std::string("//18446744073709551616"), std::string("//+7"),
                                 std::string(1025, '/'), std::string(1 << 20, 'a')}) {
    EXPECT_FALSE(parse_secret_uri(bad).ok()) << bad.substr(0, 40);
  }
  EXPECT_TRUE(parse_secret_uri("//18446744073709551615").ok());
  EXPECT_TRUE(parse_secret_uri("//a///").ok()) << "an empty password";
}

TEST(SecretUri, ChangedBytesAreAnotherKeyOrNone) {
  core::Philox random(11);
  const std::string good = std::string(kDevelopmentPhrase) + "//Alice/soft";
  for (int i = 0; i < 300; ++i) {
    std::string text = good;
    for (std::size_t changes = 1 + random.below(3); changes > 0; --changes) {
      text[random.below(text.size())] = static_cast<char>(random.below(256));
    }
    const auto key = parse_secret_uri(text);
    if (!key.ok() || text == good || !text.starts_with(kDevelopmentPhrase)) continue;
    EXPECT_NE(address(text), address(good));
  }
}

TEST(Path, JunctionsAreReadAsNumbersOrTexts) {
  const auto path = parse_path("//Alice/42").value();
  ASSERT_EQ(path.size(), 2u);
  EXPECT_TRUE(path[0].hard);
  EXPECT_EQ(codec::hex(path[0].chain_code).substr(0, 14), "14416c69636500");
  EXPECT_FALSE(path[1].hard);
  EXPECT_EQ(codec::hex(path[1].chain_code).substr(0, 6), "2a0000");
  EXPECT_TRUE(parse_path("").value().empty());
  EXPECT_FALSE(parse_path("Alice").ok());
}

}  // namespace
}  // namespace noonmark::wallet
