#include "crypto/wallet/encryption.h"

#include <gtest/gtest.h>

#include "base/codec/text.h"
#include "base/core/files.h"
#include "crypto/wallet/wallet_key.h"

namespace noonmark::wallet {
namespace {

core::Bytes golden() {
  return core::read_file(NOONMARK_SOURCE_DIR "/tests/golden/wallet/coldkey.nacl", 1 << 16).value();
}

// Each opening takes 512 MiB and seconds, so one test says it all.
TEST(Encryption, OpensAndWritesTheFormOfOtherTools) {
  const core::Bytes content = golden();
  ASSERT_EQ(closure_of(content), Closure::nacl);
  const auto text = decrypt(content, "correct horse");
  ASSERT_TRUE(text.ok());
  EXPECT_EQ(parse_key_text(**text)->pair.account().ss58(), "5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV");
  EncryptionNonce nonce;
  std::copy_n(content.begin() + 5, nonce.size(), nonce.begin());
  EXPECT_EQ(encrypt(**text, "correct horse", nonce).value(), content);
  EXPECT_EQ(decrypt(content, "wrong horse").error().kind, core::ErrorKind::denied);
}

TEST(Encryption, WhatIsTooShortTakesNoTimeToRefuse) {
  core::Bytes content = golden();
  for (const std::size_t size : {0u, 4u, 5u, 28u, 44u}) {
    content.resize(size);
    EXPECT_EQ(decrypt(content, "correct horse").error().kind, core::ErrorKind::corrupt);
    content = golden();
  }
}

TEST(Encryption, TellsHowAFileIsClosed) {
  EXPECT_EQ(closure_of(core::as_bytes("$ANSIBLE_VAULT;1.1;AES256")), Closure::ansible_vault);
  EXPECT_EQ(closure_of(core::as_bytes("gAAAAABm")), Closure::fernet);
  EXPECT_EQ(closure_of(core::as_bytes("{}")), Closure::open);
  EXPECT_EQ(closure_of({}), Closure::open);
}

TEST(PasswordVariable, IsTheOneOfOtherTools) {
  const std::string name = password_variable("/home/ann/.bittensor/wallets/main/coldkey");
  EXPECT_EQ(name, "BT_PW__HOME_ANN__BITTENSOR_WALLETS_MAIN_COLDKEY");
  // 'S' ^ 'B' = 0x11, 'e' ^ 'T' = 0x31, 's' ^ '_' = 0x2c.
  EXPECT_EQ(*decode_password(name, codec::base64(core::Bytes{0x11, 0x31, 0x2c})).value(), "Ses");
  EXPECT_EQ(*decode_password(name, "").value(), "");
  EXPECT_EQ(decode_password(name, "no base64!").error().kind, core::ErrorKind::invalid);
}

}  // namespace
}  // namespace noonmark::wallet
