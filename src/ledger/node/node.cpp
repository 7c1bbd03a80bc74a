#include "ledger/node/node.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "net/server/http_server.h"
#include "net/websocket/handshake.h"

namespace noonmark::node {
namespace {

constexpr std::uint64_t kMaxBody = 4u << 20;
constexpr std::size_t kSendBuffer = 32u << 20;  // metadata and pages of keys are long
constexpr std::chrono::seconds kIdleWait{3600};

http::Response json_response(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.headers = {{"Content-Type", "application/json"}, {"Access-Control-Allow-Origin", "*"}};
  response.body = std::move(body);
  return response;
}

/// A browser asks first whether a page may POST here (CORS). Reading and submitting signed extrinsics needs no secret.
http::Response preflight() {
  http::Response response;
  response.status = 204;
  response.headers = {{"Access-Control-Allow-Origin", "*"},
                      {"Access-Control-Allow-Methods", "POST"},
                      {"Access-Control-Allow-Headers", "Content-Type"}};
  return response;
}

server::Limits server_limits(const NodeSettings& settings) {
  server::Limits limits;
  limits.message.body_bytes = kMaxBody;
  limits.websocket.message_bytes = kMaxBody;
  limits.connections = settings.connections;
  limits.requests_in_flight = settings.requests;
  limits.stream_buffer = kSendBuffer;
  return limits;
}

}  // namespace

struct Node::State {
  State(Chain from, NodeSettings given, core::Clock& time)
      : chain(std::move(from)),
        settings(std::move(given)),
        clock(time),
        rpc(chain, clock, settings.identity, settings.development, settings.rpc) {}

  using Job = std::function<void()>;
  bool enqueue(Job job);
  void work();
  void make_block();
  void serve(http::Request request, server::Responder responder);
  void open_socket(const http::Request& request, server::Responder responder);

  Chain chain;
  const NodeSettings settings;
  core::Clock& clock;
  Rpc rpc;  // on the thread only, once it runs
  core::Nanos next_block{0};

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Job> jobs;        // guarded by mutex
  bool stopping = false;       // guarded by mutex
  std::uint64_t sessions = 0;  // guarded by mutex
  std::thread thread;
  std::unique_ptr<server::HttpServer> server;
};

bool Node::State::enqueue(Job job) {
  const std::lock_guard lock(mutex);
  if (stopping || jobs.size() >= settings.requests) return false;
  jobs.push_back(std::move(job));
  changed.notify_one();
  return true;
}

void Node::State::make_block() {
  const auto made = rpc.make_block();
  if (!made.ok() && settings.on_trouble) settings.on_trouble(made.error());
  // After a pause of the machine one block is made, not all those that were missed.
  next_block = std::max(next_block + settings.block_time, clock.steady());
}

void Node::State::work() {
  const bool ticking = settings.block_time.count() > 0;
  next_block = clock.steady() + settings.block_time;
  std::unique_lock lock(mutex);
  while (true) {
    const core::Nanos wait = ticking ? next_block - clock.steady() : core::Nanos(kIdleWait);
    if (wait.count() > 0) changed.wait_for(lock, wait, [&] { return stopping || !jobs.empty(); });
    if (stopping) return;
    if (ticking && clock.steady() >= next_block) {
      lock.unlock();
      make_block();
      lock.lock();
    } else if (!jobs.empty()) {
      Job job = std::move(jobs.front());
      jobs.pop_front();
      lock.unlock();
      job();
      lock.lock();
    }
  }
}

void Node::State::open_socket(const http::Request& request, server::Responder responder) {
  std::uint64_t session = 0;
  {
    const std::lock_guard lock(mutex);
    session = ++sessions;
  }
  server::WebSocketHandlers handlers;
  handlers.on_message = [this, session](server::WebSocket& socket, websocket::Message message) {
    if (!enqueue([this, session, text = std::move(message.data)] { rpc.receive(session, text); })) {
      socket.close(1013, "too many requests wait; try again later");
    }
  };
  handlers.on_close = [this, session](server::WebSocket&) {
    const std::lock_guard lock(mutex);
    jobs.push_back([this, session] { rpc.close(session); });  // beyond the limit too: it frees something
    changed.notify_one();
  };
  auto opened = responder.upgrade(request, std::move(handlers));
  if (!opened.ok()) return responder.respond(http::error_response(400, opened.error().message));
  // On the connection's own thread, so that this job is queued before any message can be.
  const bool queued = enqueue([this, session, socket = *opened]() mutable {
    rpc.open(session, [socket](const std::string& text) mutable { socket.send(websocket::Kind::text, text); });
  });
  if (!queued) opened->close(1013, "too many requests wait; try again later");
}

void Node::State::serve(http::Request request, server::Responder responder) {
  if (websocket::wants_upgrade(request)) return open_socket(request, responder);
  if (request.method == "OPTIONS") return responder.respond(preflight());
  if (request.method != "POST") {
    return responder.respond(http::error_response(405, "send JSON-RPC by POST, or open a WebSocket"));
  }
  const bool queued = enqueue([this, body = std::move(request.body), responder]() mutable {
    std::string answer = rpc.post(body);
    responder.respond(answer.empty() ? json_response(204, {}) : json_response(200, std::move(answer)));
  });
  if (!queued) responder.respond(http::error_response(503, "too many requests wait; try again later"));
}

Node::Node(std::unique_ptr<State> state) : state_(std::move(state)) {}

core::Result<std::unique_ptr<Node>> Node::start(Chain chain, NodeSettings settings, core::Clock& clock) {
  auto state = std::make_unique<State>(std::move(chain), std::move(settings), clock);
  State* raw = state.get();
  const auto handler = [raw](http::Request request, server::Responder responder) {
    raw->serve(std::move(request), std::move(responder));
  };
  state->server = TRY(server::HttpServer::start(state->settings.endpoint, handler, server_limits(state->settings)));
  state->thread = std::thread([raw] { raw->work(); });
  return std::unique_ptr<Node>(new Node(std::move(state)));
}

Node::~Node() {
  state_->server->stop(std::chrono::milliseconds(200));
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
    state_->changed.notify_one();
  }
  state_->thread.join();
}

std::uint16_t Node::port() const { return state_->server->port(); }

}  // namespace noonmark::node
