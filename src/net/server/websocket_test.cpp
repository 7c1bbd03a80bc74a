#include "net/server/websocket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>

#include <gtest/gtest.h>

#include "net/server/http_server.h"
#include "net/websocket/handshake.h"

namespace noonmark::server {
namespace {

using std::chrono::milliseconds;
using websocket::Close;
using websocket::Incoming;
using websocket::Kind;
using websocket::Message;
using websocket::Ping;
using websocket::Pong;

constexpr std::string_view kKey = "dGhlIHNhbXBsZSBub25jZQ==";

/// A client over a plain socket, so that it can also misbehave.
class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    const timeval limit{10, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  }

  void open() {
    send_bytes(websocket::write_opening_request("/", "x", kKey));
    while (unread_.find("\r\n\r\n") == std::string::npos && receive()) {
    }
    const std::size_t end = unread_.find("\r\n\r\n") + 4;
    ASSERT_TRUE(websocket::check_accepting_head(unread_.substr(0, end), kKey).ok()) << unread_;
    unread_.erase(0, end);
  }
  void send_bytes(std::string_view bytes) { (void)!::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  void send(const Incoming& what) { send_bytes(websocket::write_frame(what, websocket::Mask{1, 2, 3, 4})); }
  /// What the server says next; nothing at the end of the connection.
  std::optional<Incoming> next() {
    while (true) {
      unread_.erase(0, reader_.feed(unread_));
      if (reader_.done()) return reader_.take();
      if (reader_.fault() || !receive()) return std::nullopt;
    }
  }
  void hang_up() { socket_.reset(); }
  std::string& unread() { return unread_; }
  bool receive() {
    char buffer[4096];
    const auto count = ::recv(socket_.get(), buffer, sizeof(buffer), 0);
    if (count > 0) unread_.append(buffer, static_cast<std::size_t>(count));
    return count > 0;
  }

 private:
  core::UniqueFd socket_;
  std::string unread_;
  websocket::Reader reader_{websocket::Role::client, {16u << 20, 1024}};
};

/// A server that gives every message back and counts ends.
struct Echo {
  explicit Echo(Limits limits = {}) {
    server = HttpServer::start(
                 Endpoint::tcp("127.0.0.1", 0),
                 [this](http::Request request, Responder responder) { open(request, responder); }, limits)
                 .value();
  }
  void open(const http::Request& request, Responder responder) {
    WebSocketHandlers handlers;
    handlers.on_message = [this](WebSocket& socket, Message message) {
      ++messages;
      socket.send(message.kind, message.data);
    };
    handlers.on_close = [this](WebSocket& socket) {
      EXPECT_FALSE(socket.open());
      ++closes;
    };
    const auto opened = responder.upgrade(request, std::move(handlers));
    if (!opened.ok()) return responder.respond(http::error_response(400, opened.error().message));
    const std::lock_guard lock(mutex);
    latest = *opened;
  }
  WebSocket socket() {
    while (true) {
      {
        const std::lock_guard lock(mutex);
        if (latest) return *latest;
      }
      std::this_thread::sleep_for(milliseconds(1));
    }
  }
  bool closed(int count = 1) const {
    for (int i = 0; i < 5000 && closes < count; ++i) std::this_thread::sleep_for(milliseconds(1));
    return closes == count;
  }

  std::atomic<int> messages{0}, closes{0};
  std::mutex mutex;
  std::optional<WebSocket> latest;
  std::unique_ptr<HttpServer> server;
};

TEST(WebSocket, CarriesMessagesBothWays) {
  Echo echo;
  Client client(echo.server->port());
  client.open();
  for (const std::size_t size : {0u, 1u, 125u, 126u, 65535u, 65536u, 500'000u}) {
    const Incoming message = Message{Kind::text, std::string(size, 'x')};
    client.send(message);
    EXPECT_EQ(client.next(), message) << size;
  }
  client.send(Message{Kind::binary, std::string("\0\xff", 2)});
  EXPECT_EQ(client.next(), Incoming(Message{Kind::binary, std::string("\0\xff", 2)}));
  EXPECT_EQ(echo.server->counters().requests_in_flight, 0u) << "an open WebSocket is no request in flight";
}

TEST(WebSocket, TakesFramesThatCameWithTheOpening) {
  Echo echo;
  Client client(echo.server->port());
  client.send_bytes(websocket::write_opening_request("/", "x", kKey) +
                    websocket::write_frame(Message{Kind::text, "early"}, websocket::Mask{1, 2, 3, 4}));
  while (client.unread().find("early") == std::string::npos && client.receive()) {
  }
  EXPECT_NE(client.unread().find("early"), std::string::npos);
}

TEST(WebSocket, AnswersPingsAndClosesInOrder) {
  Echo echo;
  Client client(echo.server->port());
  client.open();
  client.send(Ping{"abc"});
  client.send(Close{3000, "enough"});
  EXPECT_EQ(client.next(), Incoming(Pong{"abc"}));
  EXPECT_EQ(client.next(), Incoming(Close{3000, ""}));
  EXPECT_EQ(client.next(), std::nullopt);
  EXPECT_TRUE(echo.closed());
}

TEST(WebSocket, ClosesFromTheServersSide) {
  Echo echo;
  Client client(echo.server->port());
  client.open();
  WebSocket socket = echo.socket();
  EXPECT_TRUE(socket.send(Kind::text, "last"));
  socket.close(1000, "done");
  EXPECT_FALSE(socket.send(Kind::text, "too late"));
  EXPECT_EQ(client.next(), Incoming(Message{Kind::text, "last"}));
  EXPECT_EQ(client.next(), Incoming(Close{1000, "done"}));
  client.send(Close{1000, ""});
  EXPECT_EQ(client.next(), std::nullopt);
  EXPECT_TRUE(echo.closed());
}

TEST(WebSocket, TellsWhatWasWrong) {
  Limits limits;
  limits.websocket.message_bytes = 1000;
  Echo echo(limits);
  const auto told = [&](std::string_view bytes) -> int {
    Client client(echo.server->port());
    client.open();
    client.send_bytes(bytes);
    const auto next = client.next();
    return next && std::holds_alternative<Close>(*next) ? std::get<Close>(*next).code : 0;
  };
  EXPECT_EQ(told(websocket::write_frame(Message{Kind::text, "not masked"})), 1002);
  EXPECT_EQ(told(websocket::write_frame(Message{Kind::text, "\xff"}, websocket::Mask{})), 1007);
  EXPECT_EQ(told(websocket::write_frame(Message{Kind::text, std::string(1001, 'x')}, websocket::Mask{})), 1009);
  EXPECT_TRUE(echo.closed(3));
  EXPECT_EQ(echo.messages, 0);
}

TEST(WebSocket, RefusesAnImproperOpeningAndStaysHttp) {
  Echo echo;
  Client client(echo.server->port());
  client.send_bytes("GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
  client.receive();
  EXPECT_EQ(client.unread().substr(0, 12), "HTTP/1.1 400");
}

TEST(WebSocket, PingsASilentClientAndGivesUpOnADeadOne) {
  Limits limits;
  limits.idle = milliseconds(200);
  Echo echo(limits);
  Client client(echo.server->port());
  client.open();
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(client.next(), Incoming(Ping{""}));
    client.send(Pong{""});
  }
  EXPECT_EQ(echo.closes, 0);
  EXPECT_EQ(client.next(), Incoming(Ping{""}));
  EXPECT_EQ(client.next(), std::nullopt) << "no pong came";
  EXPECT_TRUE(echo.closed());
}

TEST(WebSocket, NoticesAHangUpAndCutsASlowReaderOff) {
  Limits limits;
  limits.stream_buffer = 256 * 1024;
  Echo echo(limits);
  Client gone(echo.server->port());
  gone.open();
  gone.hang_up();
  EXPECT_TRUE(echo.closed(1));
  echo.latest.reset();
  Client slow(echo.server->port());
  slow.open();
  WebSocket socket = echo.socket();
  int sent = 0;
  while (sent < 100'000 && socket.send(Kind::binary, std::string(16 * 1024, 'x'))) ++sent;
  EXPECT_LT(sent, 100'000) << "the socket never pushed back";
  EXPECT_TRUE(echo.closed(2));
}

TEST(WebSocket, DrainingSaysGoodbye) {
  Echo echo;
  Client client(echo.server->port());
  client.open();
  echo.socket();
  std::thread stopping([&] { echo.server->stop(milliseconds(5000)); });
  EXPECT_EQ(client.next(), Incoming(Close{1001, "the server is going away"}));
  client.send(Close{1001, ""});
  client.hang_up();
  stopping.join();
  EXPECT_EQ(echo.closes, 1);
}

TEST(WebSocket, AHandleOutlivesItsServer) {
  Echo echo;
  Client client(echo.server->port());
  client.open();
  WebSocket socket = echo.socket();
  echo.server->stop(milliseconds(0));
  EXPECT_EQ(echo.closes, 1);
  EXPECT_FALSE(socket.open());
  EXPECT_FALSE(socket.send(Kind::text, "x"));
  socket.close();
}

}  // namespace
}  // namespace noonmark::server
