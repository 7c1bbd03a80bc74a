#include "crypto/hash/blake2b.h"

#include <gtest/gtest.h>

#include "base/codec/json.h"
#include "base/codec/text.h"
#include "base/core/files.h"

namespace noonmark::hash {
namespace {

using codec::Json;

// RFC 7693, appendix A.
TEST(Blake2b, EqualsTheExampleOfItsStandard) {
  EXPECT_EQ(codec::hex(blake2b_512(core::as_bytes("abc"))),
            "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
            "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
}

// Python's hashlib.blake2b(b"abc", digest_size=n).
TEST(Blake2b, ShorterOutputsAreFunctionsOfTheirOwn) {
  EXPECT_EQ(codec::hex(blake2b_128(core::as_bytes("abc"))), "cf4ab791c62b8d2b2109c90275287816");
  EXPECT_EQ(codec::hex(blake2b_256(core::as_bytes("abc"))),
            "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

TEST(Blake2b, EqualsTheStorageHashersOfTheChain) {
  const Json golden =
      codec::parse_json(core::read_text(NOONMARK_SOURCE_DIR "/tests/golden/chain/crypto_vectors.json", 1 << 20).value())
          .value();
  int seen = 0;
  for (const Json& one : golden.find("hashers")->as_array()) {
    const std::string& hasher = one.find("hasher")->as_string();
    if (!hasher.starts_with("Blake2")) continue;
    const std::string input = one.find("in")->as_string().substr(2);
    const core::Bytes bytes = codec::parse_hex(input).value();
    const std::string expected =
        hasher == "Blake2_256" ? codec::hex(blake2b_256(bytes)) : codec::hex(blake2b_128(bytes)) + input;
    EXPECT_EQ("0x" + expected, one.find("out")->as_string()) << hasher << " of 0x" << input;
    ++seen;
  }
  EXPECT_GE(seen, 18);
}

}  // namespace
}  // namespace noonmark::hash
