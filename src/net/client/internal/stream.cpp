#include "net/client/internal/stream.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>

namespace noonmark::client::internal {
namespace {

constexpr std::size_t kReadSize = 64 * 1024;

}  // namespace

core::Result<void> wait_for(int socket, short events, const core::Deadline& deadline) {
  while (true) {
    const auto left = deadline.remaining();
    pollfd entry{socket, events, 0};
    const timespec limit{static_cast<time_t>(left.count() / 1'000'000'000),
                         static_cast<long>(left.count() % 1'000'000'000)};
    const int ready = ::ppoll(&entry, 1, &limit, nullptr);
    if (ready > 0) return {};
    if (ready == 0) return core::timeout("no answer within the time limit");
    if (errno != EINTR) return core::from_errno(errno, "waiting for a connection");
  }
}

core::Result<void> send_all(int socket, std::string_view head, std::string_view body, const core::Deadline& deadline) {
  while (!head.empty() || !body.empty()) {
    std::array<iovec, 2> parts{iovec{const_cast<char*>(head.data()), head.size()},
                               iovec{const_cast<char*>(body.data()), body.size()}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    const auto sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
    if (sent >= 0) {
      const std::size_t from_head = std::min(static_cast<std::size_t>(sent), head.size());
      head.remove_prefix(from_head);
      body.remove_prefix(static_cast<std::size_t>(sent) - from_head);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      TRY(wait_for(socket, POLLOUT, deadline));
    } else if (errno == EPIPE || errno == ECONNRESET) {
      return {};
    } else if (errno != EINTR) {
      return core::from_errno(errno, "sending a request");
    }
  }
  return {};
}

core::Result<std::size_t> receive(int socket, std::vector<char>& buffer, std::size_t filled,
                                  const core::Deadline& deadline) {
  if (buffer.size() < filled + kReadSize) buffer.resize(filled + kReadSize);
  while (true) {
    const auto count = ::recv(socket, buffer.data() + filled, buffer.size() - filled, 0);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      TRY(wait_for(socket, POLLIN, deadline));
    } else if (errno == ECONNRESET) {
      return std::size_t{0};
    } else if (errno != EINTR) {
      return core::from_errno(errno, "reading a response");
    }
  }
}

}  // namespace noonmark::client::internal
