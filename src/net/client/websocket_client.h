#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "base/core/clock.h"
#include "base/core/files.h"
#include "base/core/result.h"
#include "net/client/http_client.h"
#include "net/websocket/frame.h"

namespace noonmark::client {

/// A client's end of a WebSocket over TCP (RFC 6455, no extension). Answers pings, and sends some itself, so that NAT
/// on the way keeps its mapping and a dead peer is noticed.
/// Owner: the caller. Threads: send() and close() on any; receive() on one.
class WebSocketClient {
 public:
  struct Settings {
    websocket::Limits limits;
    core::Nanos ping = std::chrono::seconds(20);    ///< of silence, before it is asked for a sign of life
    core::Nanos silent = std::chrono::seconds(60);  ///< without a sign of life: gone
    core::Nanos write = std::chrono::seconds(30);   ///< for one message
  };

  /// Connects and opens, for at most `patience`. `clock` must outlive the client. Fails: as connect(); denied (an HTTP
  /// answer that opens nothing), corrupt (no WebSocket server), timeout.
  static core::Result<std::unique_ptr<WebSocketClient>> open(const Address& address, std::string_view target,
                                                             const core::Clock& clock, core::Nanos patience,
                                                             Settings settings);
  WebSocketClient(const WebSocketClient&) = delete;
  WebSocketClient& operator=(const WebSocketClient&) = delete;

  /// Fails: unavailable (closed), timeout. The connection is then of no use.
  core::Result<void> send(websocket::Kind kind, std::string_view data);
  /// The next message, or nothing after `wait`. Fails: unavailable (closed, silent for too long), corrupt (a fault of
  /// the other side's).
  core::Result<std::optional<websocket::Message>> receive(core::Nanos wait);
  /// Says goodbye; what comes after that isn't looked at.
  void close(std::uint16_t code = 1000, std::string_view reason = {});

 private:
  WebSocketClient(core::UniqueFd socket, const core::Clock& clock, Settings settings);
  core::Result<void> shake_hands(std::string_view target, const std::string& host, const core::Deadline& deadline);
  core::Result<void> write(const websocket::Incoming& what);
  core::Result<std::optional<websocket::Message>> next_from_buffer();
  core::Result<void> watch_over_silence();

  core::UniqueFd socket_;
  const core::Clock& clock_;
  Settings settings_;
  websocket::Reader reader_;
  std::vector<char> buffer_;
  std::size_t read_ = 0, filled_ = 0;  // of buffer_: consumed, received
  core::Nanos heard_, asked_;          // steady time of the last sign of life, of our last ping
  std::mutex sending_;
};

}  // namespace noonmark::client
