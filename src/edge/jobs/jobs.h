#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/core/clock.h"

namespace noonmark::jobs {

enum class Status { running, done, failed, cancelled };

/// A request that is answered later.
struct Job {
  std::string id;                       ///< random, so that nobody can guess another caller's
  std::string caller;                   ///< whose it is
  std::string path;                     ///< what was asked
  std::string webhook;                  ///< told of the end; empty: nobody
  std::string secret;                   ///< signs what the webhook is told; empty: no webhook
  std::int64_t created = 0, ended = 0;  ///< seconds since 1970
  Status status = Status::running;
  int http_status = 0;  ///< of the answer, once it is there
  std::string answer;   ///< JSON
  std::string receipt;  ///< the worker's, JSON too; empty: none
};

/// {"id","object":"job","status","path","created"}, with "ended", "http_status", "receipt" and "answer" once they are
/// there. The secret is told once, to whoever has made the job.
std::string write_job(const Job& job, bool with_secret = false);

/// Jobs and what came of them. In memory only: a gateway that ends forgets them.
/// Owner: the API. Threads: any. Bounded: of what has ended the oldest goes first.
class Jobs {
 public:
  struct Limits {
    std::size_t jobs = 10'000;                   ///< that have ended; those that run are bounded by the router's queues
    std::size_t bytes = std::size_t{256} << 20;  ///< of their answers
    std::size_t jobs_per_caller = 1000;          ///< of one caller's among them: who makes many loses its own
    std::size_t bytes_per_caller = std::size_t{64} << 20;
    core::Nanos time = std::chrono::hours(1);  ///< from a job's end
  };
  /// `clock` must outlive it.
  explicit Jobs(const core::Clock& clock) : Jobs(clock, Limits{}) {}
  Jobs(const core::Clock& clock, Limits limits) : clock_(clock), limits_(limits) {}

  /// A job that runs now. With a webhook it gets a secret. Requires an id that no other job has.
  Job begin(std::string id, std::string caller, std::string path, std::string webhook);
  /// The answer is there: the job as it ended. Nothing when it was cancelled before, or is unknown. An answer that is
  /// no JSON fails the job.
  std::optional<Job> finish(const std::string& id, int http_status, std::string answer, std::string receipt = {});
  /// Nothing too when it is another caller's.
  std::optional<Job> find(const std::string& id, const std::string& caller);
  /// What runs is cancelled from now on, and stays to be seen; what has ended is forgotten.
  struct Dropped {
    Job job;
    bool was_running = false;
  };
  std::optional<Dropped> drop(const std::string& id, const std::string& caller);

 private:
  struct Shelf {
    std::list<std::string> ended;  // ids, the one that ended first first
    std::size_t bytes = 0;         // of their answers
  };
  struct Entry {
    Job job;
    core::Nanos until{};
    std::list<std::string>::iterator place{}, own_place{};  // once it has ended: in all_, in its caller's shelf
  };
  using Entries = std::map<std::string, Entry>;
  std::int64_t seconds_now() const;
  void end(Entry& entry);
  void forget(Entries::iterator entry);
  void make_room();
  void make_room_of(const std::string& caller);

  const core::Clock& clock_;
  const Limits limits_;
  std::mutex mutex_;
  Entries entries_;
  Shelf all_;
  std::map<std::string, Shelf> callers_;  // those with jobs that have ended
};

}  // namespace noonmark::jobs
