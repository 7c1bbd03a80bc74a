#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "base/core/result.h"
#include "net/http/message.h"
#include "net/server/listen.h"
#include "net/server/websocket.h"

namespace noonmark::server {

class Exchange;

/// The way back to one caller. A copy is another handle on the same answer. When the last handle goes away unanswered
/// the caller gets a 500, so that no request is ever left hanging. Threads: any, also after the server has been
/// destroyed (the calls then do nothing).
class Responder {
 public:
  /// Shared, because the connection and any number of handles on other threads may go first.
  explicit Responder(std::shared_ptr<Exchange> exchange);

  /// The whole answer at once. Only the first answer to a request counts.
  void respond(http::Response response);

  /// Begins an answer that comes in pieces (chunked; for Server-Sent Events set Content-Type: text/event-stream).
  /// Returns false when the caller is gone.
  bool begin_stream(int status, http::Headers headers);
  /// Queues one piece. Returns false when the caller is gone, or reads so slowly that Limits::stream_buffer is full (it
  /// is then cut off).
  bool write(std::string_view piece);
  void finish();

  /// Turns the connection into a WebSocket, as `request` (the one being answered) asks. The handlers may be called
  /// before this returns. Fails: invalid (not a proper opening; still to be answered, with 400), cancelled (the caller
  /// is gone or was answered).
  core::Result<WebSocket> upgrade(const http::Request& request, WebSocketHandlers handlers);

  /// The caller has hung up or the server has given up waiting; the answer will not be read. Found within a sweep
  /// (about a second).
  bool cancelled() const;

 private:
  std::shared_ptr<Exchange> exchange_;  // shared with the connection
};

/// Called on the server's thread once a request is complete: must not block, may carry the Responder to another thread.
using Handler = std::function<void(http::Request, Responder)>;

struct Limits {
  http::MessageLimits message;
  websocket::Limits websocket;
  std::size_t connections = 1024;           // beyond: 503 and closed
  std::size_t requests_in_flight = 512;     // beyond: 503
  std::size_t stream_buffer = 1024 * 1024;  // of a stream or a WebSocket, not yet sent
  std::chrono::milliseconds idle{60'000};   // between requests; without a sign of life on a WebSocket
  std::chrono::milliseconds read{30'000};   // from the first byte of a request to its last: 408
  std::chrono::milliseconds write{30'000};  // without progress while an answer is being sent
  int threads = 1;
};

struct Counters {
  std::uint64_t connections_open = 0, requests_in_flight = 0;
  std::uint64_t connections_accepted = 0, connections_refused = 0, requests_served = 0, requests_refused = 0;
};

/// An HTTP/1.1 listener: keep-alive, pipelining in order, chunked bodies, limits everywhere. What a caller gets wrong
/// is answered in the shape of http::error_response with 400, 408, 413, 431, 501, 503 or 505. Threads: any. Runs
/// Limits::threads threads of its own. Owner: whoever started it.
class HttpServer {
 public:
  /// Fails: as open_listener.
  static core::Result<std::unique_ptr<HttpServer>> start(const Endpoint& endpoint, Handler handler, Limits limits = {});
  /// stop() without waiting for answers.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// The TCP port listened on; 0 for Unix sockets.
  std::uint16_t port() const;
  Counters counters() const;

  /// Accepts nothing new, lets requests in flight be answered for at most `drain`, then cuts off the rest. Blocks.
  /// Idempotent.
  void stop(std::chrono::milliseconds drain);

 private:
  struct State;
  explicit HttpServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace noonmark::server
