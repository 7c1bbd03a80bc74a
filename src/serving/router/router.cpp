#include "serving/router/router.h"

#include <algorithm>
#include <deque>
#include <set>
#include <utility>

#include "base/core/random.h"
#include "serving/router/choice.h"

namespace noonmark::router {
namespace {

using job::Failure;
using job::JobId;

constexpr double kFirstGuess = 1;  // seconds that a job takes, while nothing is known
constexpr double kNews = 0.2;      // weight of the newest job in the smoothed time

/// Another worker may do better.
bool is_worth_another(const Failure& failure) {
  using Kind = Failure::Kind;
  return failure.kind == Kind::busy || failure.kind == Kind::unable || failure.kind == Kind::lost;
}

enum class Grade { well, badly, none };  // of an attempt, as the worker's doing

Grade grade_of(const Failure* failure) {
  using Kind = Failure::Kind;
  if (failure == nullptr || failure->kind == Kind::refused) return Grade::well;
  return failure->kind == Kind::cancelled || failure->kind == Kind::busy ? Grade::none : Grade::badly;
}

/// One job on its way, from submit() to the end of its sink.
struct Route {
  job::Job job;
  std::string caller;
  std::shared_ptr<job::Sink> sink;  // the caller's, shared with whoever waits for the answer
  core::Nanos deadline{};
  int attempts = 0;
  std::set<const link::Port*> tried;
  std::optional<Failure> last;       // of the attempt before
  std::shared_ptr<link::Port> port;  // that has it now; empty while it waits
  JobId attempt;                     // its name there
  core::Nanos started{};             // this attempt
  bool begun = false;                // the caller has seen something
  bool unwanted = false;
};
using RoutePtr = std::shared_ptr<Route>;  // in a queue or with a worker, and in the table of jobs

/// Jobs of one model that wait: second attempts first, then callers by turns.
class Queue {
 public:
  std::size_t size() const { return size_; }
  std::size_t of_caller(const std::string& caller) const {
    const auto found = by_caller_.find(caller);
    return found == by_caller_.end() ? 0 : found->second.size();
  }
  void push(RoutePtr route) {
    ++size_;
    if (route->attempts > 0) return again_.push_back(std::move(route));
    auto& own = by_caller_[route->caller];
    if (own.empty()) turns_.push_back(route->caller);
    own.push_back(std::move(route));
  }
  /// The next job that `suits`; empty when none does.
  template <class Suits>
  RoutePtr pop(Suits&& suits) {
    const auto again = std::ranges::find_if(again_, suits);
    if (again != again_.end()) {
      RoutePtr route = *again;
      again_.erase(again);
      --size_;
      return route;
    }
    if (turns_.empty() || !suits(by_caller_.at(turns_.front()).front())) return nullptr;
    const std::string caller = turns_.front();
    auto& own = by_caller_.at(caller);
    RoutePtr route = own.front();
    own.pop_front();
    turns_.pop_front();
    if (own.empty()) {
      by_caller_.erase(caller);
    } else {
      turns_.push_back(caller);
    }
    --size_;
    return route;
  }
  /// Takes out what `leaves`.
  template <class Leaves>
  std::vector<RoutePtr> remove(Leaves&& leaves) {
    std::vector<RoutePtr> out, kept;
    while (RoutePtr route = pop([](const RoutePtr&) { return true; })) {
      (leaves(route) ? out : kept).push_back(std::move(route));
    }
    for (RoutePtr& route : kept) push(std::move(route));
    return out;
  }
  template <class Holds>
  bool any(Holds&& holds) const {
    return std::ranges::any_of(again_, holds) ||
           std::ranges::any_of(by_caller_, [&](const auto& own) { return std::ranges::any_of(own.second, holds); });
  }

 private:
  std::deque<RoutePtr> again_;
  std::map<std::string, std::deque<RoutePtr>> by_caller_;
  std::deque<std::string> turns_;
  std::size_t size_ = 0;
};

/// A model at one worker.
struct Place {
  int slots = 0, busy = 0;
  double service_seconds = 0;  // 0: not known yet
};

struct Worker {
  std::shared_ptr<link::Port> port;  // with the link
  std::map<std::string, Place> places;
  int failures = 0;  // in a row
  core::Nanos ejected_until{};
};

/// What is to be done once the lock is released: nobody's code is called under it.
struct Deeds {
  struct Begin {
    RoutePtr route;
    std::shared_ptr<link::Port> port;  // of this attempt; the route may have another one by then
    JobId attempt;
  };
  std::vector<Begin> begins;
  std::vector<std::pair<RoutePtr, std::optional<Failure>>> ends;
};

}  // namespace

struct Router::State : std::enable_shared_from_this<Router::State> {
  State(const core::Clock& time, std::uint64_t seed, Settings chosen) : clock(time), settings(chosen), random(seed) {}

  void run(Deeds deeds);
  void place(const RoutePtr& route, Deeds& deeds);
  bool try_to_start(const RoutePtr& route, Deeds& deeds);
  void fill(Worker& worker, Deeds& deeds);
  void release(const Route& route, Grade grade);
  void ended(const RoutePtr& route, const Failure* failure);
  void finish(const RoutePtr& route, std::optional<Failure> failure, Deeds& deeds);
  bool is_served(const std::string& model) const;
  bool has_untried(const Route& route) const;

  const core::Clock& clock;
  const Settings settings;
  mutable std::mutex mutex;
  core::Philox random;
  std::map<const link::Port*, Worker> workers;
  std::map<std::string, Queue> queues;       // by model
  std::map<std::string, std::string> tasks;  // by model, as last offered
  std::map<JobId, RoutePtr> jobs;
  Counters counters;
};

namespace {

/// Stands between a worker's answer and the caller.
class Attempt final : public job::Sink {
 public:
  using OnEnd = std::function<void(const Failure*)>;
  Attempt(RoutePtr route, OnEnd on_end) : route_(std::move(route)), on_end_(std::move(on_end)) {}
  void on_head(int status, std::string_view content_type) override {
    route_->begun = true;
    route_->sink->on_head(status, content_type);
  }
  void on_piece(std::string_view bytes) override { route_->sink->on_piece(bytes); }
  void on_end(const Failure* failure) override { on_end_(failure); }

 private:
  const RoutePtr route_;
  const OnEnd on_end_;
};

}  // namespace

// --- under the lock

bool Router::State::is_served(const std::string& model) const {
  return std::ranges::any_of(workers, [&](const auto& one) { return one.second.places.contains(model); });
}

bool Router::State::has_untried(const Route& route) const {
  return std::ranges::any_of(workers, [&](const auto& one) {
    return one.second.places.contains(route.job.model) && !route.tried.contains(one.first);
  });
}

bool Router::State::try_to_start(const RoutePtr& route, Deeds& deeds) {
  std::vector<Worker*> serving;
  std::vector<Candidate> candidates;
  const core::Nanos now = clock.steady();
  for (auto& [port, worker] : workers) {
    const auto place = worker.places.find(route->job.model);
    if (place == worker.places.end()) continue;
    const double known = place->second.service_seconds;
    candidates.push_back({known > 0 ? known : kFirstGuess, place->second.busy, place->second.slots,
                          now < worker.ejected_until, route->tried.contains(port)});
    serving.push_back(&worker);
  }
  const std::uint64_t first = random.uint64(), second = random.uint64();
  const auto chosen = choose(candidates, first, second);
  if (!chosen) return false;
  Worker& worker = *serving[*chosen];
  ++worker.places.at(route->job.model).busy;
  ++route->attempts;
  if (route->attempts > 1) ++counters.retries;
  route->tried.insert(worker.port.get());
  route->port = worker.port;
  route->attempt = job::random_job_id();
  route->started = now;
  deeds.begins.push_back({route, route->port, route->attempt});
  return true;
}

/// Gives the job to a worker, or has it wait for one.
void Router::State::place(const RoutePtr& route, Deeds& deeds) {
  if (!try_to_start(route, deeds)) queues[route->job.model].push(route);
}

/// Lets waiting jobs have the worker's free slots.
void Router::State::fill(Worker& worker, Deeds& deeds) {
  for (auto& [model, place] : worker.places) {
    const auto queue = queues.find(model);
    while (queue != queues.end() && place.busy < place.slots) {
      const RoutePtr route =
          queue->second.pop([&](const RoutePtr& one) { return !one->tried.contains(worker.port.get()); });
      if (!route) break;
      if (!try_to_start(route, deeds)) {
        queue->second.push(route);
        break;
      }
    }
  }
}

/// The worker has a slot again, if it is still there.
void Router::State::release(const Route& route, Grade grade) {
  const auto found = workers.find(route.port.get());
  if (found == workers.end()) return;
  Worker& worker = found->second;
  const auto place = worker.places.find(route.job.model);
  if (place != worker.places.end()) --place->second.busy;
  if (grade == Grade::none) return;
  if (grade == Grade::badly) {
    worker.ejected_until = clock.steady() + ejection(settings.eject, ++worker.failures);
    ++counters.ejections;
    return;
  }
  worker.failures = 0;
  worker.ejected_until = {};
  if (place == worker.places.end()) return;
  const double seconds = std::chrono::duration<double>(clock.steady() - route.started).count();
  double& smoothed = place->second.service_seconds;
  smoothed = smoothed > 0 ? (1 - kNews) * smoothed + kNews * seconds : seconds;
}

void Router::State::finish(const RoutePtr& route, std::optional<Failure> failure, Deeds& deeds) {
  jobs.erase(route->job.id);
  ++(failure ? counters.failed : counters.answered);
  deeds.ends.emplace_back(route, std::move(failure));
}

// --- without the lock

void Router::State::run(Deeds deeds) {
  for (const auto& [route, port, id] : deeds.begins) {
    job::Job attempt = route->job;
    attempt.id = id;
    attempt.time_left = std::max(core::Nanos(0), route->deadline - clock.steady());
    const auto on_end = [self = shared_from_this(), to = route](const Failure* failure) { self->ended(to, failure); };
    port->start(attempt, std::make_shared<Attempt>(route, on_end));
  }
  for (const auto& [route, failure] : deeds.ends) route->sink->on_end(failure ? &*failure : nullptr);
}

/// A worker's attempt is over.
void Router::State::ended(const RoutePtr& route, const Failure* failure) {
  Deeds deeds;
  {
    const std::lock_guard lock(mutex);
    release(*route, grade_of(failure));
    const auto worker = workers.find(route->port.get());
    const bool again = failure != nullptr && is_worth_another(*failure) && !route->begun && !route->unwanted &&
                       route->attempts < settings.attempts && clock.steady() < route->deadline &&
                       (has_untried(*route) || !is_served(route->job.model));
    if (again) {
      route->port.reset();
      route->last = *failure;
      place(route, deeds);
    } else {
      finish(route, failure == nullptr ? std::nullopt : std::optional(*failure), deeds);
    }
    if (worker != workers.end()) fill(worker->second, deeds);
  }
  run(std::move(deeds));
}

Router::Router(const core::Clock& clock, std::uint64_t seed, Settings settings)
    : state_(std::make_shared<State>(clock, seed, settings)) {}

/// Answers in flight hold on to the state, and the workers in it hold on to them: nobody would let go.
Router::~Router() {
  Deeds deeds;
  std::map<const link::Port*, Worker> workers;
  {
    const std::lock_guard lock(state_->mutex);
    workers.swap(state_->workers);
    for (auto& [model, queue] : state_->queues) {
      for (const RoutePtr& route : queue.remove([](const RoutePtr&) { return true; })) {
        state_->finish(route, Failure{Failure::Kind::unable, "the gateway is going away"}, deeds);
      }
    }
    for (const auto& [id, route] : state_->jobs) route->port.reset();
    state_->jobs.clear();
  }
  state_->run(std::move(deeds));
}

void Router::on_offers(const std::shared_ptr<link::Port>& port) {
  const std::vector<job::Offer> offers = port->offers();
  Deeds deeds;
  {
    const std::lock_guard lock(state_->mutex);
    Worker& worker = state_->workers[port.get()];
    worker.port = port;
    std::map<std::string, Place> places;
    for (const job::Offer& offer : offers) {
      const auto before = worker.places.find(offer.model);
      Place place = before == worker.places.end() ? Place{} : before->second;
      place.slots = offer.slots;
      places[offer.model] = place;
      state_->tasks[offer.model] = offer.task;
    }
    worker.places = std::move(places);
    state_->fill(worker, deeds);
  }
  state_->run(std::move(deeds));
}

void Router::on_gone(const std::shared_ptr<link::Port>& port) {
  const std::lock_guard lock(state_->mutex);
  state_->workers.erase(port.get());
}

void Router::submit(job::Job job, const std::string& caller, std::shared_ptr<job::Sink> sink) {
  Deeds deeds;
  const auto route = std::make_shared<Route>();
  route->deadline = state_->clock.steady() + job.time_left;
  route->job = std::move(job);
  route->caller = caller;
  route->sink = std::move(sink);
  {
    const std::lock_guard lock(state_->mutex);
    ++state_->counters.jobs;
    state_->jobs[route->job.id] = route;
    const std::string& model = route->job.model;
    const Queue& queue = state_->queues[model];
    if (!state_->is_served(model)) {
      state_->finish(route, Failure{Failure::Kind::unable, "no worker serves " + model + " now"}, deeds);
    } else if (queue.size() > 0 || !state_->try_to_start(route, deeds)) {
      if (queue.size() >= state_->settings.queue || queue.of_caller(caller) >= state_->settings.queue_per_caller) {
        ++state_->counters.refused_full;
        state_->finish(route, Failure{Failure::Kind::busy, "too many requests wait for " + model}, deeds);
      } else {
        state_->queues[model].push(route);
      }
    }
  }
  state_->run(std::move(deeds));
}

void Router::cancel(const job::JobId& job) {
  Deeds deeds;
  std::shared_ptr<link::Port> port;
  JobId attempt;
  {
    const std::lock_guard lock(state_->mutex);
    const auto found = state_->jobs.find(job);
    if (found == state_->jobs.end()) return;
    const RoutePtr route = found->second;
    route->unwanted = true;
    port = route->port;
    attempt = route->attempt;
    if (!port) {
      state_->queues[route->job.model].remove([&](const RoutePtr& one) { return one == route; });
      state_->finish(route, Failure{Failure::Kind::cancelled, "the caller has gone"}, deeds);
    }
  }
  if (port) port->cancel(attempt);
  state_->run(std::move(deeds));
}

void Router::tick() {
  Deeds deeds;
  {
    const std::lock_guard lock(state_->mutex);
    const core::Nanos now = state_->clock.steady();
    const auto late = [&](const RoutePtr& route) { return now >= route->deadline; };
    for (auto& [model, queue] : state_->queues) {
      if (!queue.any(late)) continue;
      for (const RoutePtr& route : queue.remove(late)) {
        const std::string why = route->last ? route->last->message : "no worker was free in time";
        state_->finish(route, Failure{Failure::Kind::timeout, why}, deeds);
      }
    }
    for (auto& [port, worker] : state_->workers) state_->fill(worker, deeds);
  }
  state_->run(std::move(deeds));
}

std::vector<Model> Router::models() const {
  const std::lock_guard lock(state_->mutex);
  std::map<std::string, Model> models;
  for (const auto& [port, worker] : state_->workers) {
    for (const auto& [name, place] : worker.places) {
      Model& model = models[name];
      model.name = name;
      model.task = state_->tasks.at(name);
      model.slots += place.slots;
      model.busy += place.busy;
    }
  }
  for (auto& [name, model] : models) {
    const auto queue = state_->queues.find(name);
    if (queue != state_->queues.end()) model.waiting = static_cast<int>(queue->second.size());
  }
  std::vector<Model> list;
  for (auto& [name, model] : models) list.push_back(std::move(model));
  return list;
}

core::Nanos Router::expected_wait(const std::string& model) const {
  const std::lock_guard lock(state_->mutex);
  double seconds = 0;
  int slots = 0, places = 0;
  for (const auto& [port, worker] : state_->workers) {
    const auto place = worker.places.find(model);
    if (place == worker.places.end()) continue;
    seconds += place->second.service_seconds > 0 ? place->second.service_seconds : kFirstGuess;
    slots += place->second.slots;
    ++places;
  }
  if (slots == 0) return {};
  const auto queue = state_->queues.find(model);
  const double ahead = queue == state_->queues.end() ? 0 : static_cast<double>(queue->second.size());
  const double wait = ahead / slots * seconds / places;
  return std::chrono::duration_cast<core::Nanos>(std::chrono::duration<double>(wait));
}

std::size_t Router::in_flight() const {
  const std::lock_guard lock(state_->mutex);
  return state_->jobs.size();
}

Counters Router::counters() const {
  const std::lock_guard lock(state_->mutex);
  return state_->counters;
}

}  // namespace noonmark::router
