#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/core/clock.h"
#include "base/core/result.h"
#include "crypto/hash/hash.h"
#include "storage/sql/sql.h"
#include "trial/record/failure.h"

/// Work that several machines share. Each item of a run is leased to one worker at a time and ends exactly once: done,
/// with a result, or failed, when nobody could do it.
namespace noonmark::lease {

struct Settings {
  std::chrono::milliseconds term{30'000};  ///< how long a lease lasts without being renewed
  int max_attempts = 3;                    ///< leases of one item that may be lost before the item fails
};

/// The right and duty to do one item, until `deadline`.
struct Lease {
  std::int64_t number = 0;  ///< names this lease in renew(), complete() and lose()
  std::string item;
  int attempt = 1;  ///< how often the item has been leased, this time included
  core::UnixNanos deadline{};
};

enum class ItemState { open, leased, done, failed };

struct Item {
  std::string name;
  ItemState state = ItemState::open;
  std::string worker;                      ///< who holds it, did it or lost it last
  std::optional<hash::Digest> result;      ///< of a done item
  std::optional<record::Failure> failure;  ///< of a failed item: the validator's, never the entry's
};

struct WorkerState {
  std::string name;
  core::UnixNanos seen{};  ///< its last call
  bool busy = false;
};

/// How far a run is. Says nothing of results.
struct Progress {
  std::int64_t total = 0, open = 0, leased = 0, done = 0, failed = 0;
  double seconds_per_item = 0;         ///< mean of the done ones, lease to result; 0: none yet
  std::optional<double> seconds_left;  ///< at that pace with the workers seen lately; nothing: not known
  std::vector<WorkerState> workers;    ///< by name
};

/// A durable queue. What a call has changed is on disk when it returns, so that the queue goes on after kill -9 of
/// whoever works with it, with the leases that it gave.
///
/// A lease ends by a result, by being lost (lose(), its deadline, or the same worker asking anew: it was restarted),
/// and a lost one puts the item back. Whoever lost an item gets it again only after a term, and after items that it
/// hasn't lost. An item has failed once max_attempts leases of it were lost, by max_attempts workers or by as many as
/// have been seen within kLately: a single broken machine can't fail an item that others could do.
///
/// Owner: the program; borrows the database. Threads: any. Time is the caller's, and should not go back.
/// Fails: as sql::Session, and as said.
class Queue {
 public:
  static constexpr int kLately = 10;  ///< terms

  static core::Result<Queue> open(sql::Database& database, const Settings& settings = {});

  /// Puts items into the run, behind those that are there; one that is there already stays as it is.
  core::Result<void> add(const std::string& run, const std::vector<std::string>& items);

  /// Makes a failed item open again, with all its attempts. Of another item nothing changes.
  core::Result<void> reopen(const std::string& run, const std::string& item);

  /// An item for `worker`, or nothing when there is none for it now. A lease that the worker still has is lost: one
  /// worker does one thing at a time.
  core::Result<std::optional<Lease>> lease(const std::string& run, const std::string& worker, core::UnixNanos now);

  /// The new deadline. Fails: conflict when the lease is over; the worker should drop the work.
  core::Result<core::UnixNanos> renew(const std::string& worker, std::int64_t lease, core::UnixNanos now);

  /// The item is done, with the bytes that `result` names. A lost lease's result still counts while the item is open;
  /// the same result told twice is told once.
  /// Fails: conflict when the item has ended otherwise or is leased to somebody else; not_found.
  core::Result<void> complete(const std::string& worker, std::int64_t lease, const hash::Digest& result,
                              core::UnixNanos now);

  /// The worker can't do it. Requires that `why` isn't the entry's own failure: that one is a result.
  /// Fails: conflict when the lease is over; not_found.
  core::Result<void> lose(const std::string& worker, std::int64_t lease, const record::Failure& why,
                          core::UnixNanos now);

  /// What leases have run out by `now` is noted first.
  core::Result<Item> item(const std::string& run, const std::string& name, core::UnixNanos now);
  core::Result<Progress> progress(const std::string& run, core::UnixNanos now);

  /// What a lease is, or was, about. Fails: not_found.
  struct Holding {
    std::string item;
    bool lasts = false;  ///< it is neither lost nor done, and its deadline hasn't passed
  };
  core::Result<Holding> holding(const std::string& worker, std::int64_t lease, core::UnixNanos now);

 private:
  struct Grant;
  Queue(sql::Database& database, const Settings& settings) : database_(&database), settings_(settings) {}

  core::Result<Grant> find_grant(sql::Session& session, const std::string& worker, std::int64_t number) const;
  core::Result<void> expire(sql::Session& session, const std::string& run, core::UnixNanos now) const;
  core::Result<void> end_lost(sql::Session& session, const Grant& grant, const record::Failure& why,
                              core::UnixNanos now) const;
  core::Result<bool> has_failed(sql::Session& session, const Grant& grant, core::UnixNanos now) const;
  core::Result<std::optional<std::string>> choose(sql::Session& session, const std::string& run,
                                                  const std::string& worker, core::UnixNanos now) const;
  core::Result<Lease> grant(sql::Session& session, const std::string& run, const std::string& item,
                            const std::string& worker, core::UnixNanos now) const;

  sql::Database* database_;
  Settings settings_;
};

}  // namespace noonmark::lease
