#include "net/http/message.h"

#include <gtest/gtest.h>

#include "base/codec/json.h"

namespace noonmark::http {
namespace {

TEST(Headers, NamesCompareWithoutCase) {
  Headers headers{{"Content-Type", "text/plain"}, {"X-A", "1"}, {"x-a", "2"}};
  EXPECT_EQ(headers.find("content-type"), "text/plain");
  EXPECT_EQ(headers.find("x-a"), "1");
  EXPECT_FALSE(headers.find("x-b").has_value());
  headers.set("X-a", "3");
  EXPECT_EQ(headers.find("x-A"), "3");
  EXPECT_EQ(headers.fields().size(), 2u);
}

TEST(Headers, FindATokenInAListAcrossFields) {
  const Headers headers{{"Connection", "keep-alive , Upgrade"}, {"connection", "close"}};
  EXPECT_TRUE(headers.has_token("Connection", "upgrade"));
  EXPECT_TRUE(headers.has_token("Connection", "close"));
  EXPECT_FALSE(headers.has_token("Connection", "keep"));
}

TEST(Message, ResponseHeadIsWrittenByteForByte) {
  const Headers headers{{"Content-Type", "text/plain"}};
  EXPECT_EQ(write_response_head(200, headers, {Framing::Kind::length, 5}, true),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(write_response_head(200, {}, {Framing::Kind::chunked, 0}, false),
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
}

TEST(Message, AFieldThatWouldSmuggleAnotherIsLeftOut) {
  const Headers headers{{"X-Bad", "a\r\nSet-Cookie: b"}, {"X Bad", "c"}, {"Content-Length", "99"}, {"X-Good", "d"}};
  EXPECT_EQ(write_response_head(200, headers, {Framing::Kind::length, 0}, true),
            "HTTP/1.1 200 OK\r\nX-Good: d\r\nContent-Length: 0\r\n\r\n");
}

TEST(Message, RequestHeadNamesHostAndLength) {
  Request request;
  request.method = "POST";
  request.target = "/v1/x?y=1";
  request.body = "hello";
  EXPECT_EQ(write_request_head(request, "example:80"),
            "POST /v1/x?y=1 HTTP/1.1\r\nHost: example:80\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(request.path(), "/v1/x");
  EXPECT_EQ(request.query(), "y=1");
}

TEST(Message, ChunksCarryTheirSizeInHexadecimal) {
  EXPECT_EQ(write_chunk("abc"), "3\r\nabc\r\n");
  EXPECT_EQ(write_chunk(std::string(300, 'x')).substr(0, 5), "12c\r\n");
}

TEST(Message, ErrorsHaveOpenAisShape) {
  const Response response = error_response(429, "slow down", "rate_limit_exceeded");
  const auto body = codec::parse_json(response.body);
  ASSERT_TRUE(body.ok());
  const codec::Json* error = body->find("error");
  ASSERT_NE(error, nullptr);
  EXPECT_EQ(error->find("message")->as_string(), "slow down");
  EXPECT_EQ(error->find("type")->as_string(), "rate_limit_error");
  EXPECT_EQ(error->find("code")->as_string(), "rate_limit_exceeded");
  EXPECT_TRUE(error->find("param")->is_null());
}

}  // namespace
}  // namespace noonmark::http
