#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/core/clock.h"
#include "base/core/files.h"
#include "base/core/result.h"
#include "net/http/message.h"

namespace noonmark::client {

/// Whom to call.
struct Address {
  std::string host;  // tcp; empty for a Unix socket
  std::uint16_t port = 0;
  std::filesystem::path path;  // Unix socket

  static Address tcp(std::string host, std::uint16_t port) { return {std::move(host), port, {}}; }
  static Address unix_path(std::filesystem::path path) { return {{}, 0, std::move(path)}; }
  /// For messages and the Host header.
  std::string text() const;
};

/// A connected, non-blocking stream socket. Fails: unavailable (refused, no such socket), timeout, invalid (unknown
/// host), internal.
core::Result<core::UniqueFd> connect(const Address& address, core::Deadline deadline);

/// A blocking HTTP/1.1 client for one address, one request at a time over a kept connection.
/// The answer is foreign: its head and body are limited, and each call has a deadline for everything it does.
/// Threads: one at a time.
class HttpClient {
 public:
  /// `clock` must outlive the client.
  HttpClient(Address address, const core::Clock& clock, http::MessageLimits limits = {16 * 1024, 64 * 1024 * 1024});

  /// Connects when there is no usable connection, sends, and reads the whole answer. A kept connection that turns out
  /// to be closed before the first byte of an answer is replaced once. Any HTTP status is a success here. Fails:
  /// unavailable (cannot connect, closed before an answer), timeout, corrupt (not HTTP, cut short), exhausted (answer
  /// too long), cancelled.
  core::Result<http::Response> send(const http::Request& request, std::chrono::nanoseconds limit);

  /// The same for answers that arrive in pieces: `on_piece` gets body bytes as they come and ends the call (cancelled,
  /// connection closed) by returning false. The returned response has an empty body. Answers with a status other than
  /// 2xx are not given to `on_piece` but returned whole.
  using OnPiece = std::function<bool(std::string_view)>;
  /// Whoever follows an answer as it comes.
  struct Watch {
    std::function<void(int status, std::string_view content_type)> on_head;  ///< of a 2xx, before its first piece
    OnPiece on_piece;
    std::function<bool()> go_on;  ///< asked ten times a second while nothing comes; false ends the call (cancelled)
  };
  core::Result<http::Response> stream(const http::Request& request, std::chrono::nanoseconds limit,
                                      const OnPiece& on_piece);
  /// As above. Every member of `watch` must be there.
  core::Result<http::Response> stream(const http::Request& request, std::chrono::nanoseconds limit, const Watch& watch);

  /// Forgets the connection.
  void close() { socket_.reset(); }

 private:
  core::Result<http::Response> exchange(const http::Request& request, core::Deadline deadline, const Watch* watch,
                                        bool& begun);
  core::Result<http::Response> attempt(const http::Request& request, std::chrono::nanoseconds limit,
                                       const Watch* watch);
  bool is_stale() const;

  Address address_;
  const core::Clock* clock_;
  http::MessageLimits limits_;
  core::UniqueFd socket_;
};

}  // namespace noonmark::client
