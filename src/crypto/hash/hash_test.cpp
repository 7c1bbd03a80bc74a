#include "crypto/hash/hash.h"

#include <gtest/gtest.h>

#include "base/core/files.h"

namespace noonmark::hash {
namespace {

// FIPS 180-4 examples.
TEST(Sha256, EqualsTheExamplesOfItsStandard) {
  EXPECT_EQ(sha256("abc").hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("").hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256, PiecesAndFilesGiveTheSameDigest) {
  const std::string text(200000, 'x');
  Sha256 hasher;
  hasher.update(core::as_bytes(std::string_view(text).substr(0, 1)));
  hasher.update(core::as_bytes(std::string_view(text).substr(1)));
  EXPECT_EQ(hasher.finish(), sha256(text));
  EXPECT_EQ(hasher.finish(), sha256("")) << "starts anew";
  const core::TempDir directory = core::TempDir::create("noonmark-test-").value();
  ASSERT_TRUE(core::write_file_atomic(directory.path() / "x", text).ok());
  EXPECT_EQ(sha256_file(directory.path() / "x").value(), sha256(text));
  EXPECT_EQ(sha256_file(directory.path() / "y").error().kind, core::ErrorKind::not_found);
}

// RFC 4231, test cases 1, 2 and 6.
TEST(HmacSha256, EqualsTheExamplesOfItsStandard) {
  EXPECT_EQ(hmac_sha256(core::Bytes(20, 0x0b), "Hi There").hex(),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hmac_sha256(core::as_bytes("Jefe"), "what do ya want for nothing?").hex(),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hmac_sha256(core::Bytes(131, 0xaa), "Test Using Larger Than Block-Size Key - Hash Key First").hex(),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Digest, ParsesWhatItWrites) {
  const Digest digest = sha256("abc");
  EXPECT_EQ(Digest::parse(digest.hex()).value(), digest);
  EXPECT_EQ(Digest::parse("sha256:" + digest.hex()).value(), digest);
  for (const char* bad : {"", "abc", "sha256:", "zz7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"})
    EXPECT_FALSE(Digest::parse(bad).ok());
}

}  // namespace
}  // namespace noonmark::hash
