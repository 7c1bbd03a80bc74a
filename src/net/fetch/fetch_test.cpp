#include "net/fetch/fetch.h"

#include <sys/socket.h>
#include <thread>

#include <gtest/gtest.h>

#include "net/server/http_server.h"

namespace noonmark::fetch {
namespace {

using core::ErrorKind;

core::SystemClock real_clock;

Policy plain() {
  Policy policy;
  policy.use_proxy = false;
  policy.pause = std::chrono::milliseconds(1);
  return policy;
}

http::Response answer(int status, std::string body, http::Headers headers = {}) {
  http::Response response;
  response.status = status;
  response.headers = std::move(headers);
  response.body = std::move(body);
  return response;
}

/// A server whose paths behave in all the ways that a foreign one may.
class Foreign {
 public:
  Foreign() {
    server_ = server::HttpServer::start(server::Endpoint::tcp("127.0.0.1", 0), [this](http::Request request,
                                                                                      server::Responder responder) {
                serve(request, responder);
              }).value();
  }
  std::string url(std::string_view path) const {
    return "http://127.0.0.1:" + std::to_string(server_->port()) + std::string(path);
  }
  std::atomic<int> requests{0};

 private:
  void serve(const http::Request& request, server::Responder responder) {
    ++requests;
    const std::string_view path = request.path();
    if (path == "/echo") {
      return responder.respond(answer(200, request.method + " " + request.body + " " +
                                               std::string(request.headers.find("User-Agent").value_or("")) + " " +
                                               std::string(request.headers.find("Authorization").value_or("none"))));
    }
    if (path == "/loop") return responder.respond(answer(302, "", {{"Location", "/loop"}}));
    if (path == "/once") return responder.respond(answer(307, "", {{"Location", "/echo"}}));
    if (path == "/file") return responder.respond(answer(302, "", {{"Location", "file:///etc/passwd"}}));
    if (path == "/other") {
      return responder.respond(
          answer(302, "", {{"Location", "http://localhost:" + std::to_string(server_->port()) + "/echo"}}));
    }
    if (path == "/json") return responder.respond(answer(200, R"({"a":[1,2]})"));
    if (path == "/rpc") return responder.respond(answer(200, R"({"got":)" + request.body + "}"));
    if (path == "/endless") return endless(responder);
    if (path == "/silent") return held_.push_back(responder);
    if (path == "/tagged") {
      const bool same = request.headers.find("If-None-Match") == "\"v1\"";
      return responder.respond(same ? answer(304, "") : answer(200, "first", {{"ETag", "\"v1\""}}));
    }
    const int status = std::atoi(std::string(path.substr(1)).c_str());
    responder.respond(answer(status == 0 ? 404 : status, "because\nof this"));
  }

  static void endless(server::Responder responder) {
    std::thread([responder]() mutable {
      responder.begin_stream(200, {});
      const std::string piece(1000, 'x');
      while (responder.write(piece)) std::this_thread::sleep_for(std::chrono::microseconds(100));
    }).detach();
  }

  std::vector<server::Responder> held_;
  std::unique_ptr<server::HttpServer> server_;
};

ErrorKind failure(core::Result<Answer> result) {
  EXPECT_FALSE(result.ok());
  return result.ok() ? ErrorKind::internal : result.error().kind;
}

TEST(Fetcher, GetsAndPosts) {
  const Foreign foreign;
  Fetcher fetcher(real_clock, plain());
  const auto got = fetcher.get(foreign.url("/echo"), {}, {{"Authorization", "Bearer t"}});
  ASSERT_TRUE(got.ok()) << got.error().message;
  EXPECT_EQ(got->body, "GET  noonmark Bearer t");
  EXPECT_EQ(codec::write_json(fetcher.get_json(foreign.url("/json")).value()), R"({"a":[1,2]})");
  const auto posted = fetcher.post_json(foreign.url("/rpc"), codec::Json::object({{"method", "x"}}));
  ASSERT_TRUE(posted.ok()) << posted.error().message;
  EXPECT_EQ(codec::write_json(*posted), R"({"got":{"method":"x"}})");
  EXPECT_EQ(fetcher.get_json(foreign.url("/echo")).error().kind, ErrorKind::corrupt);
}

TEST(Fetcher, FollowsAFewRedirectionsAndNoLoop) {
  Foreign foreign;
  Fetcher fetcher(real_clock, plain());
  const auto once = fetcher.get(foreign.url("/once"));
  ASSERT_TRUE(once.ok());
  EXPECT_EQ(once->url, foreign.url("/echo"));
  foreign.requests = 0;
  EXPECT_EQ(failure(fetcher.get(foreign.url("/loop"))), ErrorKind::invalid);
  EXPECT_EQ(foreign.requests, 6);
  EXPECT_EQ(fetcher.post_json(foreign.url("/once"), 1).error().kind, ErrorKind::invalid);
}

TEST(Fetcher, KeepsASecretFromASecondHost) {
  const Foreign foreign;
  Fetcher fetcher(real_clock, plain());
  const auto other = fetcher.get(foreign.url("/other"), {}, {{"Authorization", "Bearer secret"}});
  ASSERT_TRUE(other.ok()) << other.error().message;
  EXPECT_EQ(other->body, "GET  noonmark none");
}

TEST(Fetcher, TakesOnlyHttpAndHttps) {
  const Foreign foreign;
  Fetcher fetcher(real_clock, plain());
  for (const char* url : {"file:///etc/passwd", "ftp://x/y", "gopher://x", "http://user:secret@host/", "", "http://",
                          "javascript:alert(1)"}) {
    EXPECT_EQ(failure(fetcher.get(url)), ErrorKind::invalid) << url;
  }
  EXPECT_EQ(failure(fetcher.get(foreign.url("/file"))), ErrorKind::invalid);
  Policy strict = plain();
  strict.https_only = true;
  EXPECT_EQ(failure(Fetcher(real_clock, strict).get(foreign.url("/echo"))), ErrorKind::denied);
}

TEST(Fetcher, RefusesPrivateAddressesWhenAskedTo) {
  const Foreign foreign;
  Policy policy = plain();
  policy.public_addresses_only = true;
  Fetcher fetcher(real_clock, policy);
  const auto refused = fetcher.get(foreign.url("/echo"));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::denied);
  EXPECT_NE(refused.error().message.find("public"), std::string::npos);
  EXPECT_EQ(failure(fetcher.get("http://localhost:9/")), ErrorKind::denied);
  EXPECT_EQ(foreign.requests, 0);
}

TEST(Fetcher, BoundsSizeAndTime) {
  const Foreign foreign;
  Fetcher fetcher(real_clock, plain());
  EXPECT_EQ(failure(fetcher.get(foreign.url("/endless"), {.max_bytes = 100'000})), ErrorKind::exhausted);
  EXPECT_EQ(failure(fetcher.get(foreign.url("/silent"), {.time = std::chrono::milliseconds(200)})), ErrorKind::timeout);
  EXPECT_TRUE(fetcher.get(foreign.url("/json"), {.max_bytes = 11}).ok());
  EXPECT_EQ(failure(fetcher.get(foreign.url("/json"), {.max_bytes = 10})), ErrorKind::exhausted);
}

TEST(Fetcher, TellsStatusesApart) {
  const Foreign foreign;
  Fetcher fetcher(real_clock, plain());
  for (const auto& [status, kind] : std::map<int, ErrorKind>{{400, ErrorKind::invalid},
                                                             {401, ErrorKind::denied},
                                                             {403, ErrorKind::denied},
                                                             {404, ErrorKind::not_found},
                                                             {410, ErrorKind::not_found},
                                                             {416, ErrorKind::invalid},
                                                             {429, ErrorKind::unavailable},
                                                             {500, ErrorKind::unavailable},
                                                             {503, ErrorKind::unavailable}}) {
    EXPECT_EQ(failure(fetcher.get(foreign.url("/" + std::to_string(status)))), kind) << status;
  }
  EXPECT_NE(fetcher.get(foreign.url("/400")).error().message.find("because of this"), std::string::npos);
}

TEST(Fetcher, AsksConditionally) {
  const Foreign foreign;
  Fetcher fetcher(real_clock, plain());
  const auto first = fetcher.get(foreign.url("/tagged"));
  ASSERT_TRUE(first.ok());
  const auto second =
      fetcher.get(foreign.url("/tagged"), {}, {{"If-None-Match", std::string(*first->headers.find("etag"))}});
  ASSERT_TRUE(second.ok()) << second.error().message;
  EXPECT_EQ(second->status, 304);
  EXPECT_EQ(second->body, "");
}

TEST(Fetcher, SaysWhoIsDown) {
  Fetcher fetcher(real_clock, plain());
  std::uint16_t closed = 0;
  closed = server::local_port(server::open_listener(server::Endpoint::tcp("127.0.0.1", 0)).value().get());
  const auto refused = fetcher.get("http://127.0.0.1:" + std::to_string(closed) + "/");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::unavailable);
  EXPECT_NE(refused.error().message.find("127.0.0.1"), std::string::npos);
  EXPECT_EQ(failure(fetcher.get("http://nowhere.invalid/")), ErrorKind::unavailable);
}

TEST(Fetcher, StopsWhenToldTo) {
  const Foreign foreign;
  std::atomic<bool> stop{false};
  Policy policy = plain();
  policy.stop = &stop;
  Fetcher fetcher(real_clock, policy);
  std::thread stopping([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    stop = true;
  });
  EXPECT_EQ(failure(fetcher.get(foreign.url("/silent"))), ErrorKind::cancelled);
  stopping.join();
  EXPECT_EQ(failure(fetcher.get(foreign.url("/json"))), ErrorKind::cancelled);
}

/// Sends these bytes to every caller, whatever was asked, and closes.
std::string told_by(std::string bytes, ErrorKind expected) {
  const core::UniqueFd listener = server::open_listener(server::Endpoint::tcp("127.0.0.1", 0)).value();
  std::thread rude([&] {
    const core::UniqueFd caller(::accept(listener.get(), nullptr, nullptr));
    char buffer[4096];
    if (::recv(caller.get(), buffer, sizeof(buffer), 0) <= 0) return;
    (void)!::send(caller.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  });
  Fetcher fetcher(real_clock, plain());
  const auto result = fetcher.get("http://127.0.0.1:" + std::to_string(server::local_port(listener.get())) + "/");
  rude.join();
  EXPECT_FALSE(result.ok());
  if (result.ok()) return {};
  EXPECT_EQ(result.error().kind, expected) << result.error().message;
  return result.error().message;
}

TEST(Fetcher, RefusesWhatIsNoWholeAnswer) {
  told_by("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", ErrorKind::unavailable);
  told_by("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort", ErrorKind::unavailable);
  told_by("", ErrorKind::unavailable);
  told_by("SSH-2.0-OpenSSH_9.2\r\n", ErrorKind::corrupt);
  told_by("HTTP/1.1 200 OK\r\nX: " + std::string(80'000, 'x') + "\r\n\r\n", ErrorKind::exhausted);
}

}  // namespace
}  // namespace noonmark::fetch
