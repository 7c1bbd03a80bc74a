#include "net/fetch/address.h"

#include <gtest/gtest.h>

namespace noonmark::fetch {
namespace {

TEST(Address, KnowsWhatThePublicInternetRoutes) {
  for (const char* address : {"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.0.1",
                              "172.32.0.1", "192.167.1.1", "198.17.0.1", "223.255.255.255", "2606:4700::1111",
                              "2a00::1", "::ffff:1.1.1.1", "2001:200::1"}) {
    EXPECT_TRUE(is_public_address(address)) << address;
  }
}

TEST(Address, RefusesEverySpecialPurpose) {
  for (const char* address : {"0.0.0.0",
                              "10.1.2.3",
                              "100.64.0.1",
                              "100.127.255.255",
                              "127.0.0.1",
                              "127.255.0.9",
                              "169.254.169.254",
                              "172.16.0.1",
                              "172.31.255.255",
                              "192.0.0.1",
                              "192.0.2.1",
                              "192.168.1.1",
                              "198.18.0.1",
                              "198.19.255.255",
                              "198.51.100.7",
                              "203.0.113.9",
                              "224.0.0.1",
                              "240.0.0.1",
                              "255.255.255.255",
                              "::",
                              "::1",
                              "fe80::1",
                              "fc00::1",
                              "fd12::1",
                              "ff02::1",
                              "::ffff:127.0.0.1",
                              "::ffff:10.0.0.1",
                              "64:ff9b::7f00:1",
                              "2002:7f00:1::",
                              "2001::1",
                              "2001:db8::1",
                              "3fff::1",
                              "::7f00:1"}) {
    EXPECT_FALSE(is_public_address(address)) << address;
  }
  EXPECT_FALSE(is_public_address("localhost"));
  EXPECT_FALSE(is_public_address(""));
  EXPECT_FALSE(is_public_address(core::Bytes{1, 2, 3}));
}

}  // namespace
}  // namespace noonmark::fetch
