#include "edge/network/ports.h"

#include <arpa/inet.h>
#include <cerrno>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/core/files.h"

namespace noonmark::network {
namespace {

core::Result<std::uint16_t> bind_any(int socket) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(socket, generic, size) != 0 || ::getsockname(socket, generic, &size) != 0) {
    return core::from_errno(errno, "cannot get a port of 127.0.0.1");
  }
  return ntohs(address.sin_port);
}

}  // namespace

core::Result<std::vector<std::uint16_t>> free_ports(std::size_t count) {
  std::vector<core::UniqueFd> held;  // all until the last is known, so that they differ
  std::vector<std::uint16_t> ports;
  while (ports.size() < count) {
    held.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!held.back().valid()) return core::from_errno(errno, "cannot make a socket");
    ports.push_back(TRY(bind_any(held.back().get())));
  }
  return ports;
}

}  // namespace noonmark::network
