#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "net/server/internal/asio.h"
#include "net/server/websocket.h"

namespace noonmark::server {

/// An open WebSocket between whoever speaks on it and the connection that writes and reads. Threads: any, but for the
/// connection's side, which is its loop's.
class Channel : public std::enable_shared_from_this<Channel> {
 public:
  /// `wake` tells the connection that take() has something; called under the lock.
  Channel(std::size_t buffer, std::function<void()> wake, WebSocketHandlers handlers)
      : buffer_(buffer), wake_(std::move(wake)), handlers_(std::move(handlers)) {}

  // The speaking side.
  bool send(const websocket::Incoming& what);
  void close(std::uint16_t code, std::string_view reason);
  bool open() const;

  // The connection's side.
  struct Outgoing {
    std::string bytes;
    bool last = false;    // nothing follows these bytes
    bool broken = false;  // the other side reads too slowly: cut the connection
  };
  Outgoing take();
  /// From now on `wake` is called; false when something is there already.
  bool wait();
  /// Answers or passes on what has come; false after a Close.
  bool hear(websocket::Incoming what);
  /// The peer reads too slowly, or our Close was queued at least `limit` ago: the connection is to be cut.
  bool overdue(SteadyTime now, std::chrono::milliseconds limit) const;
  /// The connection has ended: says so to on_close. Idempotent.
  void end();

 private:
  bool queue(const websocket::Incoming& what);
  void notify();

  mutable std::mutex mutex_;
  const std::size_t buffer_;
  std::function<void()> wake_;
  WebSocketHandlers handlers_;
  std::string outgoing_;
  bool closing_ = false, broken_ = false, ended_ = false, waiting_ = false;
  SteadyTime closed_at_{};
};

}  // namespace noonmark::server
