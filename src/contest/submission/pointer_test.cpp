#include "contest/submission/pointer.h"

#include <gtest/gtest.h>

#include "base/core/random.h"
#include "contest/submission/commitment.h"

namespace noonmark::submission {
namespace {

const std::string kCommit = "0123456789abcdef0123456789abcdef01234567";

TEST(Pointer, EveryFormComesBack) {
  for (const std::string& text :
       {std::string("https://store.example/packages"), std::string("http://127.0.0.1:8080"),
        std::string("https://a.example/x.tar.zst"), "hf:owner/repo@" + kCommit,
        "hf:owner/repo@" + kCommit + "/sub/folder", std::string("git+https://github.com/o/r@v1.0"),
        std::string("git+https://git.example:8443/o/r.git@release/2")}) {
    const auto bytes = pointer_bytes(text);
    ASSERT_TRUE(bytes.ok()) << text << ": " << bytes.error().message;
    EXPECT_LE(bytes->size(), kMaxPointer);
    EXPECT_EQ(pointer_text(*bytes).value(), text);
  }
}

TEST(Pointer, AHuggingFaceCommitTakesTwentyBytes) {
  EXPECT_EQ(pointer_bytes("hf:o/r@" + kCommit).value().size(), 1 + 3 + 1 + 20U);
}

TEST(Pointer, OtherTextsAreRefusedWithWhatWouldDo) {
  for (const std::string& text :
       {std::string(), std::string("ftp://a/b"), std::string("https://"), std::string("https:///x"),
        std::string("https://user:secret@host/x"), std::string("https://host/a b"),
        std::string("https://host/\xc3\xa4"), std::string("hf:owner@") + kCommit, std::string("hf:owner/repo@main"),
        "hf:owner/repo@" + kCommit.substr(1), "hf:owner/repo@" + kCommit + "/../x", "hf:owner/repo@" + kCommit + "x",
        "hf:owner/repo@ABCDEF" + kCommit.substr(6), std::string("git+https://host@v1"),
        std::string("git+https://host/r@-upload-pack=x"), std::string("git+https://a@b/c@v1"),
        std::string("git+ssh://host/r@v1"), std::string("/etc/passwd"), "https://host/" + std::string(60, 'x')}) {
    const auto bytes = pointer_bytes(text);
    ASSERT_FALSE(bytes.ok()) << text;
    EXPECT_EQ(bytes.error().kind, core::ErrorKind::invalid);
  }
}

TEST(Pointer, OnlyAStoreIsAskedForTheContentByName) {
  const hash::Digest content = hash::sha256("x");
  for (const char* store : {"https://store.example/p", "https://store.example/p/"}) {
    EXPECT_EQ(place_of(store, content), "https://store.example/p/" + content.hex() + ".tar.zst");
  }
  for (const std::string& place :
       {std::string("https://a.example/x.tar.zst"), "hf:owner/repo@" + kCommit, std::string("git+https://host/r@v1")}) {
    EXPECT_EQ(place_of(place, content), place);
  }
}

TEST(Pointer, HostileBytesAreRefusedOrStandForExactlyOneText) {
  core::Philox random(6);
  int good = 0;
  for (int i = 0; i < 50'000; ++i) {
    core::Bytes bytes = pointer_bytes(i % 3 == 0   ? "hf:owner/repo@" + kCommit + "/sub"
                                      : i % 3 == 1 ? "git+https://host/r@v1"
                                                   : std::string("https://host/x"))
                            .value();
    for (std::uint64_t n = random.below(3); n > 0; --n) {
      bytes[random.below(bytes.size())] = static_cast<std::uint8_t>(random.below(256));
    }
    if (random.below(4) == 0) bytes.resize(random.below(80));
    const auto text = pointer_text(bytes);
    if (!text.ok()) continue;
    ++good;
    EXPECT_EQ(pointer_bytes(*text).value(), bytes);
  }
  EXPECT_GT(good, 1000);
}

}  // namespace
}  // namespace noonmark::submission
