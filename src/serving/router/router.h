#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/core/clock.h"
#include "serving/job/job.h"
#include "serving/link/gate.h"

namespace noonmark::router {

/// How an attempt at a job went, as its worker's doing.
struct Outcome {
  std::string model, package;
  bool well = true;
};

struct Settings {
  int attempts = 3;                   ///< workers that a job is given to
  std::size_t queue = 256;            ///< jobs of a model that wait for a slot; more end as `busy`
  std::size_t queue_per_caller = 64;  ///< of one caller's among them
  core::Nanos eject =
      std::chrono::seconds(10);  ///< a worker that failed gets nothing for so long, twice as long each time in a row
  /// A job whose worker has said nothing for `hedge_after` times as long as its jobs take, and for `hedge_least`, is
  /// given to a second one; the first to begin an answer has it (Dean and Barroso 2013). At most this part of all jobs.
  double hedge_after = 3;
  core::Nanos hedge_least = std::chrono::milliseconds(100);
  double hedge_budget = 0.05;
  /// Told of each attempt that says something about its worker. Threads: any; must not block.
  std::function<void(const Outcome&)> on_outcome = {};
};

/// What can be had now.
struct Model {
  std::string name, task;
  int slots = 0;                        ///< of all workers
  int busy = 0;                         ///< of these
  int waiting = 0;                      ///< jobs in the queue
  std::set<std::string> packages = {};  ///< by whose content it is done; foreign servers have none
};

struct Counters {
  std::uint64_t jobs = 0, answered = 0, failed = 0, refused_full = 0, retries = 0, hedges = 0, ejections = 0;
};

/// Gives jobs to workers: the better of two workers drawn at random by what is known of their speed and load; a queue
/// per model, fair among callers, where all are busy; another worker when one fails before the first byte, or is
/// silent for too long.
/// Owner: the gateway. Threads: any. Memory is bounded by Settings and the workers' slots.
class Router {
 public:
  /// `clock` must outlive it. `seed`: of every draw.
  Router(const core::Clock& clock, std::uint64_t seed, Settings settings = {});
  /// What waits for a worker ends as `unable`; what a worker has ends with it.
  ~Router();

  /// As link::GateHandlers has them; a port is shared with the link, which may lose it first.
  void on_offers(const std::shared_ptr<link::Port>& port);
  /// The port is shared as above.
  void on_gone(const std::shared_ptr<link::Port>& port);

  /// `caller`: whose queue it waits in. The answer, or the last attempt's failure, goes to `sink`; `busy` when the
  /// queue is full, `unable` when nobody serves the model.
  void submit(job::Job job, const std::string& caller, std::shared_ptr<job::Sink> sink);
  /// The caller has gone.
  void cancel(const job::JobId& job);
  /// Ends what is over time, starts what waited. To be called some ten times a second.
  void tick();

  /// By name.
  std::vector<Model> models() const;
  /// How long a job for this model would wait for a slot now, as far as is known.
  core::Nanos expected_wait(const std::string& model) const;
  Counters counters() const;
  /// Jobs that haven't ended.
  std::size_t in_flight() const;

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with the sinks of jobs in flight
};

}  // namespace noonmark::router
