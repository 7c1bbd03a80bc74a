#include "ledger/node/node.h"

#include <sys/socket.h>
#include <thread>

#include <gtest/gtest.h>

#include "base/core/files.h"
#include "ledger/node/testing/toy_machine.h"
#include "net/client/http_client.h"
#include "net/websocket/frame.h"
#include "net/websocket/handshake.h"

namespace noonmark::node {
namespace {

using testing::ToyMachine;

core::SystemClock real_clock;

class NodeTest : public ::testing::Test {
 protected:
  void start(std::chrono::milliseconds block_time) {
    NodeSettings settings;
    settings.endpoint = server::Endpoint::tcp("127.0.0.1", 0);
    settings.block_time = block_time;
    settings.development = true;
    node = Node::start(Chain::open(toy, store, real_clock.now()).value(), settings, real_clock).value();
  }
  http::Response post(std::string body) {
    http::Request request;
    request.method = "POST";
    request.body = std::move(body);
    client::HttpClient caller(client::Address::tcp("127.0.0.1", node->port()), real_clock);
    return caller.send(request, std::chrono::seconds(10)).value();
  }

  core::TempDir folder = core::TempDir::create("node").value();
  ToyMachine toy;
  sql::Database database = sql::Database::open_sqlite(folder.path() / "x.sqlite").value();
  ChainStore store = ChainStore::open(database).value();
  std::unique_ptr<Node> node;
};

/// A WebSocket client that blocks.
class Socket {
 public:
  explicit Socket(std::uint16_t port)
      : fd_(client::connect(client::Address::tcp("127.0.0.1", port), {real_clock, std::chrono::seconds(5)}).value()) {
    send_bytes(websocket::write_opening_request("/", "x", "dGhlIHNhbXBsZSBub25jZQ=="));
    while (unread_.find("\r\n\r\n") == std::string::npos) receive();
    unread_.erase(0, unread_.find("\r\n\r\n") + 4);
  }
  void send(std::string_view text) {
    send_bytes(websocket::write_frame(websocket::Message{websocket::Kind::text, std::string(text)}, websocket::Mask{}));
  }
  codec::Json next() {
    while (true) {
      unread_.erase(0, reader_.feed(unread_));
      if (reader_.done()) return codec::parse_json(std::get<websocket::Message>(reader_.take()).data).value();
      receive();
    }
  }

 private:
  void send_bytes(std::string_view bytes) {
    EXPECT_EQ(::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  void receive() {
    char buffer[4096];
    const auto count = ::recv(fd_.get(), buffer, sizeof(buffer), 0);
    if (count > 0) unread_.append(buffer, static_cast<std::size_t>(count));
    if (count < 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  core::UniqueFd fd_;
  std::string unread_;
  websocket::Reader reader_{websocket::Role::client, {}};
};

TEST_F(NodeTest, AnswersByPost) {
  start(std::chrono::milliseconds(0));
  const http::Response answer = post(R"({"jsonrpc":"2.0","id":1,"method":"system_chain"})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"id":1,"jsonrpc":"2.0","result":"Noonmark"})");
  EXPECT_EQ(post(R"({"jsonrpc":"2.0","method":"system_chain"})").status, 204);
}

TEST_F(NodeTest, MakesBlocksByTheClockAndTellsByWebSocket) {
  start(std::chrono::milliseconds(100));
  Socket socket(node->port());
  socket.send(R"({"jsonrpc":"2.0","id":1,"method":"chain_subscribeFinalizedHeads"})");
  EXPECT_EQ(*socket.next().find("id"), codec::Json(1));
  std::string last;
  for (int i = 0; i < 4; ++i) {
    const codec::Json head = socket.next();
    const std::string number = head.find("params")->find("result")->find("number")->as_string();
    EXPECT_NE(number, last);
    last = number;
  }
}

TEST_F(NodeTest, WatchesAnExtrinsicUntilItIsFinal) {
  start(std::chrono::milliseconds(0));
  Socket socket(node->port());
  socket.send(R"({"jsonrpc":"2.0","id":1,"method":"author_submitAndWatchExtrinsic","params":[")" +
              hex0x(ToyMachine::extrinsic(1, 0, "a=x")) + R"("]})");
  socket.next();
  EXPECT_EQ(*socket.next().find("params")->find("result"), codec::Json("ready"));
  post(R"({"jsonrpc":"2.0","id":1,"method":"dev_newBlock"})");
  EXPECT_NE(socket.next().find("params")->find("result")->find("inBlock"), nullptr);
  EXPECT_NE(socket.next().find("params")->find("result")->find("finalized"), nullptr);
}

TEST_F(NodeTest, StopsWithCallersConnected) {
  start(std::chrono::milliseconds(50));
  Socket socket(node->port());
  socket.send(R"({"jsonrpc":"2.0","id":1,"method":"chain_subscribeNewHeads"})");
  socket.next();
  node.reset();
}

}  // namespace
}  // namespace noonmark::node
