#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http/reader.h"
#include "net/server/internal/asio.h"
#include "net/server/internal/channel.h"
#include "net/server/internal/exchange.h"
#include "net/server/internal/loop.h"

namespace noonmark::server {

/// One caller's connection: reads a request, hands it over, writes the answer, again. Shared between its coroutine,
/// which owns it, and wake-ups on their way from other threads, which look whether it is still there. Threads: its
/// loop's.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Loop& loop, Socket socket);
  ~Connection();

  // Shared: see above.
  static Awaitable<void> serve(std::shared_ptr<Connection> self);
  /// Says 503 and closes; for connections beyond the limit.
  static Awaitable<void> turn_away(std::shared_ptr<Connection> self);  // shared: see above

  void look_after(SteadyTime now);  // from the sweep: deadlines, callers who hung up
  void begin_drain();
  void cut();

 private:
  enum class Phase { idle, reading, answering, writing, closing, talking };

  Awaitable<std::optional<http::Request>> read_request();
  Awaitable<bool> read_more();
  Awaitable<bool> answer(http::Request request);
  /// A WebSocket from its opening to its end; speak() runs beside it and writes.
  Awaitable<void> converse();
  static Awaitable<void> speak(std::shared_ptr<Connection> self);  // shared: see above
  /// Takes frames; false after the last one.
  bool hear(websocket::Reader& frames, std::string_view bytes);
  bool hear_more(websocket::Reader& frames);
  void look_after_talk(SteadyTime now);
  Awaitable<bool> send(std::string_view first, std::string_view second);
  Awaitable<void> refuse(int status, std::string message);
  Awaitable<void> close_gently();
  // Shared with whoever answers, on another thread.
  std::shared_ptr<Exchange> make_exchange(const http::Request& request);
  void enter(Phase phase, std::chrono::milliseconds limit);

  Loop& loop_;
  Socket socket_;
  Timer wake_{loop_.context_.get_executor()}, spoken_{loop_.context_.get_executor()};
  http::RequestReader reader_{loop_.limits_.message};
  std::vector<char> buffer_ = std::vector<char>(16 * 1024);
  std::size_t begin_ = 0, end_ = 0;  // unread bytes of buffer_
  Phase phase_ = Phase::idle;
  SteadyTime deadline_;
  bool overdue_ = false;
  std::shared_ptr<Exchange> exchange_;  // shared with whoever answers
  std::shared_ptr<Channel> channel_;    // shared with whoever speaks
  bool talking_ = false, speaking_ = false, pinged_ = false;
  SteadyTime heard_;
  std::list<Connection*>::iterator place_;
};

}  // namespace noonmark::server
