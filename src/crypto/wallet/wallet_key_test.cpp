#include "crypto/wallet/wallet_key.h"

#include <gtest/gtest.h>

#include "base/codec/json.h"
#include "base/core/random.h"
#include "crypto/wallet/derivation.h"
#include "crypto/wallet/internal/flat_json.h"

namespace noonmark::wallet {
namespace {

constexpr const char* kAddress = "5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV";
constexpr const char* kPublic = "0x46ebddef8cd9bb167dc30878d7113b7e168e6f0646beffd77d69d39bad76b47a";
constexpr const char* kSeed = "0xfac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e";

std::string address(std::string_view text) {
  const auto key = parse_key_text(text);
  return key.ok() ? key->pair.account().ss58() : key.error().message;
}

std::string object(std::initializer_list<std::pair<std::string, std::string>> members) {
  std::string text = "{";
  for (const auto& [name, value] : members) {
    text += (text.size() > 1 ? ",\"" : "\"") + name + "\":\"" + value + "\"";
  }
  return text + "}";
}

TEST(KeyText, ComesBack) {
  for (const std::string& uri : {std::string(kDevelopmentPhrase), std::string(kSeed), std::string("//Alice")}) {
    const WalletKey key = parse_secret_uri(uri).value();
    const sign::SecretText text = write_key_text(key);
    ASSERT_TRUE(codec::parse_json(*text).ok()) << "others can read it";
    const WalletKey again = parse_key_text(*text).value();
    EXPECT_EQ(again.pair.expanded(), key.pair.expanded());
    EXPECT_EQ(*again.phrase, *key.phrase);
    EXPECT_EQ(*write_key_text(again), *text);
    EXPECT_EQ(parse_account_text(*text).value(), key.pair.account());
    EXPECT_EQ(parse_account_text(write_account_text(key.pair.account())).value(), key.pair.account());
  }
}

TEST(KeyText, HoldsTheMembersThatOtherToolsRead) {
  const WalletKey key = parse_secret_uri(kDevelopmentPhrase).value();
  const codec::Json json = codec::parse_json(*write_key_text(key)).value();
  EXPECT_EQ(json.find("accountId")->as_string(), kPublic);
  EXPECT_EQ(json.find("publicKey")->as_string(), kPublic);
  EXPECT_EQ(json.find("secretPhrase")->as_string(), kDevelopmentPhrase);
  EXPECT_EQ(json.find("secretSeed")->as_string(), kSeed);
  EXPECT_EQ(json.find("ss58Address")->as_string(), kAddress);
  EXPECT_EQ(json.find("privateKey")->as_string().size(), 130u);
}

TEST(KeyText, ReadsTheFormsOfOldAndNewTools) {
  const std::string phrase(kDevelopmentPhrase);
  EXPECT_EQ(address(object({{"secretPhrase", phrase}})), kAddress);
  EXPECT_EQ(address(object({{"secretSeed", kSeed}, {" ss58Address", kAddress}})), kAddress);
  EXPECT_EQ(address(object({{"secretSeed", std::string(kSeed).substr(2)}})), kAddress);
  EXPECT_EQ(address("{\"accountId\": null, \"cryptoType\": 1,\n \"new\": -1.5e3, \"secretSeed\": \"" +
                    std::string(kSeed) + "\"}"),
            kAddress);
  EXPECT_EQ(parse_account_text(object({{" ss58Address", kAddress}})).value().ss58(), kAddress);
  EXPECT_EQ(parse_account_text(object({{"publicKey", kPublic}})).value().ss58(), kAddress);
}

TEST(KeyText, RefusesWhatContradictsItself) {
  const std::string other = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
  EXPECT_NE(address(object({{"secretSeed", kSeed}, {"ss58Address", other}})).find("ss58Address"), std::string::npos);
  EXPECT_NE(address(object({{"secretSeed", kSeed}, {" ss58Address", other}})).find("ss58Address"), std::string::npos);
  EXPECT_FALSE(parse_account_text(object({{"publicKey", kPublic}, {"ss58Address", other}})).ok());
  EXPECT_NE(address(object({{"ss58Address", other}})).find("no secret"), std::string::npos);
  EXPECT_NE(address(object({{"secretSeed", "0x12"}})).find("64"), std::string::npos);
  EXPECT_NE(address(object({{"privateKey", "0x" + std::string(128, 'f')}})).find("privateKey"), std::string::npos);
  EXPECT_EQ(parse_key_text("{\"cryptoType\": 0, \"secretSeed\": \"" + std::string(kSeed) + "\"}").error().kind,
            core::ErrorKind::denied);
}

TEST(KeyText, ErrorsNeverRepeatSecrets) {
  const std::string message = address(object({{"secretPhrase", "bottom drive obey"}}));
  EXPECT_EQ(message.find("bottom"), std::string::npos);
  EXPECT_EQ(address(object({{"secretSeed", "0xfac7959d"}})).find("fac7959d"), std::string::npos);
}

TEST(KeyText, RefusesWhatIsNoFlatObject) {
  for (const char* bad : {"", "{", "}", "[]", "null", "{\"a\"}", "{\"a\":}", "{\"a\":\"b\",}", "{\"a\":\"b\"} x",
                          "{\"a\":{}}", "{\"a\":\"\\n\"}", "{\"a\":\"b\",\"a\":\"c\"}", "{a:1}", "{\"a\":\"b"}) {
    EXPECT_FALSE(FlatJson::parse(bad).ok()) << bad;
  }
  std::string many = "{\"x\":1";
  for (int i = 0; i < 64; ++i) many += ",\"" + std::to_string(i) + "\":1";
  EXPECT_FALSE(FlatJson::parse(many + "}").ok());
  EXPECT_EQ(parse_key_text(std::string(1 << 20, ' ')).error().kind, core::ErrorKind::corrupt);
}

TEST(KeyText, CutAndChangedTextsAreRefusedOrTheSameKey) {
  const std::string text = *write_key_text(parse_secret_uri(kDevelopmentPhrase).value());
  for (std::size_t size = 0; size < text.size(); ++size)
    EXPECT_FALSE(parse_key_text(text.substr(0, size)).ok()) << size;
  core::Philox random(17);
  for (int i = 0; i < 300; ++i) {
    std::string changed = text;
    changed[random.below(changed.size())] = static_cast<char>(random.below(256));
    const auto key = parse_key_text(changed);
    if (!key.ok()) continue;
    EXPECT_EQ(key->pair.account().ss58(), kAddress);
  }
}

}  // namespace
}  // namespace noonmark::wallet
