#include "net/server/http_server.h"

#include <cerrno>
#include <fcntl.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "base/core/check.h"
#include "net/server/internal/exchange.h"
#include "net/server/internal/loop.h"
#include "net/websocket/handshake.h"

namespace noonmark::server {

Responder::Responder(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {
  CHECK(exchange_ != nullptr);
}
void Responder::respond(http::Response response) { exchange_->respond(std::move(response)); }
bool Responder::begin_stream(int status, http::Headers headers) { return exchange_->begin_stream(status, headers); }
bool Responder::write(std::string_view piece) { return exchange_->write(piece); }
void Responder::finish() { exchange_->finish(); }
core::Result<WebSocket> Responder::upgrade(const http::Request& request, WebSocketHandlers handlers) {
  std::string head = TRY(websocket::write_accepting_head(request));
  if (auto channel = exchange_->upgrade(std::move(head), std::move(handlers))) return WebSocket(std::move(channel));
  return core::cancelled("the caller is gone");
}
bool Responder::cancelled() const { return exchange_->gone(); }

struct HttpServer::State {
  Limits limits;
  Handler handler;
  Totals totals;
  std::uint16_t port = 0;
  std::filesystem::path path;  // socket file to remove at the end
  std::vector<std::unique_ptr<Loop>> loops;
};

HttpServer::HttpServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

core::Result<std::unique_ptr<HttpServer>> HttpServer::start(const Endpoint& endpoint, Handler handler, Limits limits) {
  CHECK(handler != nullptr);
  CHECK(limits.threads >= 1);
  const core::UniqueFd listener = TRY(open_listener(endpoint));
  auto state = std::make_unique<State>();
  state->limits = limits;
  state->handler = std::move(handler);
  state->port = local_port(listener.get());
  if (endpoint.kind == Endpoint::Kind::unix_path) state->path = endpoint.path;
  for (int i = 0; i < limits.threads; ++i) {
    const int copy = ::fcntl(listener.get(), F_DUPFD_CLOEXEC, 0);
    if (copy < 0) return core::from_errno(errno, "copying the listening descriptor");
    state->loops.push_back(std::make_unique<Loop>(copy, state->limits, state->handler, state->totals));
  }
  for (const auto& loop : state->loops) loop->run();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(state)));
}

HttpServer::~HttpServer() { stop(std::chrono::milliseconds(0)); }

std::uint16_t HttpServer::port() const { return state_->port; }

Counters HttpServer::counters() const {
  const Totals& totals = state_->totals;
  return {totals.connections_open,    totals.requests_in_flight, totals.connections_accepted,
          totals.connections_refused, totals.requests_served,    totals.requests_refused};
}

void HttpServer::stop(std::chrono::milliseconds drain) {
  for (const auto& loop : state_->loops) loop->begin_drain();
  const SteadyTime deadline = std::chrono::steady_clock::now() + drain;
  while (state_->totals.connections_open > 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  for (const auto& loop : state_->loops) loop->end();
  for (const auto& loop : state_->loops) loop->join();
  state_->loops.clear();
  if (!state_->path.empty()) {
    std::error_code ignored;
    std::filesystem::remove(state_->path, ignored);
  }
}

}  // namespace noonmark::server
