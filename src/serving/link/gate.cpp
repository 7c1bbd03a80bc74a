#include "serving/link/gate.h"

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>

#include "serving/link/channel.h"
#include "serving/link/message.h"

namespace noonmark::link {
namespace {

using job::Failure;
using job::JobId;

constexpr core::Nanos kSweep = std::chrono::milliseconds(200);

/// A job that a worker has. Its sink is called under the job's own lock: one call at a time, and none after the end.
/// The lock is recursive, because a sink may cancel its own job.
struct Flight {
  Flight(std::shared_ptr<job::Sink> to, core::Nanos at) : sink(std::move(to)), deadline(at) {}

  template <class Call>
  void tell(Call&& call) {
    const std::lock_guard lock(mutex);
    if (sink) call(*sink);
  }
  void end(const Failure* failure) {
    const std::lock_guard lock(mutex);
    if (!sink) return;
    const std::shared_ptr<job::Sink> last = std::move(sink);
    sink.reset();
    last->on_end(failure);
  }

  std::recursive_mutex mutex;
  std::shared_ptr<job::Sink> sink;  // empty once ended
  const core::Nanos deadline;
  bool headed = false;           // of the connection's thread alone
  std::size_t answer_bytes = 0;  // the same
  std::uint32_t owed = 0;        // credit that wasn't given back yet; the same
};

struct IdHash {
  std::size_t operator()(const JobId& id) const {
    std::size_t hash = 0;
    for (std::size_t i = 0; i < sizeof(hash); ++i) hash = hash << 8 | id.bytes[i];
    return hash;  // random already
  }
};

}  // namespace

struct Gate::State : std::enable_shared_from_this<Gate::State> {
  State(const sign::Sr25519Pair& own, const core::Clock& time, GateSettings chosen, GateHandlers told)
      : key(own), clock(time), settings(chosen), handlers(std::move(told)) {}

  bool enter(const std::shared_ptr<Connection>& connection);
  void establish(const std::shared_ptr<Connection>& connection);
  void leave(const std::shared_ptr<Connection>& connection);
  void sweep();
  void keep_sweeping(const std::stop_token& stop);

  const sign::Sr25519Pair& key;
  const core::Clock& clock;
  const GateSettings settings;
  const GateHandlers handlers;
  mutable std::mutex mutex;
  std::condition_variable_any ending;
  std::jthread sweeper;
  std::map<Connection*, std::shared_ptr<Connection>> all;              // from the upgrade on
  std::map<sign::AccountId, std::shared_ptr<Connection>> established;  // the newest of each worker
};

/// One worker's connection. Messages come on the server's threads, one at a time.
class Gate::Connection final : public Port, public std::enable_shared_from_this<Connection> {
 public:
  explicit Connection(std::shared_ptr<Gate::State> gate)
      : gate_(std::move(gate)), channel_(Channel::of_gateway(gate_->key)), begun_(gate_->clock.steady()) {}

  const sign::AccountId& worker() const override { return channel_.peer(); }
  std::vector<job::Offer> offers() const override {
    const std::lock_guard lock(mutex_);
    return offers_;
  }
  void start(const job::Job& job, std::shared_ptr<job::Sink> sink) override;
  void wish(const std::vector<job::Wish>& wishes) override { send(Wishes{wishes}); }
  void cancel(const JobId& job) override {
    give_up(job, {Failure::Kind::cancelled, "the answer isn't wanted any more"});
  }

  /// The way back, as soon as it is known.
  void attach(const server::WebSocket& socket);
  void on_message(server::WebSocket& socket, const websocket::Message& message);
  /// Ends every job; the gate forgets the connection. Once, at its end or when it isn't wanted any more.
  void retire();
  void close(std::uint16_t code, std::string_view reason);
  /// Jobs beyond their time, and a handshake that takes too long.
  void sweep(core::Nanos now);

 private:
  core::Result<void> shake_hands(server::WebSocket& socket, const std::string& message);
  core::Result<void> take(const std::string& sealed);
  core::Result<void> handle(Offers& message);
  core::Result<void> handle(Head& message);
  core::Result<void> handle(Piece& message);
  core::Result<void> handle(End& message);
  core::Result<void> handle(Whole& message);
  template <class Other>
  core::Result<void> handle(Other&) {
    return core::corrupt("a worker doesn't say this");
  }

  bool is_gone() const {
    const std::lock_guard lock(mutex_);
    return gone_;
  }
  bool send(const Message& message);
  std::shared_ptr<Flight> flight(const JobId& job) const;
  std::shared_ptr<Flight> land(const JobId& job);
  void give_up(const JobId& job, const Failure& failure);

  const std::shared_ptr<Gate::State> gate_;
  Channel channel_;
  const core::Nanos begun_;
  std::mutex sending_;  // messages leave in the order in which they were sealed
  mutable std::mutex mutex_;
  std::optional<server::WebSocket> socket_;  // until the end
  std::vector<job::Offer> offers_;
  std::unordered_map<JobId, std::shared_ptr<Flight>, IdHash> flights_;
  bool gone_ = false;
  std::atomic<bool> welcome_{false};
};

// --- jobs

void Gate::Connection::start(const job::Job& job, std::shared_ptr<job::Sink> sink) {
  auto flight = std::make_shared<Flight>(std::move(sink), gate_->clock.steady() + job.time_left);
  {
    const std::lock_guard lock(mutex_);
    if (!gone_) flights_.emplace(job.id, flight);
  }
  if (this->flight(job.id) == nullptr || !send(Start{job})) {
    land(job.id);
    const Failure lost{Failure::Kind::lost, "the worker has gone"};
    flight->end(&lost);
  }
}

std::shared_ptr<Flight> Gate::Connection::flight(const JobId& job) const {
  const std::lock_guard lock(mutex_);
  const auto found = flights_.find(job);
  return found == flights_.end() ? nullptr : found->second;
}

std::shared_ptr<Flight> Gate::Connection::land(const JobId& job) {
  const std::lock_guard lock(mutex_);
  const auto found = flights_.find(job);
  if (found == flights_.end()) return nullptr;
  std::shared_ptr<Flight> landed = std::move(found->second);
  flights_.erase(found);
  return landed;
}

void Gate::Connection::give_up(const JobId& job, const Failure& failure) {
  const std::shared_ptr<Flight> landed = land(job);
  if (!landed) return;
  send(Cancel{job});
  landed->end(&failure);
}

bool Gate::Connection::send(const Message& message) {
  if (!welcome_.load()) return false;
  const std::lock_guard order(sending_);
  std::optional<server::WebSocket> socket;
  {
    const std::lock_guard lock(mutex_);
    socket = socket_;
  }
  return socket && socket->send(websocket::Kind::binary, channel_.seal(encode(message)));
}

// --- what the worker says

void Gate::Connection::attach(const server::WebSocket& socket) {
  const std::lock_guard lock(mutex_);
  if (!gone_) socket_ = socket;
}

void Gate::Connection::on_message(server::WebSocket& socket, const websocket::Message& message) {
  if (is_gone()) return;  // what still comes between our goodbye and the end
  const auto done = message.kind != websocket::Kind::binary ? core::Result<void>(core::corrupt("not a binary message"))
                    : channel_.established()                ? take(message.data)
                                                            : shake_hands(socket, message.data);
  if (done.ok()) return;
  socket.close(1008, std::string_view(done.error().message).substr(0, 120));
  retire();
}

core::Result<void> Gate::Connection::shake_hands(server::WebSocket& socket, const std::string& message) {
  const std::string reply = TRY(channel_.establish(message));
  if (!reply.empty()) socket.send(websocket::Kind::binary, reply);
  if (!channel_.established()) return {};
  const bool welcome = gate_->handlers.may_serve(channel_.peer());
  const std::string refusal = welcome ? "" : "this gateway doesn't take " + channel_.peer().ss58() + " as a worker";
  socket.send(websocket::Kind::binary, channel_.seal(encode(Welcome{refusal})));
  if (!welcome) {
    socket.close(1008, "not a worker of this gateway");
    return {};
  }
  attach(socket);
  welcome_.store(true);
  gate_->establish(shared_from_this());
  return {};
}

core::Result<void> Gate::Connection::take(const std::string& sealed) {
  const std::string opened = TRY(channel_.open(sealed));
  Message message = TRY(decode(opened, gate_->settings.limits));
  return std::visit([&](auto& known) { return handle(known); }, message);
}

core::Result<void> Gate::Connection::handle(Offers& message) {
  {
    const std::lock_guard lock(mutex_);
    offers_ = std::move(message.offers);
  }
  gate_->handlers.on_offers(shared_from_this());
  return {};
}

core::Result<void> Gate::Connection::handle(Head& message) {
  const auto known = flight(message.job);
  if (!known) return {};  // cancelled meanwhile
  if (std::exchange(known->headed, true)) return core::corrupt("two heads of one answer");
  known->tell([&](job::Sink& sink) { sink.on_head(message.status, message.content_type); });
  return {};
}

core::Result<void> Gate::Connection::handle(Piece& message) {
  const auto known = flight(message.job);
  if (!known) return {};
  known->answer_bytes += message.bytes.size();
  if (!known->headed) return core::corrupt("an answer without a head");
  if (known->answer_bytes > gate_->settings.limits.answer_bytes) {
    give_up(message.job, {Failure::Kind::unable, "the worker's answer is too long"});
    return {};
  }
  known->tell([&](job::Sink& sink) { sink.on_piece(message.bytes); });
  // Half of what a job begins with: most answers are over before, and a worker never waits for it.
  known->owed += static_cast<std::uint32_t>(message.bytes.size());
  if (known->owed >= kFirstCredit / 2) send(Credit{message.job, std::exchange(known->owed, 0)});
  return {};
}

/// As its head, its piece and its end.
core::Result<void> Gate::Connection::handle(Whole& message) {
  Head head{message.job, message.status, std::move(message.content_type)};
  TRY(handle(head));
  Piece piece{message.job, std::move(message.bytes)};
  if (!piece.bytes.empty()) TRY(handle(piece));
  End end{message.job, {}, std::move(message.receipt)};
  return handle(end);
}

core::Result<void> Gate::Connection::handle(End& message) {
  const auto landed = land(message.job);
  if (!landed) return {};
  if (message.failure && gate_->clock.steady() >= landed->deadline) message.failure->kind = Failure::Kind::timeout;
  if (!landed->headed && !message.failure) message.failure = {Failure::Kind::unable, "the worker gave an empty answer"};
  if (!message.failure && !message.receipt.empty()) {
    landed->tell([&](job::Sink& sink) { sink.on_receipt(message.receipt); });
  }
  landed->end(message.failure ? &*message.failure : nullptr);
  return {};
}

// --- ends

void Gate::Connection::retire() {
  std::unordered_map<JobId, std::shared_ptr<Flight>, IdHash> left;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(gone_, true)) return;
    socket_.reset();
    offers_.clear();
    left.swap(flights_);
  }
  gate_->leave(shared_from_this());
  if (welcome_.load()) gate_->handlers.on_gone(shared_from_this());
  const Failure lost{Failure::Kind::lost, "the connection to the worker broke"};
  for (const auto& [id, one] : left) one->end(&lost);
}

void Gate::Connection::close(std::uint16_t code, std::string_view reason) {
  std::optional<server::WebSocket> socket;
  {
    const std::lock_guard lock(mutex_);
    socket = socket_;
  }
  if (socket) socket->close(code, reason);
}

void Gate::Connection::sweep(core::Nanos now) {
  std::vector<JobId> late;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, one] : flights_) {
      if (now >= one->deadline) late.push_back(id);
    }
  }
  for (const JobId& id : late) give_up(id, {Failure::Kind::timeout, "the worker took too long"});
  if (!welcome_.load() && now >= begun_ + gate_->settings.handshake) close(1008, "the handshake took too long");
}

// --- the gate

bool Gate::State::enter(const std::shared_ptr<Connection>& connection) {
  const std::lock_guard lock(mutex);
  if (all.size() >= settings.workers) return false;
  all.emplace(connection.get(), connection);
  return true;
}

void Gate::State::establish(const std::shared_ptr<Connection>& connection) {
  std::shared_ptr<Connection> older;
  {
    const std::lock_guard lock(mutex);
    older = std::exchange(established[connection->worker()], connection);
  }
  if (!older) return;
  older->close(1008, "the same worker has connected again");
  older->retire();  // the other side may be long dead, and its socket not know it
}

void Gate::State::leave(const std::shared_ptr<Connection>& connection) {
  const std::lock_guard lock(mutex);
  all.erase(connection.get());
  const auto found = established.find(connection->worker());
  if (found != established.end() && found->second == connection) established.erase(found);
}

void Gate::State::sweep() {
  std::vector<std::shared_ptr<Connection>> now_there;
  {
    const std::lock_guard lock(mutex);
    for (const auto& [address, connection] : all) now_there.push_back(connection);
  }
  const core::Nanos now = clock.steady();
  for (const auto& connection : now_there) connection->sweep(now);
}

void Gate::State::keep_sweeping(const std::stop_token& stop) {
  std::unique_lock lock(mutex);
  while (!ending.wait_for(lock, stop, kSweep, [&] { return stop.stop_requested(); })) {
    lock.unlock();
    sweep();
    lock.lock();
  }
}

Gate::Gate(const sign::Sr25519Pair& key, const core::Clock& clock, GateSettings settings, GateHandlers handlers)
    : state_(std::make_shared<State>(key, clock, settings, std::move(handlers))) {
  state_->sweeper = std::jthread([state = state_.get()](const std::stop_token& stop) { state->keep_sweeping(stop); });
}

Gate::~Gate() {
  state_->sweeper.request_stop();
  state_->sweeper.join();
}

void Gate::accept(const http::Request& request, server::Responder responder) {
  const auto connection = std::make_shared<Connection>(state_);
  if (!state_->enter(connection)) {
    return responder.respond(http::error_response(503, "this gateway has no room for more workers; try again later"));
  }
  server::WebSocketHandlers handlers;
  handlers.on_message = [connection](server::WebSocket& socket, const websocket::Message& message) {
    connection->on_message(socket, message);
  };
  handlers.on_close = [connection](server::WebSocket&) { connection->retire(); };
  const auto opened = responder.upgrade(request, std::move(handlers));
  if (opened.ok()) return connection->attach(*opened);
  state_->leave(connection);
  if (opened.error().kind == core::ErrorKind::invalid) {
    responder.respond(http::error_response(400, "workers connect here by WebSocket: " + opened.error().message));
  }
}

std::size_t Gate::workers() const {
  const std::lock_guard lock(state_->mutex);
  return state_->established.size();
}

}  // namespace noonmark::link
