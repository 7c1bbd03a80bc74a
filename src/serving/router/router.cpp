#include "serving/router/router.h"

#include <algorithm>
#include <utility>

#include "base/core/random.h"
#include "serving/router/choice.h"
#include "serving/router/internal/queue.h"

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

/// A model at one worker.
struct Place {
  int slots = 0, busy = 0;
  std::string package;
  double service_seconds = 0;  // 0: not known yet
};

/// Whether the job may be done there.
bool suits(const Place& place, const job::Job& job) { return place.package.starts_with(job.package); }

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
  std::vector<Outcome> outcomes;
  std::vector<std::pair<RoutePtr, std::optional<Failure>>> ends;
};

}  // namespace

struct Router::State : std::enable_shared_from_this<Router::State> {
  State(const core::Clock& time, std::uint64_t seed, Settings chosen) : clock(time), settings(chosen), random(seed) {}

  void run(Deeds deeds);
  void place(const RoutePtr& route, Deeds& deeds);
  bool try_to_start(const RoutePtr& route, Deeds& deeds);
  void fill(Worker& worker, Deeds& deeds);
  void release(const Route& route, const Run& run, Grade grade, Deeds& deeds);
  bool begin(const RoutePtr& route, const JobId& attempt);
  void ended(const RoutePtr& route, const JobId& attempt, const Failure* failure);
  bool is_silent(const Route& route, core::Nanos now) const;
  void finish(const RoutePtr& route, std::optional<Failure> failure, Deeds& deeds);
  bool is_served(const job::Job& job) const;
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
  using OnBegin = std::function<bool()>;
  using OnEnd = std::function<void(const Failure*)>;
  Attempt(RoutePtr route, OnBegin on_begin, OnEnd on_end)
      : route_(std::move(route)), on_begin_(std::move(on_begin)), on_end_(std::move(on_end)) {}
  void on_head(int status, std::string_view content_type) override {
    chosen_ = on_begin_();
    if (chosen_) route_->sink->on_head(status, content_type);
  }
  void on_piece(std::string_view bytes) override {
    if (chosen_) route_->sink->on_piece(bytes);
  }
  void on_receipt(std::string_view receipt) override {
    if (chosen_) route_->sink->on_receipt(receipt);
  }
  void on_end(const Failure* failure) override { on_end_(failure); }

 private:
  const RoutePtr route_;
  const OnBegin on_begin_;
  const OnEnd on_end_;
  bool chosen_ = false;  // of two that ran, the first to begin
};

}  // namespace

// --- under the lock

bool Router::State::is_served(const job::Job& job) const {
  return std::ranges::any_of(workers, [&](const auto& one) {
    const auto place = one.second.places.find(job.model);
    return place != one.second.places.end() && suits(place->second, job);
  });
}

bool Router::State::has_untried(const Route& route) const {
  return std::ranges::any_of(workers, [&](const auto& one) {
    const auto place = one.second.places.find(route.job.model);
    return place != one.second.places.end() && suits(place->second, route.job) && !route.tried.contains(one.first);
  });
}

bool Router::State::try_to_start(const RoutePtr& route, Deeds& deeds) {
  std::vector<Worker*> serving;
  std::vector<Candidate> candidates;
  const core::Nanos now = clock.steady();
  for (auto& [port, worker] : workers) {
    const auto place = worker.places.find(route->job.model);
    if (place == worker.places.end() || !suits(place->second, route->job)) continue;
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
  if (route->attempts > 1) ++(route->runs.empty() ? counters.retries : counters.hedges);
  route->tried.insert(worker.port.get());
  route->runs.push_back({worker.port, job::random_job_id(), now});
  deeds.begins.push_back({route, worker.port, route->runs.back().attempt});
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
      const RoutePtr route = queue->second.pop([&, &here = place](const RoutePtr& one) {
        return !one->tried.contains(worker.port.get()) && suits(here, one->job);
      });
      if (!route) break;
      if (!try_to_start(route, deeds)) {
        queue->second.push(route);
        break;
      }
    }
  }
}

/// The worker has a slot again, if it is still there.
void Router::State::release(const Route& route, const Run& run, Grade grade, Deeds& deeds) {
  const auto found = workers.find(run.port.get());
  if (found == workers.end()) return;
  Worker& worker = found->second;
  const auto place = worker.places.find(route.job.model);
  if (place != worker.places.end()) --place->second.busy;
  if (grade == Grade::none) return;
  if (place != worker.places.end()) {
    deeds.outcomes.push_back({route.job.model, place->second.package, grade == Grade::well});
  }
  if (grade == Grade::badly) {
    worker.ejected_until = clock.steady() + ejection(settings.eject, ++worker.failures);
    ++counters.ejections;
    return;
  }
  worker.failures = 0;
  worker.ejected_until = {};
  if (place == worker.places.end()) return;
  const double seconds = std::chrono::duration<double>(clock.steady() - run.started).count();
  double& smoothed = place->second.service_seconds;
  smoothed = smoothed > 0 ? (1 - kNews) * smoothed + kNews * seconds : seconds;
}

void Router::State::finish(const RoutePtr& route, std::optional<Failure> failure, Deeds& deeds) {
  jobs.erase(route->job.id);
  route->done = true;
  ++(failure ? counters.failed : counters.answered);
  deeds.ends.emplace_back(route, std::move(failure));
}

// --- without the lock

void Router::State::run(Deeds deeds) {
  for (const auto& [route, port, id] : deeds.begins) {
    job::Job attempt = route->job;
    attempt.id = id;
    attempt.time_left = std::max(core::Nanos(0), route->deadline - clock.steady());
    const auto on_begin = [self = shared_from_this(), to = route, name = id] { return self->begin(to, name); };
    const auto on_end = [self = shared_from_this(), to = route, name = id](const Failure* failure) {
      self->ended(to, name, failure);
    };
    port->start(attempt, std::make_shared<Attempt>(route, on_begin, on_end));
  }
  if (settings.on_outcome) std::ranges::for_each(deeds.outcomes, settings.on_outcome);
  for (const auto& [route, failure] : deeds.ends) route->sink->on_end(failure ? &*failure : nullptr);
}

/// Whether the caller gets this attempt's answer; any other attempt is called off then.
bool Router::State::begin(const RoutePtr& route, const JobId& attempt) {
  std::vector<Run> others;
  {
    const std::lock_guard lock(mutex);
    if (route->done || route->begun) return route->begun == attempt;
    route->begun = attempt;
    std::ranges::copy_if(route->runs, std::back_inserter(others),
                         [&](const Run& one) { return one.attempt != attempt; });
  }
  for (const Run& other : others) {
    if (other.port) other.port->cancel(other.attempt);
  }
  return true;
}

/// An attempt is over.
void Router::State::ended(const RoutePtr& route, const JobId& attempt, const Failure* failure) {
  Deeds deeds;
  {
    const std::lock_guard lock(mutex);
    const auto run = std::ranges::find(route->runs, attempt, &Run::attempt);
    if (run == route->runs.end()) return;
    const Run over = *run;
    route->runs.erase(run);
    const bool outrun = route->begun && *route->begun != attempt;
    // Who is so slow that a hedge was faster has failed.
    release(*route, over, outrun && !route->unwanted ? Grade::badly : grade_of(failure), deeds);
    const bool another = failure != nullptr && is_worth_another(*failure) && !outrun && !route->unwanted &&
                         route->attempts < settings.attempts && clock.steady() < route->deadline &&
                         (has_untried(*route) || !is_served(route->job));
    const bool again = another && (!route->begun || route->sink->restart());
    if (again) route->begun.reset();
    if (outrun || route->done || (failure != nullptr && !route->begun && !route->runs.empty())) {
      // Another attempt answers, or may still.
    } else if (again) {
      route->last = *failure;
      place(route, deeds);
    } else {
      finish(route, failure == nullptr ? std::nullopt : std::optional(*failure), deeds);
    }
    const auto worker = workers.find(over.port.get());
    if (worker != workers.end()) fill(worker->second, deeds);
  }
  run(std::move(deeds));
}

/// Its only worker has had it for so long without a word that another one is to have it too.
bool Router::State::is_silent(const Route& route, core::Nanos now) const {
  if (route.runs.size() != 1 || route.begun || route.unwanted || route.attempts >= settings.attempts) return false;
  const Run& run = route.runs.front();
  const auto worker = workers.find(run.port.get());
  if (worker == workers.end()) return false;
  const auto place = worker->second.places.find(route.job.model);
  const double known = place == worker->second.places.end() ? 0 : place->second.service_seconds;
  if (known == 0) return false;  // nothing to measure it by
  const auto patience =
      std::chrono::duration_cast<core::Nanos>(std::chrono::duration<double>(settings.hedge_after * known));
  return now - run.started > std::max(patience, settings.hedge_least);
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
    for (const auto& [id, route] : state_->jobs) {
      for (Run& run : route->runs) run.port.reset();
    }
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
      // Another package takes its own time.
      if (place.package != offer.package) place.service_seconds = 0;
      place.package = offer.package;
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
    if (!state_->is_served(route->job)) {
      const std::string with = route->job.package.empty() ? "" : " with the package " + route->job.package;
      state_->finish(route, Failure{Failure::Kind::unable, "no worker serves " + model + with + " now"}, deeds);
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
  std::vector<Run> runs;
  {
    const std::lock_guard lock(state_->mutex);
    const auto found = state_->jobs.find(job);
    if (found == state_->jobs.end()) return;
    const RoutePtr route = found->second;
    route->unwanted = true;
    runs = route->runs;
    if (runs.empty()) {
      state_->queues[route->job.model].remove([&](const RoutePtr& one) { return one == route; });
      state_->finish(route, Failure{Failure::Kind::cancelled, "the caller has gone"}, deeds);
    }
  }
  for (const Run& run : runs) run.port->cancel(run.attempt);
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
    const auto& counters = state_->counters;
    for (const auto& [id, route] : state_->jobs) {
      const double most = 1 + state_->settings.hedge_budget * static_cast<double>(counters.jobs);
      if (static_cast<double>(counters.hedges) >= most) break;
      if (state_->is_silent(*route, now)) (void)state_->try_to_start(route, deeds);
    }
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
      if (!place.package.empty()) model.packages.insert(place.package);
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
