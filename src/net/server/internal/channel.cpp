#include "net/server/internal/channel.h"

#include <utility>

namespace noonmark::server {

bool WebSocket::send(websocket::Kind kind, std::string_view data) {
  return channel_->send(websocket::Message{kind, std::string(data)});
}
void WebSocket::close(std::uint16_t code, std::string_view reason) { channel_->close(code, reason); }
bool WebSocket::open() const { return channel_->open(); }

void Channel::notify() {
  if (waiting_ && wake_) wake_();
  waiting_ = false;
}

bool Channel::queue(const websocket::Incoming& what) {
  if (closing_ || broken_ || ended_) return false;
  const std::string frame = websocket::write_frame(what);
  if (outgoing_.size() + frame.size() > buffer_) {
    broken_ = true;
  } else {
    outgoing_ += frame;
  }
  notify();
  return !broken_;
}

bool Channel::send(const websocket::Incoming& what) {
  const std::lock_guard lock(mutex_);
  return queue(what);
}

void Channel::close(std::uint16_t code, std::string_view reason) {
  const std::lock_guard lock(mutex_);
  if (!queue(websocket::Close{code, std::string(reason)})) return;
  closing_ = true;
  closed_at_ = std::chrono::steady_clock::now();
}

bool Channel::open() const {
  const std::lock_guard lock(mutex_);
  return !closing_ && !broken_ && !ended_;
}

Channel::Outgoing Channel::take() {
  const std::lock_guard lock(mutex_);
  return {std::exchange(outgoing_, {}), closing_, broken_};
}

bool Channel::wait() {
  const std::lock_guard lock(mutex_);
  if (!outgoing_.empty() || closing_ || broken_) return false;
  waiting_ = true;
  return true;
}

bool Channel::hear(websocket::Incoming what) {
  if (auto* message = std::get_if<websocket::Message>(&what)) {
    // Only this thread changes the handlers, in end(), so they need no lock here.
    WebSocket self(shared_from_this());
    if (open() && handlers_.on_message) handlers_.on_message(self, std::move(*message));
  } else if (auto* ping = std::get_if<websocket::Ping>(&what)) {
    send(websocket::Pong{std::move(ping->payload)});
  } else if (const auto* closed = std::get_if<websocket::Close>(&what)) {
    close(closed->code, {});
    return false;
  }
  return true;
}

bool Channel::overdue(SteadyTime now, std::chrono::milliseconds limit) const {
  const std::lock_guard lock(mutex_);
  return broken_ || (closing_ && now >= closed_at_ + limit);
}

void Channel::end() {
  WebSocketHandlers last;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    waiting_ = false;
    wake_ = nullptr;
    last = std::exchange(handlers_, {});
  }
  WebSocket self(shared_from_this());
  if (last.on_close) last.on_close(self);
}

}  // namespace noonmark::server
