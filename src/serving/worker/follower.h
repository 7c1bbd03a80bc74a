#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/core/clock.h"
#include "base/core/result.h"
#include "serving/job/job.h"
#include "serving/worker/backend.h"
#include "serving/worker/worker.h"

namespace noonmark::worker {

/// Where a worker keeps packages: a folder with one for each content digest. The one that was used longest ago goes
/// first when room is needed.
/// Owner: the caller; nobody else writes there. Threads: one.
class PackageCache {
 public:
  PackageCache(std::filesystem::path folder, std::uint64_t budget) : folder_(std::move(folder)), budget_(budget) {}

  std::filesystem::path place(const std::string& package) const { return folder_ / package; }
  bool holds(const std::string& package) const;
  /// Notes that it is used now.
  void touch(const std::string& package) const;
  /// Removes others than `kept` until `bytes` more fit the budget. Fails: exhausted (they can't), internal.
  core::Result<void> make_room(std::uint64_t bytes, const std::set<std::string>& kept) const;

 private:
  const std::filesystem::path folder_;
  const std::uint64_t budget_;
};

/// Serves what the gateway wishes for: fetches a package, opens it, and puts it in the place of the one before, which
/// serves until then.
/// Owner: the program. Threads: want() on any; it has one of its own, on which everything happens.
class Follower {
 public:
  /// Puts the package's files at `place`, verified. Fails: as it does; it is tried again after a pause that doubles.
  using Fetch = std::function<core::Result<void>(const job::Wish& wish, const std::filesystem::path& place)>;
  /// Opens it, warmed up. Shared, as Worker::serve takes it.
  using Open = std::function<core::Result<BackendPtr>(const job::Wish& wish, const std::filesystem::path& place)>;
  /// `worker` must outlive it.
  Follower(Worker& worker, PackageCache cache, Fetch fetch, Open open, Worker::OnNote on_note);
  ~Follower();
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  /// The newest list counts.
  void want(std::vector<job::Wish> wishes);

 private:
  void follow(const std::stop_token& stop);
  bool fulfil(const std::vector<job::Wish>& wishes);
  core::Result<void> fulfil(const job::Wish& wish, const std::vector<job::Wish>& all);

  Worker& worker_;
  const PackageCache cache_;
  const Fetch fetch_;
  const Open open_;
  const Worker::OnNote on_note_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<std::vector<job::Wish>> wanted_;  // not looked at yet
  std::set<std::string> mine_;                    // models that it has the worker serve
  std::jthread thread_;
};

}  // namespace noonmark::worker
