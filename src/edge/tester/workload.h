#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "contest/conduct/collaborators.h"
#include "contest/lease/queue.h"
#include "crypto/sign/account.h"
#include "edge/tester/messages.h"
#include "storage/blobs/directory_store.h"
#include "storage/sql/sql.h"

namespace noonmark::tester {

/// Where a contest's work for testers is kept. Borrowed but for the folder's name.
struct Place {
  sql::Database& database;
  blobs::Store& pictures;
  std::filesystem::path folder;  ///< packed packages and findings; made when missing
};

/// The item that is about the baseline alone, and the one about an entry.
inline constexpr std::string_view kBaselineItem = "baseline";
std::string item_of(int order);

/// The work of one round that testers do: a queue of the baseline and each entry, what they are told, and what they
/// found. Everything is on disk, so a validator that is killed goes on with the leases that it gave.
///
/// A tester is known by its account and does one thing at a time. Its words are checked before they are kept: findings
/// that the contest's record couldn't hold are refused, pictures must be what their digests say.
/// Owner: LeasedTrial. Threads: any.
class Workload {
 public:
  /// Packs the packages and puts what isn't there yet into the queue. `program` is what testers must run too.
  static core::Result<std::unique_ptr<Workload>> open(const conduct::Round& round, const Place& place,
                                                      const lease::Settings& settings, std::string program);
  /// Removes the archives: a contest that goes on later packs them again.
  ~Workload();
  Workload(const Workload&) = delete;
  Workload& operator=(const Workload&) = delete;

  const Brief& brief() const { return brief_; }

  /// An item for the tester, or nothing now. Fails: denied when it runs another version, or on a machine that the
  /// contest's device rules out.
  core::Result<std::optional<Work>> lease(const sign::AccountId& tester, const Hello& hello, core::UnixNanos now);
  core::Result<void> renew(const sign::AccountId& tester, std::int64_t lease, core::UnixNanos now);

  /// Keeps a picture, while the lease lasts; new ones within a bound per lease. Fails: conflict (lease over),
  /// exhausted, invalid (not what the digest says).
  core::Result<void> put_picture(const sign::AccountId& tester, std::int64_t lease, const hash::Digest& name,
                                 core::ByteView content, core::UnixNanos now);

  /// Ends the item, or gives it back when the findings end with the tester's own failure. Fails: invalid (findings that
  /// make no sense for the item), conflict (the lease is over), not_found.
  core::Result<void> finish(const sign::AccountId& tester, std::int64_t lease, Findings findings, core::UnixNanos now);

  /// The packed package of that content. Fails: not_found.
  core::Result<std::filesystem::path> package(const hash::Digest& content) const;

  /// How far it is and who works: no names of entries, no results.
  core::Result<codec::Json> state(core::UnixNanos now);

  /// Waits until the item has ended. Fails: internal, when no tester could do it; cancelled (`stop`).
  using OnWait = std::function<void(const lease::Progress&)>;
  core::Result<Findings> await(const std::string& item, core::Clock& clock, const std::atomic<bool>& stop,
                               const OnWait& on_wait);
  /// What stands there already; nothing when the item hasn't been done.
  core::Result<std::optional<Findings>> found(const std::string& item, core::UnixNanos now);
  /// Gives the baseline another chance when it has failed before.
  core::Result<void> retry_baseline() { return queue_.reopen(run_, std::string(kBaselineItem)); }

 private:
  Workload(const conduct::Round& round, const Place& place, lease::Queue queue, const lease::Settings& settings,
           std::unique_ptr<blobs::Store> findings, std::string program);
  core::Result<void> pack(const conduct::Contestant& who);
  core::Result<std::optional<Task>> task_of(const std::string& item) const;
  core::Result<void> check(const std::optional<Task>& task, const Findings& findings) const;
  core::Result<void> check_pictures(const std::vector<conduct::Output>& outputs, const std::string& whose) const;
  core::Result<Findings> load(const hash::Digest& name) const;

  const Brief brief_;
  const std::string run_;  ///< the brief's name and the entries': one run of the queue
  const std::vector<conduct::Scheduled> entries_;
  const Place place_;
  const lease::Settings settings_;
  const std::string program_;
  lease::Queue queue_;
  const std::unique_ptr<blobs::Store> findings_;
  std::map<hash::Digest, std::filesystem::path> packages_;  ///< by content; constant after open()
  std::mutex mutex_;
  std::map<sign::AccountId, Hello> hellos_;          ///< guarded by mutex_
  std::map<std::int64_t, std::size_t> pictures_of_;  ///< guarded by mutex_; by lease
};

}  // namespace noonmark::tester
