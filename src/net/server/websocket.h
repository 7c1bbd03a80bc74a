#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "net/websocket/frame.h"

namespace noonmark::server {

class Channel;

/// Our end of an open WebSocket. A copy is another handle on the same one; dropping all of them does not close it.
/// Pings, pongs, the closing handshake and Limits::idle without a sign of life are seen to inside.
/// Threads: any, also after the server has been destroyed (the calls then do nothing).
class WebSocket {
 public:
  /// Shared with the connection, which may go first.
  explicit WebSocket(std::shared_ptr<Channel> channel) : channel_(std::move(channel)) {}

  /// Queues one message; of a text, `data` must be UTF-8. Returns false when the other side is gone or closing, or
  /// reads so slowly that Limits::stream_buffer is full (it is then cut off).
  bool send(websocket::Kind kind, std::string_view data);
  /// Sends what is queued, then a Close, and waits for the other side's. `code`: RFC 6455 §7.4.
  void close(std::uint16_t code = 1000, std::string_view reason = {});
  /// False from the first sign of an end.
  bool open() const;
  /// Handles on the same WebSocket are equal.
  bool operator==(const WebSocket&) const = default;

 private:
  std::shared_ptr<Channel> channel_;  // shared with the connection
};

/// What happens on a WebSocket, one call at a time per WebSocket, on the server's thread: must not block.
struct WebSocketHandlers {
  std::function<void(WebSocket&, websocket::Message)> on_message;
  /// The last call, exactly once however the end came about; at the server's own end on the thread that stops it.
  std::function<void(WebSocket&)> on_close;
};

}  // namespace noonmark::server
