#include "net/server/internal/connection.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>

#include <boost/asio/buffer.hpp>

namespace noonmark::server {
namespace {

constexpr std::size_t kLingerBytes = 1024 * 1024;
constexpr std::chrono::milliseconds kLingerTime{2000};

}  // namespace

Connection::Connection(Loop& loop, Socket socket) : loop_(loop), socket_(std::move(socket)) {
  place_ = loop_.connections_.insert(loop_.connections_.end(), this);
  loop_.totals_.connections_open++;
  enter(Phase::idle, loop_.limits_.idle);
}

Connection::~Connection() {
  if (exchange_) {
    channel_ = exchange_->channel();
    exchange_->detach();
    loop_.totals_.requests_in_flight--;
  }
  if (channel_) channel_->end();
  loop_.connections_.erase(place_);
  loop_.totals_.connections_open--;
}

void Connection::enter(Phase phase, std::chrono::milliseconds limit) {
  phase_ = phase;
  deadline_ = std::chrono::steady_clock::now() + limit;
}

void Connection::look_after(SteadyTime now) {
  if (talking_) return look_after_talk(now);
  if (phase_ == Phase::answering) {
    // The handler sets the pace here; only a caller who has hung up ends it.
    char byte = 0;
    const auto seen = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    const bool hung_up = seen == 0 || (seen < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
    if (hung_up) cut();
  } else if (now >= deadline_) {
    overdue_ = true;
    boost::system::error_code ignored;
    socket_.cancel(ignored);
  }
}

void Connection::begin_drain() {
  if (phase_ == Phase::idle) cut();
  if (exchange_) exchange_->close_after();
  if (talking_) channel_->close(1001, "the server is going away");
}

void Connection::cut() {
  if (exchange_) exchange_->detach();
  boost::system::error_code ignored;
  socket_.close(ignored);
  wake_.cancel();
}

Awaitable<void> Connection::serve(std::shared_ptr<Connection> self) {
  while (true) {
    std::optional<http::Request> request = co_await self->read_request();
    if (!request) break;
    if (!co_await self->answer(std::move(*request))) break;
  }
  if (self->channel_) co_await self->converse();
  co_await self->close_gently();
}

Awaitable<void> Connection::turn_away(std::shared_ptr<Connection> self) {
  co_await self->refuse(503, "too many connections; try again later");
  co_await self->close_gently();
}

Awaitable<bool> Connection::read_more() {
  if (begin_ == end_) begin_ = end_ = 0;
  if (begin_ > 0 && end_ == buffer_.size()) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  // Only an unfinished header or chunk line stays unread, so the reader's own limits bound this growth.
  if (end_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
  const auto [error, count] =
      co_await socket_.async_read_some(asio::buffer(buffer_.data() + end_, buffer_.size() - end_), kToken);
  if (error) co_return false;
  end_ += count;
  co_return true;
}

Awaitable<std::optional<http::Request>> Connection::read_request() {
  enter(Phase::idle, loop_.limits_.idle);
  bool continued = false;
  while (true) {
    if (begin_ < end_) {
      if (phase_ == Phase::idle) enter(Phase::reading, loop_.limits_.read);
      begin_ += reader_.feed({buffer_.data() + begin_, end_ - begin_});
    }
    if (reader_.refusal()) {
      co_await refuse(reader_.refusal()->status, reader_.refusal()->message);
      co_return std::nullopt;
    }
    if (reader_.done()) co_return reader_.take();
    if (phase_ == Phase::idle && loop_.draining_) co_return std::nullopt;
    if (!continued && reader_.expects_continue()) {
      continued = true;
      const SteadyTime deadline = deadline_;
      if (!co_await send("HTTP/1.1 100 Continue\r\n\r\n", {})) co_return std::nullopt;
      phase_ = Phase::reading;
      deadline_ = deadline;
    }
    if (!co_await read_more()) {
      if (overdue_ && phase_ == Phase::reading) {
        overdue_ = false;
        co_await refuse(408, "the request did not arrive in time");
      }
      co_return std::nullopt;
    }
  }
}

std::shared_ptr<Exchange> Connection::make_exchange(const http::Request& request) {
  Exchange::Setting setting;
  setting.head_request = request.method == "HEAD";
  setting.http10 = request.minor_version == 0;
  setting.keep_alive = request.keep_alive && !setting.http10 && !loop_.draining_;
  setting.stream_buffer = loop_.limits_.stream_buffer;
  setting.date = loop_.date_;
  // Called under the exchange's lock and never after detach(), so the loop is alive; the connection may not be.
  setting.wake = [executor = loop_.context_.get_executor(), weak = weak_from_this()] {
    asio::post(executor, [weak] {
      if (const auto self = weak.lock()) self->wake_.cancel();
    });
  };
  return std::make_shared<Exchange>(std::move(setting));
}

Awaitable<bool> Connection::answer(http::Request request) {
  exchange_ = make_exchange(request);
  const std::uint64_t in_flight = ++loop_.totals_.requests_in_flight;
  phase_ = Phase::answering;
  if (in_flight > loop_.limits_.requests_in_flight) {
    loop_.totals_.requests_refused++;
    exchange_->respond(http::error_response(503, "too many requests in flight; try again later"));
  } else {
    // The callee's handles keep the exchange; when the last of them goes, the answer is given up.
    const std::shared_ptr<Exchange> kept = exchange_;
    loop_.handler_(std::move(request),
                   Responder(std::shared_ptr<Exchange>(kept.get(), [kept](Exchange* e) { e->abandon(); })));
  }
  bool keep = false;
  while (socket_.is_open()) {
    Outgoing outgoing = exchange_->take();
    if (outgoing.broken) break;
    if (outgoing.empty()) {
      phase_ = Phase::answering;
      wake_.expires_at(SteadyTime::max());
      if (exchange_->wait()) co_await wake_.async_wait(kToken);
      continue;
    }
    if (!co_await send(outgoing.head, outgoing.body)) break;
    if (outgoing.last) {
      loop_.totals_.requests_served++;
      keep = !outgoing.close;
      break;
    }
  }
  channel_ = exchange_->channel();
  exchange_->detach();
  exchange_.reset();
  loop_.totals_.requests_in_flight--;
  co_return keep;
}

Awaitable<bool> Connection::send(std::string_view first, std::string_view second) {
  while (!first.empty() || !second.empty()) {
    enter(Phase::writing, loop_.limits_.write);
    const std::array<asio::const_buffer, 2> buffers{asio::buffer(first.data(), first.size()),
                                                    asio::buffer(second.data(), second.size())};
    const auto [error, count] = co_await socket_.async_write_some(buffers, kToken);
    if (error) co_return false;
    const std::size_t from_first = std::min(count, first.size());
    first.remove_prefix(from_first);
    second.remove_prefix(count - from_first);
  }
  co_return true;
}

void Connection::look_after_talk(SteadyTime now) {
  const Limits& limits = loop_.limits_;
  const bool stuck = phase_ == Phase::writing && now >= deadline_;
  if (stuck || now >= heard_ + limits.idle || channel_->overdue(now, limits.write)) return cut();
  if (pinged_ || now < heard_ + limits.idle / 2) return;
  pinged_ = true;
  channel_->send(websocket::Ping{});
}

Awaitable<void> Connection::converse() {
  heard_ = std::chrono::steady_clock::now();
  phase_ = Phase::talking;
  talking_ = speaking_ = true;
  if (loop_.draining_) channel_->close(1001, "the server is going away");
  asio::co_spawn(loop_.context_, speak(shared_from_this()), asio::detached);
  websocket::Reader frames(websocket::Role::server, loop_.limits_.websocket);
  bool open = hear(frames, {buffer_.data() + begin_, end_ - begin_});
  // Thousands may be open and silent: they share their loop's buffer, which is empty between two reads.
  std::vector<char>().swap(buffer_);
  while (open) {
    const auto [error] = co_await socket_.async_wait(Socket::wait_read, kToken);
    if (error) cut();
    open = !error && hear_more(frames);
  }
  // What is queued, our Close among it, still goes out.
  spoken_.expires_at(SteadyTime::max());
  if (speaking_) co_await spoken_.async_wait(kToken);
  talking_ = false;
  channel_->end();
}

bool Connection::hear_more(websocket::Reader& frames) {
  auto& buffer = loop_.shared_buffer_;
  const auto count = ::recv(socket_.native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return true;
  if (count <= 0) return cut(), false;
  heard_ = std::chrono::steady_clock::now();
  pinged_ = false;
  return hear(frames, {buffer.data(), static_cast<std::size_t>(count)});
}

bool Connection::hear(websocket::Reader& frames, std::string_view bytes) {
  while (!bytes.empty()) {
    bytes.remove_prefix(frames.feed(bytes));
    if (frames.fault()) {
      channel_->close(frames.fault()->code, frames.fault()->message);
      return false;
    }
    if (frames.done() && !channel_->hear(frames.take())) return false;
  }
  return true;
}

Awaitable<void> Connection::speak(std::shared_ptr<Connection> self) {
  while (self->socket_.is_open()) {
    const Channel::Outgoing outgoing = self->channel_->take();
    if (outgoing.broken) {
      self->cut();
    } else if (!outgoing.bytes.empty()) {
      if (!co_await self->send(outgoing.bytes, {})) self->cut();
      self->phase_ = Phase::talking;
    } else if (outgoing.last) {
      break;
    } else {
      self->wake_.expires_at(SteadyTime::max());
      if (self->channel_->wait()) co_await self->wake_.async_wait(kToken);
    }
  }
  self->speaking_ = false;
  self->spoken_.cancel();
}

Awaitable<void> Connection::refuse(int status, std::string message) {
  loop_.totals_.requests_refused++;
  const http::Response response = http::error_response(status, message);
  const http::Framing framing{http::Framing::Kind::length, response.body.size()};
  const std::string head = http::write_response_head(status, response.headers, framing, false, loop_.date_);
  co_await send(head, response.body);
}

// Closing with unread bytes would reset the connection and could destroy the answer on its way.
Awaitable<void> Connection::close_gently() {
  if (!socket_.is_open()) co_return;
  boost::system::error_code ignored;
  socket_.shutdown(asio::socket_base::shutdown_send, ignored);
  enter(Phase::closing, kLingerTime);
  overdue_ = false;
  if (buffer_.empty()) buffer_.resize(4096);
  std::size_t discarded = 0;
  while (discarded < kLingerBytes && !overdue_ && !loop_.draining_) {
    const auto [error, count] = co_await socket_.async_read_some(asio::buffer(buffer_), kToken);
    if (error) break;
    discarded += count;
  }
  socket_.close(ignored);
}

}  // namespace noonmark::server
