#include "crypto/hash/twox.h"

#include <gtest/gtest.h>

#include "base/codec/json.h"
#include "base/codec/text.h"
#include "base/core/files.h"

namespace noonmark::hash {
namespace {

using codec::Json;

Json golden() {
  const std::string path = NOONMARK_SOURCE_DIR "/tests/golden/chain/crypto_vectors.json";
  return codec::parse_json(core::read_text(path, 1 << 20).value()).value();
}

// npm @polkadot/util-crypto 14.0.3, xxhashAsHex.
TEST(Twox, LongerOutputsBeginWithTheShorter) {
  const std::string all = "990977adf52cbc440889329981caa9bef7da5770b2b8a05303b75d95360dd62b";
  EXPECT_EQ(codec::hex(twox_64(core::as_bytes("abc"))), all.substr(0, 16));
  EXPECT_EQ(codec::hex(twox_128(core::as_bytes("abc"))), all.substr(0, 32));
  EXPECT_EQ(codec::hex(twox_256(core::as_bytes("abc"))), all);
}

TEST(Twox, EqualsTheNamesOfTheChainsStorage) {
  const Json vectors = golden();
  for (const Json& one : vectors.find("twox128")->as_array()) {
    const std::string& name = one.find("s")->as_string();
    EXPECT_EQ("0x" + codec::hex(twox_128(core::as_bytes(name))), one.find("v")->as_string()) << name;
  }
}

TEST(Twox, EqualsTheStorageHashersOfTheChain) {
  const Json vectors = golden();
  int seen = 0;
  for (const Json& one : vectors.find("hashers")->as_array()) {
    const std::string& hasher = one.find("hasher")->as_string();
    if (!hasher.starts_with("Twox")) continue;
    const std::string input = one.find("in")->as_string().substr(2);
    const core::Bytes bytes = codec::parse_hex(input).value();
    const std::string expected = hasher == "Twox256" ? codec::hex(twox_256(bytes)) : codec::hex(twox_64(bytes)) + input;
    EXPECT_EQ("0x" + expected, one.find("out")->as_string()) << hasher << " of 0x" << input;
    ++seen;
  }
  EXPECT_GE(seen, 18);
}

}  // namespace
}  // namespace noonmark::hash
