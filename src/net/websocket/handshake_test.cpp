#include "net/websocket/handshake.h"

#include <gtest/gtest.h>

#include "base/codec/text.h"
#include "net/websocket/internal/sha1.h"

namespace noonmark::websocket {
namespace {

constexpr std::string_view kKey = "dGhlIHNhbXBsZSBub25jZQ==";

http::Request opening() {
  http::Request request;
  request.headers = {{"Host", "x"},
                     {"Connection", "keep-alive, Upgrade"},
                     {"Upgrade", "WebSocket"},
                     {"Sec-WebSocket-Version", "13"},
                     {"Sec-WebSocket-Key", std::string(kKey)}};
  return request;
}

TEST(Sha1, GivesTheStandardsExamples) {
  // FIPS 180-1, appendices A and B; the empty text.
  EXPECT_EQ(codec::hex(internal::sha1("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(codec::hex(internal::sha1("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
  EXPECT_EQ(codec::hex(internal::sha1("")), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(codec::hex(internal::sha1(std::string(1'000'000, 'a'))), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

TEST(Handshake, AcceptsLikeTheExampleOfTheStandard) {
  EXPECT_EQ(accept_key(kKey), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");  // RFC 6455 §1.3
  const auto head = write_accepting_head(opening());
  ASSERT_TRUE(head.ok()) << head.error().message;
  EXPECT_EQ(*head,
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
  EXPECT_TRUE(check_accepting_head(*head, kKey).ok());
}

TEST(Handshake, RefusesWhatIsNoOpening) {
  const auto refused = [](auto change) {
    http::Request request = opening();
    change(request);
    return write_accepting_head(request).ok() ? core::ErrorKind::internal : write_accepting_head(request).error().kind;
  };
  EXPECT_EQ(refused([](http::Request& r) { r.method = "POST"; }), core::ErrorKind::invalid);
  EXPECT_EQ(refused([](http::Request& r) { r.minor_version = 0; }), core::ErrorKind::invalid);
  EXPECT_EQ(refused([](http::Request& r) { r.headers.set("Upgrade", "h2c"); }), core::ErrorKind::invalid);
  EXPECT_EQ(refused([](http::Request& r) { r.headers.set("Connection", "close"); }), core::ErrorKind::invalid);
  EXPECT_EQ(refused([](http::Request& r) { r.headers.set("Sec-WebSocket-Version", "8"); }), core::ErrorKind::invalid);
  EXPECT_EQ(refused([](http::Request& r) { r.headers.set("Sec-WebSocket-Key", "c2hvcnQ="); }),
            core::ErrorKind::invalid);
}

TEST(Handshake, AClientChecksTheServer) {
  const std::string good = *write_accepting_head(opening());
  EXPECT_EQ(check_accepting_head("HTTP/1.1 404 Not Found\r\n\r\n", kKey).error().kind, core::ErrorKind::denied);
  EXPECT_EQ(check_accepting_head(good, "AAAAAAAAAAAAAAAAAAAAAA==").error().kind, core::ErrorKind::corrupt);
  EXPECT_EQ(check_accepting_head("HTTP/1.1 101 X\r\n\r\n", kKey).error().kind, core::ErrorKind::corrupt);
  std::string extended = good;
  extended.insert(good.size() - 2, "Sec-WebSocket-Extensions: permessage-deflate\r\n");
  EXPECT_EQ(check_accepting_head(extended, kKey).error().kind, core::ErrorKind::corrupt);
}

}  // namespace
}  // namespace noonmark::websocket
