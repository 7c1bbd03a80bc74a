#include "net/server/http_server.h"

#include <arpa/inet.h>
#include <condition_variable>
#include <mutex>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

namespace noonmark::server {
namespace {

using std::chrono::milliseconds;

// A caller that speaks bytes, so that what is on the wire can be compared exactly.
class RawCaller {
 public:
  explicit RawCaller(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
    const timeval limit{10, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  }
  bool connected() const { return connected_; }
  void send(std::string_view bytes) {
    ASSERT_EQ(::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  std::string read_until(std::string_view mark) {
    std::string all;
    char buffer[4096];
    while (all.find(mark) == std::string::npos) {
      const auto count = ::recv(socket_.get(), buffer, sizeof(buffer), 0);
      if (count <= 0) break;
      all.append(buffer, static_cast<std::size_t>(count));
    }
    return all;
  }
  std::string read_to_end() { return read_until("\x01never\x01"); }
  void hang_up() { socket_.reset(); }

 private:
  core::UniqueFd socket_;
  bool connected_ = false;
};

void echo(http::Request request, Responder responder) {
  http::Response response;
  response.headers.add("Content-Type", "text/plain");
  response.body = request.method + " " + request.target + " " + request.body;
  responder.respond(std::move(response));
}

std::unique_ptr<HttpServer> start(Handler handler, Limits limits = {}) {
  auto server = HttpServer::start(Endpoint::tcp("127.0.0.1", 0), std::move(handler), limits);
  EXPECT_TRUE(server.ok());
  return std::move(server).value();
}

std::string without_date(std::string text) {
  for (std::size_t at = text.find("Date: "); at != std::string::npos; at = text.find("Date: "))
    text.erase(at, text.find("\r\n", at) + 2 - at);
  return text;
}

constexpr std::string_view kGet = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr std::string_view kLastGet = "GET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

TEST(HttpServer, AnswersPipelinedRequestsInOrderOnOneConnection) {
  const auto server = start(echo);
  RawCaller caller(server->port());
  caller.send(std::string(kGet) + std::string(kLastGet));
  EXPECT_EQ(without_date(caller.read_to_end()),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\nGET /a "
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 7\r\nConnection: close\r\n\r\nGET /b ");
  EXPECT_EQ(server->counters().requests_served, 2u);
}

TEST(HttpServer, StreamsChunksWithExactlyOneEnd) {
  const auto server = start([](http::Request, Responder responder) {
    std::thread([responder]() mutable {
      responder.begin_stream(200, {{"Content-Type", "text/event-stream"}});
      for (const char* piece : {"data: 1\n\n", "", "data: 2\n\n"}) {
        responder.write(piece);
        std::this_thread::sleep_for(milliseconds(5));
      }
      responder.finish();
    }).detach();
  });
  RawCaller caller(server->port());
  caller.send(kLastGet);
  EXPECT_EQ(
      without_date(caller.read_to_end()),
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
      "9\r\ndata: 1\n\n\r\n9\r\ndata: 2\n\n\r\n0\r\n\r\n");
}

TEST(HttpServer, AnOldCallerGetsItsStreamWithoutChunks) {
  const auto server = start([](http::Request, Responder responder) {
    responder.begin_stream(200, {});
    responder.write("plain");
    responder.finish();
  });
  RawCaller caller(server->port());
  caller.send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(without_date(caller.read_to_end()), "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nplain");
}

TEST(HttpServer, HeadHasTheLengthAndNoBody) {
  const auto server = start(echo);
  RawCaller caller(server->port());
  caller.send("HEAD /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(without_date(caller.read_to_end()),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 8\r\nConnection: close\r\n\r\n");
}

TEST(HttpServer, SaysContinueToWhoWaitsForIt) {
  const auto server = start(echo);
  RawCaller caller(server->port());
  caller.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(caller.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  caller.send("ok");
  EXPECT_NE(caller.read_to_end().find("POST / ok"), std::string::npos);
}

TEST(HttpServer, RefusesInOpenAisShapeAndCloses) {
  Limits limits;
  limits.message.body_bytes = 10;
  const auto server = start(echo, limits);
  RawCaller caller(server->port());
  caller.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n" + std::string(5000, 'x'));
  const std::string answer = caller.read_to_end();
  EXPECT_EQ(answer.substr(0, 30), "HTTP/1.1 413 Content Too Large");
  EXPECT_NE(answer.find(R"("type":"invalid_request_error")"), std::string::npos);
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
}

TEST(HttpServer, ALostResponderBecomesA500) {
  const auto server = start([](http::Request, Responder) {});
  RawCaller caller(server->port());
  caller.send(kLastGet);
  EXPECT_EQ(caller.read_to_end().substr(0, 12), "HTTP/1.1 500");
}

TEST(HttpServer, ASlowRequestGets408AndASilentCallerIsClosed) {
  Limits limits;
  limits.idle = limits.read = milliseconds(100);
  const auto server = start(echo, limits);
  RawCaller slow(server->port());
  slow.send("GET / HTTP/1.1\r\nHos");
  EXPECT_EQ(slow.read_to_end().substr(0, 12), "HTTP/1.1 408");
  RawCaller silent(server->port());
  EXPECT_EQ(silent.read_to_end(), "");
}

TEST(HttpServer, TooManyConnectionsOrRequestsGet503) {
  Limits limits;
  limits.connections = 1;
  const auto server = start(echo, limits);
  RawCaller first(server->port());
  first.send(kGet);
  EXPECT_EQ(first.read_until("GET /a ").substr(0, 12), "HTTP/1.1 200");
  RawCaller second(server->port());
  EXPECT_EQ(second.read_to_end().substr(0, 12), "HTTP/1.1 503");

  std::mutex mutex;
  std::vector<Responder> held;
  Limits one_request;
  one_request.requests_in_flight = 1;
  const auto busy = start(
      [&](http::Request, Responder responder) {
        const std::lock_guard lock(mutex);
        held.push_back(responder);
      },
      one_request);
  RawCaller waiting(busy->port());
  waiting.send(kGet);
  while (busy->counters().requests_in_flight == 0) std::this_thread::sleep_for(milliseconds(1));
  RawCaller refused(busy->port());
  refused.send(kGet);
  EXPECT_EQ(refused.read_until("later").substr(0, 12), "HTTP/1.1 503");
  const std::lock_guard lock(mutex);
  held.clear();
}

TEST(HttpServer, NoticesThatTheCallerHungUp) {
  Limits limits;
  limits.idle = milliseconds(100);  // also sets the pace of the sweep
  std::mutex mutex;
  std::optional<Responder> held;
  const auto server = start(
      [&](http::Request, Responder responder) {
        const std::lock_guard lock(mutex);
        held = responder;
      },
      limits);
  RawCaller caller(server->port());
  caller.send(kGet);
  while (server->counters().requests_in_flight == 0) std::this_thread::sleep_for(milliseconds(1));
  caller.hang_up();
  bool cancelled = false;
  for (int i = 0; i < 2000 && !cancelled; ++i) {
    std::this_thread::sleep_for(milliseconds(1));
    const std::lock_guard lock(mutex);
    cancelled = held && held->cancelled();
  }
  EXPECT_TRUE(cancelled);
}

TEST(HttpServer, ASlowReaderOfAStreamIsCutOff) {
  Limits limits;
  limits.stream_buffer = 64 * 1024;
  std::atomic<int> outcome{0};
  const auto server = start(
      [&](http::Request, Responder responder) {
        std::thread([&, responder]() mutable {
          responder.begin_stream(200, {});
          const std::string piece(16 * 1024, 'x');
          for (int i = 0; i < 10000 && responder.write(piece); ++i) outcome = i;
          outcome = outcome + 100000;
        }).detach();
      },
      limits);
  RawCaller caller(server->port());
  caller.send(kGet);
  for (int i = 0; i < 5000 && outcome < 100000; ++i) std::this_thread::sleep_for(milliseconds(1));
  EXPECT_GE(outcome, 100000);
  EXPECT_LT(outcome, 100000 + 9999) << "the stream never pushed back";
}

TEST(HttpServer, DrainLetsAnswersFinishAndAcceptsNothingNew) {
  std::mutex mutex;
  std::optional<Responder> held;
  const auto server = start([&](http::Request, Responder responder) {
    const std::lock_guard lock(mutex);
    held = responder;
  });
  RawCaller caller(server->port());
  RawCaller idle(server->port());
  caller.send(kGet);
  while (server->counters().requests_in_flight == 0) std::this_thread::sleep_for(milliseconds(1));
  std::thread stopping([&] { server->stop(milliseconds(5000)); });
  EXPECT_EQ(idle.read_to_end(), "");
  {
    const std::lock_guard lock(mutex);
    http::Response response;
    response.body = "late";
    held->respond(std::move(response));
    held.reset();
  }
  const std::string answer = caller.read_to_end();
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  EXPECT_NE(answer.find("late"), std::string::npos);
  caller.hang_up();
  stopping.join();
  EXPECT_FALSE(RawCaller(server->port()).connected());
}

TEST(HttpServer, AResponderOutlivesItsServer) {
  std::optional<Responder> held;
  auto server = start([&](http::Request, Responder responder) { held = responder; });
  RawCaller caller(server->port());
  caller.send(kGet);
  while (server->counters().requests_in_flight == 0) std::this_thread::sleep_for(milliseconds(1));
  server.reset();
  ASSERT_TRUE(held.has_value());
  EXPECT_TRUE(held->cancelled());
  held->respond({});
}

TEST(Listener, ReplacesAnAbandonedSocketFileButNotALiveOne) {
  const auto directory = core::TempDir::create("noonmark-listen");
  ASSERT_TRUE(directory.ok());
  const auto path = directory->path() / "socket";
  {
    auto abandoned = open_listener(Endpoint::unix_path(path));
    ASSERT_TRUE(abandoned.ok());
  }
  const auto second = open_listener(Endpoint::unix_path(path));
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(open_listener(Endpoint::unix_path(path)).error().kind, core::ErrorKind::conflict);
  EXPECT_EQ(open_listener(Endpoint::unix_path(std::string(200, 'x'))).error().kind, core::ErrorKind::invalid);
  EXPECT_EQ(open_listener(Endpoint::listening(STDERR_FILENO)).error().kind, core::ErrorKind::invalid);
}

}  // namespace
}  // namespace noonmark::server
