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

/// What receipts say of the machine.
struct Device {
  std::string name;
  std::string runtime;
};

/// Takes jobs from a gateway and has its backends answer them, as many at once as they offer; each whole answer gets a
/// signed receipt. Backends come and go while it runs: whatever one has begun, it ends.
/// Owner: the program. Threads: run() on one, serve() and drop() and rest() on any; it has one for each slot.
class Worker {
 public:
  using OnNote = std::function<void(std::string_view)>;  ///< for the log
  /// `key` and `clock` must outlive it.
  Worker(const sign::Sr25519Pair& key, core::Clock& clock, Device device, OnNote on_note);
  ~Worker();

  /// Serves what the backend offers from now on, in the place of whatever served one of its models. Shared with the
  /// jobs that it has. Fails: as Backend::offers; nothing changes then.
  core::Result<void> serve(BackendPtr backend);
  /// Serves the model no more.
  void drop(const std::string& model);
  /// Offers nothing from now on, and takes nothing, until it is called with an empty reason; what it has begun, it
  /// ends.
  void rest(const std::string& why);
  /// By model: the packages that are served.
  std::map<std::string, std::string> served() const;

  /// Connects and works until `stop`, then ends what it began, for at most `drain`. `on_wishes`: what the gateway would
  /// like; empty: passed over. Fails: as link::Uplink::run.
  core::Result<void> run(const link::UplinkSettings& settings, const std::atomic<bool>& stop, core::Nanos drain,
                         link::Uplink::OnWishes on_wishes = {});

 private:
  /// A model at a backend. Shared with the jobs that it has.
  struct Served {
    BackendPtr backend;  // with other models that it serves
    job::Offer offer;
    int busy = 0;
  };
  struct Task {
    job::Job job;
    std::shared_ptr<link::Answer> answer;  // with the link
    std::shared_ptr<Served> served;        // with the table of models
  };
  std::vector<job::Offer> offers() const;
  void tell_gateway();
  /// The answer is shared with the link.
  void take(job::Job job, const std::shared_ptr<link::Answer>& answer);
  void work(const std::stop_token& stop);
  void perform(Task task);

  const sign::Sr25519Pair& key_;
  core::Clock& clock_;
  const Device device_;
  const OnNote on_note_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::string, std::shared_ptr<Served>> served_;  // by model
  std::string resting_;                                    // why; empty: it works
  std::deque<Task> tasks_;
  std::vector<std::jthread> slots_;
  std::size_t idle_ = 0;            // of these
  link::Uplink* uplink_ = nullptr;  // while run() is in it
};

}  // namespace noonmark::worker
