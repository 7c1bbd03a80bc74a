#include "net/client/websocket_client.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "net/server/http_server.h"

namespace noonmark::client {
namespace {

using namespace std::chrono_literals;
using websocket::Kind;

/// A server that gives every message back; "bye" closes. Nothing opens at /no.
class Echo {
 public:
  Echo() {
    server_ = server::HttpServer::start(server::Endpoint::tcp("127.0.0.1", 0), [](const http::Request& request,
                                                                                  server::Responder responder) {
                if (request.path() == "/no") {
                  return responder.respond(http::error_response(403, "not here"));
                }
                server::WebSocketHandlers handlers;
                handlers.on_message = [](server::WebSocket& socket, websocket::Message said) {
                  if (said.data == "bye") return socket.close(1001, "enough\nsaid");
                  socket.send(said.kind, said.data);
                };
                (void)responder.upgrade(request, std::move(handlers));
              }).value();
  }
  core::Result<std::unique_ptr<WebSocketClient>> open(std::string_view target = "/",
                                                      WebSocketClient::Settings settings = {}) {
    return WebSocketClient::open(Address::tcp("127.0.0.1", server_->port()), target, clock_, 10s, settings);
  }
  void stop() { server_.reset(); }

 private:
  core::SystemClock clock_;
  std::unique_ptr<server::HttpServer> server_;
};

TEST(WebSocketClient, MessagesOfAnySizeComeBack) {
  Echo echo;
  const auto client = echo.open().value();
  for (const std::size_t size : {0u, 1u, 125u, 126u, 65535u, 65536u, 900'000u}) {
    const std::string text(size, 'x');
    ASSERT_TRUE(client->send(Kind::binary, text).ok());
    const auto back = client->receive(10s);
    ASSERT_TRUE(back.ok() && *back) << size;
    EXPECT_EQ((**back).data, text);
    EXPECT_EQ((**back).kind, Kind::binary);
  }
}

TEST(WebSocketClient, ManyThreadsMaySend) {
  Echo echo;
  const auto client = echo.open().value();
  std::vector<std::jthread> senders;
  for (int i = 0; i < 4; ++i) {
    senders.emplace_back([&] {
      for (int k = 0; k < 50; ++k) EXPECT_TRUE(client->send(Kind::text, "hello").ok());
    });
  }
  for (int i = 0; i < 200; ++i) EXPECT_EQ(client->receive(10s).value().value().data, "hello");
}

TEST(WebSocketClient, WaitsNoLongerThanItIsTold) {
  Echo echo;
  const auto client = echo.open().value();
  EXPECT_EQ(client->receive(10ms).value(), std::nullopt);
}

TEST(WebSocketClient, SilenceIsBrokenByPingsAndTheConnectionStays) {
  Echo echo;
  const auto client = echo.open("/", {.limits = {}, .ping = 20ms, .silent = 10s, .write = 10s}).value();
  EXPECT_EQ(client->receive(200ms).value(), std::nullopt);
  ASSERT_TRUE(client->send(Kind::text, "still here").ok());
  EXPECT_EQ(client->receive(10s).value().value().data, "still here");
}

TEST(WebSocketClient, APeerWithoutASignOfLifeIsGone) {
  Echo echo;
  const auto client = echo.open("/", {.limits = {}, .ping = 10s, .silent = 20ms, .write = 10s}).value();
  EXPECT_EQ(client->receive(10s).error().kind, core::ErrorKind::unavailable);
}

TEST(WebSocketClient, TellsHowItEnded) {
  Echo echo;
  const auto told = echo.open().value();
  ASSERT_TRUE(told->send(Kind::text, "bye").ok());
  EXPECT_NE(told->receive(10s).error().message.find("enough?said"), std::string::npos);
  const auto cut = echo.open().value();
  echo.stop();
  EXPECT_EQ(cut->receive(10s).error().kind, core::ErrorKind::unavailable);
}

TEST(WebSocketClient, WhatOpensNothingIsDenied) {
  Echo echo;
  const auto refused = echo.open("/no");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, core::ErrorKind::denied);
  EXPECT_NE(refused.error().message.find("403"), std::string::npos);
}

}  // namespace
}  // namespace noonmark::client
