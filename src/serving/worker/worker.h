#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include "base/core/clock.h"
#include "serving/job/job.h"
#include "serving/link/uplink.h"
#include "serving/worker/backend.h"

namespace noonmark::worker {

/// Takes jobs from a gateway and has its backends answer them, as many at once as they offer.
/// Owner: the program. Threads: run() on one; it has one for each slot.
class Worker {
 public:
  using OnNote = std::function<void(std::string_view)>;  ///< for the log
  /// `backends`, `key` and `clock` must outlive it.
  Worker(const std::vector<std::unique_ptr<Backend>>& backends, const sign::Sr25519Pair& key, core::Clock& clock,
         OnNote on_note);
  ~Worker();

  /// Connects and works until `stop`, then ends what it began, for at most `drain`. Fails: as link::Uplink::run, and as
  /// Backend::offers.
  core::Result<void> run(const link::UplinkSettings& settings, const std::atomic<bool>& stop, core::Nanos drain);

 private:
  struct Served {
    Backend* backend = nullptr;
    int slots = 0, busy = 0;
  };
  struct Task {
    job::Job job;
    std::shared_ptr<link::Answer> answer;  // with the link
  };
  core::Result<std::vector<job::Offer>> collect_offers();
  /// The answer is shared with the link.
  void take(job::Job job, const std::shared_ptr<link::Answer>& answer);
  void work(const std::stop_token& stop);

  const std::vector<std::unique_ptr<Backend>>& backends_;
  const sign::Sr25519Pair& key_;
  core::Clock& clock_;
  const OnNote on_note_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::string, Served> served_;  // by model
  std::deque<Task> tasks_;
  std::vector<std::jthread> slots_;
};

}  // namespace noonmark::worker
