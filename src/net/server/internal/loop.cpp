#include "net/server/internal/loop.h"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/server/internal/connection.h"

namespace noonmark::server {
namespace {

std::chrono::milliseconds sweep_interval(const Limits& limits) {
  const auto shortest = std::min({limits.idle, limits.read, limits.write});
  return std::clamp(shortest / 4, std::chrono::milliseconds(10), std::chrono::milliseconds(1000));
}

// RFC 9110 §5.6.7. Names are written out because strftime's depend on the locale.
std::string date_now() {
  constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  char text[64];
  std::snprintf(text, sizeof(text), "%s, %02d %s %04d %02d:%02d:%02d GMT", kDays[utc.tm_wday], utc.tm_mday,
                kMonths[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
  return text;
}

void send_at_once(Socket& socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  ::getsockname(socket.native_handle(), reinterpret_cast<sockaddr*>(&address), &size);
  if (address.ss_family != AF_INET && address.ss_family != AF_INET6) return;
  const int on = 1;
  ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

}  // namespace

Loop::Loop(int listener, const Limits& limits, const Handler& handler, Totals& totals)
    : limits_(limits),
      handler_(handler),
      totals_(totals),
      date_(date_now()),
      acceptor_(context_.get_executor()),
      sweep_timer_(context_.get_executor()) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  acceptor_.assign(Protocol(address.ss_family, 0), listener);
  asio::co_spawn(context_, accept(), asio::detached);
  asio::co_spawn(context_, sweep(), asio::detached);
}

Loop::~Loop() = default;

void Loop::run() {
  thread_ = std::thread([this] { context_.run(); });
}

void Loop::join() {
  if (thread_.joinable()) thread_.join();
}

Awaitable<void> Loop::accept() {
  while (acceptor_.is_open()) {
    auto [error, socket] = co_await acceptor_.async_accept(context_.get_executor(), kToken);
    if (!error) {
      admit(std::move(socket));
      continue;
    }
    if (error == asio::error::operation_aborted || !acceptor_.is_open()) co_return;
    // Out of descriptors, most likely: waiting costs callers less than giving up listening.
    Timer pause(context_.get_executor(), std::chrono::milliseconds(50));
    co_await pause.async_wait(kToken);
  }
}

void Loop::admit(Socket socket) {
  send_at_once(socket);
  totals_.connections_accepted++;
  const bool full = totals_.connections_open >= limits_.connections;
  auto connection = std::make_shared<Connection>(*this, std::move(socket));
  if (full) {
    totals_.connections_refused++;
    asio::co_spawn(context_, Connection::turn_away(std::move(connection)), asio::detached);
  } else {
    asio::co_spawn(context_, Connection::serve(std::move(connection)), asio::detached);
  }
}

Awaitable<void> Loop::sweep() {
  const auto interval = sweep_interval(limits_);
  while (true) {
    sweep_timer_.expires_after(interval);
    const auto [error] = co_await sweep_timer_.async_wait(kToken);
    if (error) co_return;
    date_ = date_now();
    const SteadyTime now = std::chrono::steady_clock::now();
    for (Connection* connection : connections_) connection->look_after(now);
  }
}

void Loop::begin_drain() {
  asio::post(context_, [this] {
    draining_ = true;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    for (Connection* connection : connections_) connection->begin_drain();
  });
}

void Loop::end() {
  asio::post(context_, [this] {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    for (Connection* connection : connections_) connection->cut();
    context_.stop();
  });
}

}  // namespace noonmark::server
