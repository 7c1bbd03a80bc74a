#include "net/client/http_client.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <utility>
#include <vector>

#include "net/client/internal/stream.h"
#include "net/http/reader.h"

namespace noonmark::client {
namespace {

using internal::receive;
using internal::send_all;
using internal::wait_for;

constexpr std::chrono::nanoseconds kGlance = std::chrono::milliseconds(100);
constexpr int kStream = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;

core::Result<void> finish_connecting(int socket, const sockaddr* address, socklen_t size, const std::string& where,
                                     const core::Deadline& deadline) {
  int number = ::connect(socket, address, size) == 0 ? 0 : errno;
  if (number == EINPROGRESS) {
    TRY(wait_for(socket, POLLOUT, deadline).context("connecting to " + where));
    socklen_t length = sizeof(number);
    ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &number, &length);
  }
  if (number == 0) return {};
  return core::unavailable("cannot connect to " + where + ": " + std::strerror(number));
}

core::Result<core::UniqueFd> connect_path(const Address& address, const core::Deadline& deadline) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  const std::string& text = address.path.native();
  if (text.empty() || text.size() >= sizeof(name.sun_path))
    return core::invalid("not the path of a Unix socket: " + text);
  std::memcpy(name.sun_path, text.data(), text.size());
  core::UniqueFd socket(::socket(AF_UNIX, kStream, 0));
  if (!socket.valid()) return core::from_errno(errno, "opening a Unix socket");
  TRY(finish_connecting(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name), text, deadline));
  return socket;
}

core::Result<core::UniqueFd> connect_tcp(const Address& address, const core::Deadline& deadline) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  if (failed == EAI_AGAIN)
    return core::unavailable("cannot look up " + address.host + " now: " + ::gai_strerror(failed));
  if (failed != 0) return core::invalid("cannot look up " + address.host + ": " + ::gai_strerror(failed));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
  core::Result<void> last = core::unavailable("no address for " + address.host);
  for (const addrinfo* candidate = found; candidate != nullptr && !deadline.passed(); candidate = candidate->ai_next) {
    core::UniqueFd socket(::socket(candidate->ai_family, kStream, 0));
    if (!socket.valid()) continue;
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    last = finish_connecting(socket.get(), candidate->ai_addr, candidate->ai_addrlen, address.text(), deadline);
    if (last.ok()) return socket;
  }
  return last.error();
}

/// As receive(); asks whoever watches now and then whether to go on.
core::Result<std::size_t> receive_watched(int socket, std::vector<char>& buffer, std::size_t filled,
                                          const core::Deadline& deadline, const core::Clock& clock,
                                          const HttpClient::Watch* watch) {
  if (watch == nullptr) return receive(socket, buffer, filled, deadline);
  while (true) {
    if (!watch->go_on()) return core::cancelled("the receiver of the response doesn't want it any more");
    auto count = receive(socket, buffer, filled, core::Deadline(clock, std::min(kGlance, deadline.remaining())));
    if (count.ok() || count.error().kind != core::ErrorKind::timeout || deadline.passed()) return count;
  }
}

}  // namespace

std::string Address::text() const {
  if (host.empty()) return path.string();
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

core::Result<core::UniqueFd> connect(const Address& address, core::Deadline deadline) {
  return address.host.empty() ? connect_path(address, deadline) : connect_tcp(address, deadline);
}

HttpClient::HttpClient(Address address, const core::Clock& clock, http::MessageLimits limits)
    : address_(std::move(address)), clock_(&clock), limits_(limits) {}

// Between requests nothing may arrive: readable means closed, or an answer that nobody asked for.
bool HttpClient::is_stale() const {
  pollfd entry{socket_.get(), POLLIN, 0};
  return ::poll(&entry, 1, 0) != 0;
}

core::Result<http::Response> HttpClient::send(const http::Request& request, std::chrono::nanoseconds limit) {
  return attempt(request, limit, nullptr);
}

core::Result<http::Response> HttpClient::stream(const http::Request& request, std::chrono::nanoseconds limit,
                                                const OnPiece& on_piece) {
  return stream(request, limit, Watch{[](int, std::string_view) {}, on_piece, [] { return true; }});
}

core::Result<http::Response> HttpClient::stream(const http::Request& request, std::chrono::nanoseconds limit,
                                                const Watch& watch) {
  return attempt(request, limit, &watch);
}

core::Result<http::Response> HttpClient::attempt(const http::Request& request, std::chrono::nanoseconds limit,
                                                 const Watch* watch) {
  const core::Deadline deadline(*clock_, limit);
  if (socket_.valid() && is_stale()) socket_.reset();
  const bool reused = socket_.valid();
  bool begun = false;
  core::Result<http::Response> response = exchange(request, deadline, watch, begun);
  if (!response.ok() && reused && !begun && response.error().kind == core::ErrorKind::unavailable) {
    socket_.reset();
    response = exchange(request, deadline, watch, begun);
  }
  if (!response.ok() || !response->keep_alive || !request.keep_alive) socket_.reset();
  return response;
}

core::Result<http::Response> HttpClient::exchange(const http::Request& request, core::Deadline deadline,
                                                  const Watch* watch, bool& begun) {
  if (!socket_.valid()) socket_ = TRY(connect(address_, deadline));
  const std::string host = address_.host.empty() ? "localhost" : address_.text();
  TRY(send_all(socket_.get(), http::write_request_head(request, host), request.body, deadline));
  http::ResponseReader reader(limits_, request.method == "HEAD");
  std::vector<char> buffer;
  std::size_t filled = 0;
  bool headed = false;
  while (!reader.done()) {
    const std::size_t count = TRY(receive_watched(socket_.get(), buffer, filled, deadline, *clock_, watch));
    if (count == 0) {
      TRY(reader.finish());
      break;
    }
    begun = true;
    filled += count;
    const std::size_t used = TRY(reader.feed({buffer.data(), filled}));
    std::memmove(buffer.data(), buffer.data() + used, filled - used);
    filled -= used;
    if (watch == nullptr || !reader.header_done() || reader.status() / 100 != 2) continue;
    if (!std::exchange(headed, true))
      watch->on_head(reader.status(), reader.headers().find("Content-Type").value_or(""));
    const std::string piece = reader.take_body();
    if (!piece.empty() && !watch->on_piece(piece)) return core::cancelled("the receiver of the response stopped it");
  }
  http::Response response = reader.take();
  // Bytes after the answer: the two sides disagree about where it ended, so this connection is of no more use.
  if (filled > 0) response.keep_alive = false;
  return response;
}

}  // namespace noonmark::client
