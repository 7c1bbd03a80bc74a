#include "net/http/reader.h"

#include <gtest/gtest.h>

namespace noonmark::http {
namespace {

// Feeds like a connection does: what is not taken is offered again with what follows.
std::optional<Request> read_in_pieces(RequestReader& reader, std::string_view bytes, std::size_t piece) {
  std::string pending;
  while (!bytes.empty() && !reader.done() && !reader.refusal()) {
    pending += bytes.substr(0, piece);
    bytes.remove_prefix(std::min(piece, bytes.size()));
    pending.erase(0, reader.feed(pending));
  }
  if (!reader.done()) return std::nullopt;
  return reader.take();
}

int status_for(std::string_view bytes, MessageLimits limits = {}) {
  RequestReader reader(limits);
  std::string pending(bytes);
  while (!pending.empty() && !reader.done() && !reader.refusal()) {
    const std::size_t taken = reader.feed(pending);
    if (taken == 0) break;
    pending.erase(0, taken);
  }
  if (reader.refusal()) return reader.refusal()->status;
  return reader.done() ? 0 : -1;
}

TEST(RequestReader, ReadsTheSameRequestInPiecesOfAnySize) {
  const std::string bytes =
      "POST /a?b=c HTTP/1.1\r\nHost: x\r\nX-One: 1\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3\r\nabc\r\n10;ext=1\r\n0123456789abcdef\r\n0\r\n\r\n";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    RequestReader reader({});
    const auto request = read_in_pieces(reader, bytes, piece);
    ASSERT_TRUE(request.has_value()) << piece;
    EXPECT_EQ(request->method, "POST");
    EXPECT_EQ(request->target, "/a?b=c");
    EXPECT_EQ(request->headers.find("x-one"), "1");
    EXPECT_EQ(request->body, "abc0123456789abcdef");
    EXPECT_TRUE(request->keep_alive);
  }
}

TEST(RequestReader, LeavesThePipelinedRequestToTheNextTurn) {
  RequestReader reader({});
  const std::string bytes =
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhiGET /second HTTP/1.1\r\nHost: x\r\nConnection: "
      "close\r\n\r\n";
  std::string pending = bytes;
  pending.erase(0, reader.feed(pending));
  ASSERT_TRUE(reader.done());
  EXPECT_EQ(reader.take().body, "hi");
  pending.erase(0, reader.feed(pending));
  ASSERT_TRUE(reader.done());
  const Request second = reader.take();
  EXPECT_EQ(second.target, "/second");
  EXPECT_FALSE(second.keep_alive);
  EXPECT_TRUE(pending.empty());
}

TEST(RequestReader, RefusesWhatCouldBeReadInTwoWays) {
  const std::string host = "Host: x\r\n";
  EXPECT_EQ(
      status_for("POST / HTTP/1.1\r\n" + host + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
      400);
  EXPECT_EQ(
      status_for("POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"),
      400);
  EXPECT_EQ(status_for("POST / HTTP/1.1\r\n" + host + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"), 400);
  EXPECT_EQ(status_for("POST / HTTP/1.1\r\n" + host + "Content-Length: -1\r\n\r\n"), 400);
  EXPECT_EQ(status_for("POST / HTTP/1.1\r\n" + host + "Content-Length: 99999999999999999999999\r\n\r\n"), 400);
  EXPECT_EQ(status_for("POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip\r\n\r\n"), 501);
  EXPECT_EQ(status_for("POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked, gzip\r\n\r\n"), 501);
  EXPECT_EQ(status_for("POST / HTTP/1.0\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400);
  EXPECT_EQ(status_for("GET / HTTP/1.1\r\n" + host + "Bad Name: x\r\n\r\n"), 400);
  EXPECT_EQ(status_for("GET / HTTP/1.1\r\n" + host + "A: b\nC: d\r\n\r\n"), 400);
  EXPECT_EQ(status_for("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(status_for("GET / HTTP/1.1\r\n" + host + host + "\r\n"), 400);
  EXPECT_EQ(status_for("GET / HTTP/2.0\r\n" + host + "\r\n"), 505);
  EXPECT_EQ(status_for("\x16\x03\x01 hello, this is TLS\r\n\r\n"), 400);
  EXPECT_EQ(status_for("GET / HTTP/1.0\r\n\r\n"), 0);
}

TEST(RequestReader, HoldsItsLimits) {
  MessageLimits limits;
  limits.header_bytes = 1024;
  limits.body_bytes = 100;
  EXPECT_EQ(status_for("GET /" + std::string(2000, 'a'), limits), 431);
  EXPECT_EQ(status_for("GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(2000, 'a') + "\r\n\r\n", limits), 431);
  EXPECT_EQ(status_for("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\n", limits), 413);
  EXPECT_EQ(status_for("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" +
                           std::string(101, 'a') + "\r\n0\r\n\r\n",
                       limits),
            413);
  EXPECT_EQ(status_for("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n" + std::string(100, 'a'), limits), 0);
  EXPECT_EQ(
      status_for("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(9000, 'a'), limits),
      400);
}

TEST(RequestReader, AnEmptyChunkedBodyMayComeByteByByte) {
  RequestReader reader({});
  const auto request =
      read_in_pieces(reader, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 1);
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->body, "");
}

TEST(RequestReader, TrailersCannotPoseAsHeaderFields) {
  for (const std::size_t piece : {1u, 7u, 1000u}) {
    RequestReader reader({});
    const auto request =
        read_in_pieces(reader,
                       "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n"
                       "Host: y\r\nAuthorization: z\r\nConnection: close\r\n\r\n",
                       piece);
    ASSERT_TRUE(request.has_value()) << piece;
    EXPECT_EQ(request->headers.find("host"), "x");
    EXPECT_FALSE(request->headers.find("authorization").has_value());
    EXPECT_TRUE(request->keep_alive);
  }
}

TEST(RequestReader, KnowsWhoWaitsForContinue) {
  RequestReader reader({});
  reader.feed("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_TRUE(reader.expects_continue());
  reader.feed("ok");
  EXPECT_TRUE(reader.done());
  EXPECT_FALSE(reader.expects_continue());
}

TEST(ResponseReader, SkipsInterimAnswersAndReadsTheFinalOne) {
  ResponseReader reader({}, false);
  const std::string bytes =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: "
      "2\r\n\r\nhi";
  std::string pending;
  for (const char c : bytes) {
    pending += c;
    const auto used = reader.feed(pending);
    ASSERT_TRUE(used.ok());
    pending.erase(0, *used);
  }
  ASSERT_TRUE(reader.done());
  const Response response = reader.take();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "hi");
}

TEST(ResponseReader, TellsAShortBodyFromOneThatEndsWithTheConnection) {
  ResponseReader cut({}, false);
  ASSERT_TRUE(cut.feed("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhi").ok());
  EXPECT_FALSE(cut.done());
  EXPECT_EQ(cut.finish().error().kind, core::ErrorKind::corrupt);

  ResponseReader whole({}, false);
  ASSERT_TRUE(whole.feed("HTTP/1.1 200 OK\r\n\r\nhi").ok());
  EXPECT_TRUE(whole.finish().ok());
  const Response response = whole.take();
  EXPECT_EQ(response.body, "hi");
  EXPECT_FALSE(response.keep_alive);
}

TEST(ResponseReader, AnInterimAnswerAloneIsNoAnswer) {
  ResponseReader reader({}, false);
  ASSERT_TRUE(reader.feed("HTTP/1.1 100 Continue\r\n\r\n").ok());
  EXPECT_FALSE(reader.done());
  EXPECT_EQ(reader.finish().error().kind, core::ErrorKind::corrupt);
}

TEST(ResponseReader, AnAnswerToHeadHasNoBody) {
  ResponseReader reader({}, true);
  ASSERT_TRUE(reader.feed("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n").ok());
  EXPECT_TRUE(reader.done());
}

TEST(ResponseReader, HoldsItsLimits) {
  MessageLimits limits;
  limits.body_bytes = 100;
  ResponseReader lying(limits, false);
  EXPECT_EQ(lying.feed("HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n").error().kind,
            core::ErrorKind::exhausted);
  ResponseReader endless(limits, false);
  ASSERT_TRUE(endless.feed("HTTP/1.1 200 OK\r\n\r\n").ok());
  EXPECT_EQ(endless.feed(std::string(200, 'x')).error().kind, core::ErrorKind::exhausted);
}

}  // namespace
}  // namespace noonmark::http
