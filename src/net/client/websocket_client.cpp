#include "net/client/websocket_client.h"

#include <algorithm>
#include <poll.h>

#include "base/codec/text.h"
#include "base/core/random.h"
#include "net/client/internal/stream.h"
#include "net/websocket/handshake.h"

namespace noonmark::client {
namespace {

using websocket::Incoming;

constexpr std::size_t kMaxHead = 16 * 1024;

websocket::Mask fresh_mask() {
  websocket::Mask mask{};
  core::fill_secure_random(mask);
  return mask;
}

/// Foreign words for a message of ours.
std::string shown(std::string words) {
  std::ranges::replace_if(
      words, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return words;
}

}  // namespace

WebSocketClient::WebSocketClient(core::UniqueFd socket, const core::Clock& clock, Settings settings)
    : socket_(std::move(socket)),
      clock_(clock),
      settings_(settings),
      reader_(websocket::Role::client, settings.limits),
      heard_(clock.steady()),
      asked_(heard_) {}

core::Result<std::unique_ptr<WebSocketClient>> WebSocketClient::open(const Address& address, std::string_view target,
                                                                     const core::Clock& clock, core::Nanos patience,
                                                                     Settings settings) {
  const core::Deadline deadline(clock, patience);
  core::UniqueFd socket = TRY(connect(address, deadline));
  std::unique_ptr<WebSocketClient> opened(new WebSocketClient(std::move(socket), clock, settings));
  TRY(opened->shake_hands(target, address.text(), deadline).context("opening a WebSocket at " + address.text()));
  return opened;
}

core::Result<void> WebSocketClient::shake_hands(std::string_view target, const std::string& host,
                                                const core::Deadline& deadline) {
  std::array<std::uint8_t, 16> random{};
  core::fill_secure_random(random);
  const std::string key = codec::base64(random);
  TRY(internal::send_all(socket_.get(), websocket::write_opening_request(target, host, key), {}, deadline));
  while (true) {
    const std::string_view seen(buffer_.data(), filled_);
    if (const std::size_t end = seen.find("\r\n\r\n"); end != std::string_view::npos) {
      read_ = end + 4;
      return websocket::check_accepting_head(seen.substr(0, read_), key);
    }
    if (filled_ > kMaxHead) return core::corrupt("the answer's head is too long");
    const std::size_t more = TRY(internal::receive(socket_.get(), buffer_, filled_, deadline));
    if (more == 0) return core::unavailable("closed before it was open");
    filled_ += more;
  }
}

core::Result<void> WebSocketClient::write(const Incoming& what) {
  const std::string frame = websocket::write_frame(what, fresh_mask());
  const core::Deadline deadline(clock_, settings_.write);
  const std::lock_guard lock(sending_);
  return internal::send_all(socket_.get(), frame, {}, deadline);
}

core::Result<void> WebSocketClient::send(websocket::Kind kind, std::string_view data) {
  return write(websocket::Message{kind, std::string(data)});
}

void WebSocketClient::close(std::uint16_t code, std::string_view reason) {
  (void)write(websocket::Close{code, std::string(reason)});
}

/// A message that has arrived whole; answers what needs an answer on the way.
core::Result<std::optional<websocket::Message>> WebSocketClient::next_from_buffer() {
  while (read_ < filled_) {
    read_ += reader_.feed(std::string_view(buffer_.data() + read_, filled_ - read_));
    if (reader_.fault()) {
      close(reader_.fault()->code, reader_.fault()->message);
      return core::corrupt("the other side of a WebSocket: " + reader_.fault()->message);
    }
    if (!reader_.done()) break;
    Incoming incoming = reader_.take();
    if (auto* message = std::get_if<websocket::Message>(&incoming)) return std::optional(std::move(*message));
    if (const auto* ping = std::get_if<websocket::Ping>(&incoming)) TRY(write(websocket::Pong{ping->payload}));
    if (const auto* bye = std::get_if<websocket::Close>(&incoming)) {
      close(bye->code == 1005 ? 1000 : bye->code);
      return core::unavailable("the other side closed the connection" +
                               (bye->reason.empty() ? "" : ": " + shown(bye->reason)));
    }
  }
  read_ = filled_ = 0;
  return std::optional<websocket::Message>();
}

core::Result<void> WebSocketClient::watch_over_silence() {
  const core::Nanos now = clock_.steady();
  if (now - heard_ >= settings_.silent) return core::unavailable("no sign of life from the other side");
  if (now - std::max(heard_, asked_) < settings_.ping) return {};
  asked_ = now;
  return write(websocket::Ping{});
}

core::Result<std::optional<websocket::Message>> WebSocketClient::receive(core::Nanos wait) {
  const core::Deadline deadline(clock_, wait);
  while (true) {
    auto message = TRY(next_from_buffer());
    if (message) return message;
    TRY(watch_over_silence());
    const core::Deadline next_look(clock_, std::min({deadline.remaining(), settings_.ping, settings_.silent}));
    const auto more = internal::receive(socket_.get(), buffer_, 0, next_look);
    if (!more.ok() && more.error().kind != core::ErrorKind::timeout) return more.error();
    if (more.ok() && *more == 0) return core::unavailable("the other side is gone");
    if (more.ok()) {
      filled_ = *more;
      heard_ = clock_.steady();
    } else if (deadline.passed()) {
      return std::optional<websocket::Message>();
    }
  }
}

}  // namespace noonmark::client
