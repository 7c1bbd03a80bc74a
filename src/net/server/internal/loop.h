#pragma once

#include <atomic>
#include <chrono>
#include <list>
#include <string>
#include <thread>
#include <vector>

#include "net/server/http_server.h"
#include "net/server/internal/asio.h"

namespace noonmark::server {

/// Counters that all loops of a server share.
struct Totals {
  std::atomic<std::uint64_t> connections_open{0}, requests_in_flight{0};
  std::atomic<std::uint64_t> connections_accepted{0}, connections_refused{0}, requests_served{0}, requests_refused{0};
};

class Connection;

/// One thread with its own io_context, its own copy of the listening descriptor, and one timer that ends whatever is
/// overdue.
class Loop {
 public:
  Loop(int listener, const Limits& limits, const Handler& handler, Totals& totals);
  ~Loop();

  void run();
  /// Stops accepting and ends idle connections. Threads: any.
  void begin_drain();
  /// Ends every connection and then the loop. Threads: any.
  void end();
  void join();

 private:
  friend class Connection;
  Awaitable<void> accept();
  Awaitable<void> sweep();
  void admit(Socket socket);

  const Limits& limits_;
  const Handler& handler_;
  Totals& totals_;
  // Before context_: destroying it destroys the connections that are left, and those look at these.
  std::list<Connection*> connections_;
  std::string date_;
  std::vector<char> shared_buffer_ = std::vector<char>(64 * 1024);  // of open WebSockets, within one call
  bool draining_ = false;
  asio::io_context context_{1};
  Acceptor acceptor_;
  Timer sweep_timer_;
  std::thread thread_;
};

}  // namespace noonmark::server
