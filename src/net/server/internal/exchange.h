#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "net/http/message.h"
#include "net/server/internal/channel.h"

namespace noonmark::server {

/// What is to be written to a connection next.
struct Outgoing {
  std::string head, body;  // written in this order
  bool last = false;       // the answer is complete with this
  bool close = false;      // the connection ends after it
  bool broken = false;     // the answer cannot be completed: cut the connection
  bool empty() const { return head.empty() && body.empty() && !last && !broken; }
};

/// One request's answer, between whoever answers and the connection that writes. Threads: any.
class Exchange {
 public:
  struct Setting {
    bool head_request = false;
    bool http10 = false;
    bool keep_alive = true;
    std::size_t stream_buffer = 0;
    std::string date;
    std::function<void()> wake;  // tells the connection that take() has something; called under the lock
  };
  explicit Exchange(Setting setting) : setting_(std::move(setting)) {}

  // The answering side.
  void respond(http::Response response);
  bool begin_stream(int status, const http::Headers& headers);
  bool write(std::string_view piece);
  void finish();
  /// Answers with `head` and turns the connection into a WebSocket; null when the caller is gone or was answered.
  // Shared between the connection and whoever speaks.
  std::shared_ptr<Channel> upgrade(std::string head, WebSocketHandlers handlers);
  void abandon();  // the last handle is gone
  bool gone() const;

  // The connection's side.
  Outgoing take();
  /// From now on wake() is called; false when something is there already.
  bool wait();
  /// The connection has ended; nothing is called or queued any more.
  void detach();
  /// Set by upgrade(). Shared: see there.
  std::shared_ptr<Channel> channel() const;
  /// This answer must be the connection's last one.
  void close_after();

 private:
  enum class Phase { waiting, streaming, finished };
  void notify();

  mutable std::mutex mutex_;
  Setting setting_;
  Phase phase_ = Phase::waiting;
  Outgoing outgoing_;
  std::shared_ptr<Channel> channel_;  // shared: see upgrade()
  bool chunked_ = false;
  bool waiting_ = false;
  bool gone_ = false;
};

}  // namespace noonmark::server
