#include "net/client/http_client.h"

#include <atomic>
#include <sys/socket.h>
#include <thread>

#include <gtest/gtest.h>

#include "net/server/http_server.h"

namespace noonmark::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Service {
  explicit Service(server::Handler handler) {
    auto directory_result = core::TempDir::create("noonmark-client");
    directory.emplace(std::move(directory_result).value());
    path = directory->path() / "socket";
    server = server::HttpServer::start(server::Endpoint::unix_path(path), std::move(handler)).value();
  }
  std::optional<core::TempDir> directory;
  std::filesystem::path path;
  std::unique_ptr<server::HttpServer> server;
};

// Accepts one connection after another and answers each with these bytes, whatever was asked.
struct RudeService {
  explicit RudeService(std::string bytes) {
    directory.emplace(core::TempDir::create("noonmark-rude").value());
    path = directory->path() / "socket";
    listener = server::open_listener(server::Endpoint::unix_path(path)).value();
    thread = std::thread([this, bytes = std::move(bytes)] {
      while (true) {
        const core::UniqueFd caller(::accept(listener.get(), nullptr, nullptr));
        if (!caller.valid()) return;
        accepted++;
        char buffer[4096];
        if (::recv(caller.get(), buffer, sizeof(buffer), 0) <= 0) continue;
        (void)!::send(caller.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      }
    });
  }
  ~RudeService() {
    ::shutdown(listener.get(), SHUT_RDWR);
    thread.join();
  }
  std::optional<core::TempDir> directory;
  std::filesystem::path path;
  core::UniqueFd listener;
  std::atomic<int> accepted{0};
  std::thread thread;
};

const core::SystemClock kClock;

core::Result<http::Response> ask(const RudeService& service, milliseconds limit = seconds(10)) {
  HttpClient client(Address::unix_path(service.path), kClock, {4096, 1000});
  return client.send({}, limit);
}

TEST(HttpClient, KeepsItsConnectionAndCarriesLargeBodies) {
  Service service([](http::Request request, server::Responder responder) {
    http::Response response;
    response.body = std::to_string(request.body.size()) + std::string(3'000'000, 'y');
    responder.respond(std::move(response));
  });
  HttpClient client(Address::unix_path(service.path), kClock);
  for (int i = 0; i < 3; ++i) {
    http::Request request;
    request.method = "POST";
    request.body = std::string(900'000, 'x');
    const auto response = client.send(request, seconds(10));
    ASSERT_TRUE(response.ok()) << response.error().message;
    EXPECT_EQ(response->body.size(), 3'000'006u);
  }
  EXPECT_EQ(service.server->counters().connections_accepted, 1u);
}

TEST(HttpClient, GetsPiecesAsTheyArriveAndCanStop) {
  Service service([](http::Request, server::Responder responder) {
    std::thread([responder]() mutable {
      responder.begin_stream(200, {});
      for (int i = 0; i < 5; ++i) {
        responder.write("piece");
        std::this_thread::sleep_for(milliseconds(2));
      }
      responder.finish();
    }).detach();
  });
  HttpClient client(Address::unix_path(service.path), kClock);
  std::string all;
  const auto response = client.stream({}, seconds(10), [&](std::string_view piece) { return all += piece, true; });
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(all, "piecepiecepiecepiecepiece");
  const auto stopped = client.stream({}, seconds(10), [](std::string_view) { return false; });
  EXPECT_EQ(stopped.error().kind, core::ErrorKind::cancelled);
  EXPECT_TRUE(client.stream({}, seconds(10), [](std::string_view) { return true; }).ok());
}

TEST(HttpClient, GivesUpAtItsDeadline) {
  std::vector<server::Responder> held;
  Service service([&](http::Request, server::Responder responder) { held.push_back(responder); });
  HttpClient client(Address::unix_path(service.path), kClock);
  EXPECT_EQ(client.send({}, milliseconds(50)).error().kind, core::ErrorKind::timeout);
  service.server.reset();
}

TEST(HttpClient, SaysThatNobodyIsThere) {
  HttpClient nobody(Address::unix_path("/nonexistent/socket"), kClock);
  EXPECT_EQ(nobody.send({}, seconds(1)).error().kind, core::ErrorKind::unavailable);
  HttpClient refused(Address::tcp("127.0.0.1", 1), kClock);
  EXPECT_EQ(refused.send({}, seconds(1)).error().kind, core::ErrorKind::unavailable);
}

TEST(HttpClient, RefusesAnswersThatLie) {
  RudeService too_long("HTTP/1.1 200 OK\r\nContent-Length: 4000000000\r\n\r\n");
  EXPECT_EQ(ask(too_long).error().kind, core::ErrorKind::exhausted);
  RudeService cut("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhi");
  EXPECT_EQ(ask(cut).error().kind, core::ErrorKind::corrupt);
  RudeService noise(
      "\x7f"
      "ELF\x02\x01 not http at all\r\n\r\n");
  EXPECT_EQ(ask(noise).error().kind, core::ErrorKind::corrupt);
  RudeService endless_head("HTTP/1.1 200 OK\r\nA: " + std::string(100'000, 'a'));
  EXPECT_EQ(ask(endless_head).error().kind, core::ErrorKind::exhausted);
}

TEST(HttpClient, DropsAConnectionThatSaidMoreThanItsAnswer) {
  RudeService chatty("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
  HttpClient client(Address::unix_path(chatty.path), kClock);
  for (int i = 0; i < 2; ++i) {
    const auto response = client.send({}, seconds(10));
    ASSERT_TRUE(response.ok());
    EXPECT_EQ(response->body, "hi");
  }
  EXPECT_EQ(chatty.accepted, 2);
}

}  // namespace
}  // namespace noonmark::client
