#include "net/server/listen.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace noonmark::server {
namespace {

constexpr int kStream = SOCK_STREAM | SOCK_CLOEXEC;

core::Result<sockaddr_un> unix_address(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string& text = path.native();
  if (text.empty() || text.size() >= sizeof(address.sun_path)) {
    return core::invalid("a Unix socket's path must have 1 to " + std::to_string(sizeof(address.sun_path) - 1) +
                         " bytes; choose a shorter one than " + text);
  }
  std::memcpy(address.sun_path, text.data(), text.size());
  return address;
}

const sockaddr* generic(const sockaddr_un& address) { return reinterpret_cast<const sockaddr*>(&address); }

// A socket file stays behind when its process is killed. Connecting tells whether somebody is still there.
bool is_abandoned(const sockaddr_un& address) {
  const core::UniqueFd probe(::socket(AF_UNIX, kStream, 0));
  return probe.valid() && ::connect(probe.get(), generic(address), sizeof(address)) != 0 && errno == ECONNREFUSED;
}

core::Result<core::UniqueFd> listen_on_path(const Endpoint& endpoint, int backlog) {
  const sockaddr_un address = TRY(unix_address(endpoint.path));
  core::UniqueFd socket(::socket(AF_UNIX, kStream, 0));
  if (!socket.valid()) return core::from_errno(errno, "opening a Unix socket");
  int status = ::bind(socket.get(), generic(address), sizeof(address));
  if (status != 0 && errno == EADDRINUSE && is_abandoned(address)) {
    ::unlink(endpoint.path.c_str());
    status = ::bind(socket.get(), generic(address), sizeof(address));
  }
  if (status != 0) {
    if (errno == EADDRINUSE) return core::conflict("another process already listens on " + endpoint.path.string());
    return core::from_errno(errno, "binding " + endpoint.path.string());
  }
  if (::chmod(endpoint.path.c_str(), endpoint.mode) != 0)
    return core::from_errno(errno, "setting permissions of " + endpoint.path.string());
  if (::listen(socket.get(), backlog) != 0) return core::from_errno(errno, "listening on " + endpoint.path.string());
  return socket;
}

core::Result<core::UniqueFd> listen_on_tcp(const Endpoint& endpoint, int backlog) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(endpoint.port);
  const int failed =
      ::getaddrinfo(endpoint.host.empty() ? nullptr : endpoint.host.c_str(), port.c_str(), &hints, &found);
  if (failed != 0) return core::invalid("cannot listen on " + endpoint.host + ": " + ::gai_strerror(failed));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
  const std::string where = endpoint.host + ":" + port;
  int number = EADDRNOTAVAIL;
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
    core::UniqueFd socket(::socket(address->ai_family, kStream, 0));
    if (!socket.valid()) {
      number = errno;
      continue;
    }
    const int on = 1;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (::bind(socket.get(), address->ai_addr, address->ai_addrlen) == 0 && ::listen(socket.get(), backlog) == 0)
      return socket;
    number = errno;
  }
  if (number == EADDRINUSE)
    return core::conflict("another process already listens on " + where + "; choose another port");
  return core::from_errno(number, "listening on " + where);
}

core::Result<core::UniqueFd> take_over(int descriptor) {
  int listening = 0;
  socklen_t size = sizeof(listening);
  if (::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 || listening == 0) {
    return core::invalid("descriptor " + std::to_string(descriptor) + " is not a listening socket");
  }
  return core::UniqueFd(descriptor);
}

}  // namespace

Endpoint Endpoint::tcp(std::string host, std::uint16_t port) {
  Endpoint endpoint;
  endpoint.host = std::move(host);
  endpoint.port = port;
  return endpoint;
}

Endpoint Endpoint::unix_path(std::filesystem::path path, unsigned mode) {
  Endpoint endpoint;
  endpoint.kind = Kind::unix_path;
  endpoint.path = std::move(path);
  endpoint.mode = mode;
  return endpoint;
}

Endpoint Endpoint::listening(int descriptor) {
  Endpoint endpoint;
  endpoint.kind = Kind::descriptor;
  endpoint.descriptor = descriptor;
  return endpoint;
}

core::Result<core::UniqueFd> open_listener(const Endpoint& endpoint, int backlog) {
  switch (endpoint.kind) {
    case Endpoint::Kind::tcp:
      return listen_on_tcp(endpoint, backlog);
    case Endpoint::Kind::unix_path:
      return listen_on_path(endpoint, backlog);
    case Endpoint::Kind::descriptor:
      return take_over(endpoint.descriptor);
  }
  return core::internal("unknown kind of endpoint");
}

std::uint16_t local_port(int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  if (address.ss_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
  if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port);
  return 0;
}

}  // namespace noonmark::server
