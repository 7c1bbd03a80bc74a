#include "crypto/sign/account.h"

#include <gtest/gtest.h>

#include "base/codec/json.h"
#include "base/core/files.h"
#include "base/core/random.h"
#include "crypto/sign/internal/base58.h"

namespace noonmark::sign {
namespace {

using codec::Json;

constexpr const char* kAliceHex = "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d";
constexpr const char* kAlice = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";

AccountId random_account(core::Philox& random) {
  AccountId account;
  for (auto& byte : account.bytes) byte = static_cast<std::uint8_t>(random.below(256));
  return account;
}

// draft-msporny-base58-03, section 5.
TEST(Base58, EqualsTheExamplesOfItsDraft) {
  EXPECT_EQ(base58(core::as_bytes("Hello World!")), "2NEpo7TZRRrLZSi2U");
  EXPECT_EQ(base58(core::as_bytes("The quick brown fox jumps over the lazy dog.")),
            "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z");
  EXPECT_EQ(base58(core::Bytes{0x00, 0x00, 0x28, 0x7f, 0xb4, 0xcd}), "11233QC4");
}

TEST(Base58, ReadsWhatItWrites) {
  core::Philox random(58);
  for (int i = 0; i < 300; ++i) {
    core::Bytes bytes(random.below(50));
    for (auto& byte : bytes) byte = random.below(3) == 0 ? 0 : static_cast<std::uint8_t>(random.below(256));
    EXPECT_EQ(parse_base58(base58(bytes), 100).value(), bytes);
  }
  EXPECT_EQ(parse_base58("", 100).value(), core::Bytes());
  for (const char* bad : {"0", "O", "I", "l", " ", "2N\xC3\xA4"}) EXPECT_FALSE(parse_base58(bad, 100).ok()) << bad;
  EXPECT_FALSE(parse_base58(std::string(101, '1'), 100).ok());
}

TEST(AccountId, EqualsTheChainsVectors) {
  const std::string path = NOONMARK_SOURCE_DIR "/tests/golden/chain/crypto_vectors.json";
  const Json vectors = codec::parse_json(core::read_text(path, 1 << 20).value()).value();
  for (const Json& one : vectors.find("ss58")->as_array()) {
    const AccountId account = AccountId::parse(one.find("pub")->as_string()).value();
    const auto prefix = static_cast<std::uint16_t>(one.find("fmt")->as_integer());
    EXPECT_EQ(account.ss58(prefix), one.find("ss58")->as_string());
    EXPECT_EQ(AccountId::parse(one.find("ss58")->as_string()).value(), account);
  }
}

TEST(AccountId, ReadsEveryFormOfAName) {
  const AccountId alice = AccountId::parse(kAlice).value();
  EXPECT_EQ(alice.hex(), kAliceHex);
  EXPECT_EQ(alice.ss58(), kAlice);
  EXPECT_EQ(AccountId::parse(kAliceHex).value(), alice);
  EXPECT_EQ(AccountId::parse(std::string("0x") + kAliceHex).value(), alice);
}

TEST(AccountId, EveryPrefixComesBack) {
  core::Philox random(5);
  for (unsigned prefix = 0; prefix < 16384; prefix += prefix < 130 ? 1 : 61) {
    const AccountId account = random_account(random);
    EXPECT_EQ(AccountId::parse(account.ss58(static_cast<std::uint16_t>(prefix))).value(), account) << prefix;
  }
  AccountId zero;
  EXPECT_EQ(AccountId::parse(zero.ss58(0)).value(), zero);
}

TEST(AccountId, SaysWhatIsWrong) {
  const auto message = [](const std::string& text) { return AccountId::parse(text).error().message; };
  const std::string alice = kAlice;
  EXPECT_NE(message("").find("short"), std::string::npos);
  EXPECT_NE(message(alice.substr(0, 40)).find("short"), std::string::npos);
  EXPECT_NE(message(alice + "1111").find("long"), std::string::npos);
  EXPECT_NE(message("0" + alice.substr(1)).find("character 1 "), std::string::npos);
  EXPECT_NE(message(std::string(10'000'000, 'z')).find("more than"), std::string::npos);
  EXPECT_NE(message(std::string("0x") + kAlice).find("64 digits"), std::string::npos);
  EXPECT_NE(message(std::string(64, 'g')).find("64 digits"), std::string::npos);
}

TEST(AccountId, NoMisspeltNameIsAccepted) {
  const std::string alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  core::Philox random(7);
  int accepted = 0;
  for (int i = 0; i < 2000; ++i) {
    std::string text = kAlice;
    const std::size_t at = random.below(text.size());
    const char other = alphabet[random.below(alphabet.size())];
    if (other == text[at]) continue;
    text[at] = other;
    accepted += AccountId::parse(text).ok();
  }
  EXPECT_LE(accepted, 1) << "16 bits of checksum let one in 65536 pass";
}

}  // namespace
}  // namespace noonmark::sign
