#include "net/server/internal/exchange.h"

#include <utility>

namespace noonmark::server {
namespace {

bool has_no_body(int status) { return status / 100 == 1 || status == 204 || status == 304; }

}  // namespace

void Exchange::notify() {
  if (waiting_ && setting_.wake) setting_.wake();
  waiting_ = false;
}

void Exchange::respond(http::Response response) {
  const std::lock_guard lock(mutex_);
  if (phase_ != Phase::waiting || gone_) return;
  phase_ = Phase::finished;
  const bool keep_alive = setting_.keep_alive && response.keep_alive;
  http::Framing framing{http::Framing::Kind::length, response.body.size()};
  if (has_no_body(response.status)) {
    framing = {};
    response.body.clear();
  }
  outgoing_.head = http::write_response_head(response.status, response.headers, framing, keep_alive, setting_.date);
  if (!setting_.head_request) outgoing_.body = std::move(response.body);
  outgoing_.close = !keep_alive;
  outgoing_.last = true;
  notify();
}

bool Exchange::begin_stream(int status, const http::Headers& headers) {
  const std::lock_guard lock(mutex_);
  if (phase_ != Phase::waiting || gone_) return false;
  phase_ = Phase::streaming;
  // HTTP/1.0 has no chunks: the end of the connection ends the body.
  chunked_ = !setting_.http10;
  const bool keep_alive = setting_.keep_alive && chunked_;
  outgoing_.close = !keep_alive;
  const http::Framing framing{chunked_ ? http::Framing::Kind::chunked : http::Framing::Kind::none, 0};
  outgoing_.head = http::write_response_head(status, headers, framing, keep_alive, setting_.date);
  notify();
  return true;
}

bool Exchange::write(std::string_view piece) {
  const std::lock_guard lock(mutex_);
  if (phase_ != Phase::streaming || gone_) return false;
  if (piece.empty() || setting_.head_request) return true;
  if (outgoing_.body.size() + piece.size() > setting_.stream_buffer) {
    phase_ = Phase::finished;
    gone_ = true;
    outgoing_.broken = true;
    notify();
    return false;
  }
  outgoing_.body += chunked_ ? http::write_chunk(piece) : std::string(piece);
  notify();
  return true;
}

void Exchange::finish() {
  const std::lock_guard lock(mutex_);
  if (phase_ != Phase::streaming || gone_) return;
  phase_ = Phase::finished;
  if (chunked_ && !setting_.head_request) outgoing_.body += http::kLastChunk;
  outgoing_.last = true;
  notify();
}

std::shared_ptr<Channel> Exchange::upgrade(std::string head, WebSocketHandlers handlers) {
  const std::lock_guard lock(mutex_);
  if (phase_ != Phase::waiting || gone_) return nullptr;
  phase_ = Phase::finished;
  channel_ = std::make_shared<Channel>(setting_.stream_buffer, setting_.wake, std::move(handlers));
  outgoing_.head = std::move(head);
  outgoing_.last = outgoing_.close = true;
  notify();
  return channel_;
}

std::shared_ptr<Channel> Exchange::channel() const {
  const std::lock_guard lock(mutex_);
  return channel_;
}

void Exchange::abandon() {
  respond(http::error_response(500, "the server gave no answer to this request"));
  const std::lock_guard lock(mutex_);
  if (phase_ != Phase::streaming || gone_) return;
  phase_ = Phase::finished;
  outgoing_.broken = true;
  notify();
}

bool Exchange::gone() const {
  const std::lock_guard lock(mutex_);
  return gone_;
}

Outgoing Exchange::take() {
  const std::lock_guard lock(mutex_);
  Outgoing taken = std::exchange(outgoing_, {});
  outgoing_.close = taken.close;
  return taken;
}

bool Exchange::wait() {
  const std::lock_guard lock(mutex_);
  if (!outgoing_.empty()) return false;
  waiting_ = true;
  return true;
}

void Exchange::detach() {
  const std::lock_guard lock(mutex_);
  gone_ = true;
  waiting_ = false;
  setting_.wake = nullptr;
}

void Exchange::close_after() {
  const std::lock_guard lock(mutex_);
  if (phase_ == Phase::waiting) setting_.keep_alive = false;
}

}  // namespace noonmark::server
