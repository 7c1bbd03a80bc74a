#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/core/files.h"
#include "base/core/result.h"

namespace noonmark::server {

/// Where to listen.
struct Endpoint {
  enum class Kind { tcp, unix_path, descriptor } kind = Kind::tcp;
  std::string host = "127.0.0.1";  // tcp: a name or an address; empty means every interface
  std::uint16_t port = 0;          // tcp: 0 lets the system choose
  std::filesystem::path path;      // unix_path: at most 107 bytes
  unsigned mode = 0600;            // unix_path: permissions of the socket file
  int descriptor = -1;  // descriptor: a stream socket that already listens; taken over and closed by the listener

  static Endpoint tcp(std::string host, std::uint16_t port);
  static Endpoint unix_path(std::filesystem::path path, unsigned mode = 0600);
  static Endpoint listening(int descriptor);
};

/// A listening stream socket, close-on-exec. A socket file that nobody listens to any more is replaced.
/// Fails: conflict (somebody listens there), denied, invalid (no such address, path too long, descriptor does not
/// listen), internal.
core::Result<core::UniqueFd> open_listener(const Endpoint& endpoint, int backlog = 512);

/// The port that a TCP listener got; 0 for other sockets.
std::uint16_t local_port(int descriptor);

}  // namespace noonmark::server
