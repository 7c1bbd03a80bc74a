#include "base/codec/text.h"

#include <gtest/gtest.h>

namespace noonmark::codec {
namespace {

using core::as_bytes;

TEST(Hex, WritesLowerCaseAndReadsEither) {
  EXPECT_EQ(hex(as_bytes("\x01\xab")), "01ab");
  EXPECT_EQ(core::as_text(parse_hex("01AB").value()), "\x01\xab");
  EXPECT_FALSE(parse_hex("1").ok());
  EXPECT_FALSE(parse_hex("0g").ok());
}

// RFC 4648 §10.
TEST(Base64, EqualsTheVectorsOfItsRfc) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : vectors) {
    EXPECT_EQ(base64(as_bytes(plain)), encoded);
    EXPECT_EQ(core::as_text(parse_base64(encoded).value()), plain);
  }
}

TEST(Base64, RefusesWhatHasMoreThanOneMeaning) {
  for (const char* bad : {"Zg", "Zg=", "Zh==", "Z===", "Zm 9v", "Zm9v\n", "====", "Zg==Zg==", "Zm9-"})
    EXPECT_FALSE(parse_base64(bad).ok()) << bad;
}

TEST(Utf8, AcceptsEveryPlaneAndRefusesTheRest) {
  EXPECT_TRUE(is_utf8("aé漢😀"));
  for (const char* bad :
       {"\x80", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xe2\x82"})
    EXPECT_FALSE(is_utf8(bad));
}

}  // namespace
}  // namespace noonmark::codec
