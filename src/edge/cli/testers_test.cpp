#include "edge/cli/testers.h"

#include <gtest/gtest.h>

namespace noonmark::cli {
namespace {

TEST(ParseAddress, TakesHostAndPortWithAndWithoutAScheme) {
  for (const char* text : {"example.org:81", "http://example.org:81", "http://example.org:81/"}) {
    const auto address = parse_address(text);
    ASSERT_TRUE(address.ok()) << text;
    EXPECT_EQ(address->host, "example.org");
    EXPECT_EQ(address->port, 81);
  }
  EXPECT_EQ(parse_address("[::1]:80")->host, "::1");
  EXPECT_EQ(parse_address("127.0.0.1:0")->port, 0);
}

TEST(ParseAddress, SaysWhatItWants) {
  for (const char* text : {"", ":", "host", "host:", ":80", "host:x", "host:65536", "host:-1", "https://host"}) {
    const auto address = parse_address(text);
    ASSERT_FALSE(address.ok()) << text;
    EXPECT_EQ(address.error().kind, core::ErrorKind::usage);
  }
}

}  // namespace
}  // namespace noonmark::cli
