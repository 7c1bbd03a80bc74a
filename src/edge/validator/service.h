#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/telemetry/log.h"
#include "crypto/sign/sr25519.h"
#include "edge/evidence/bundle.h"
#include "edge/evidence/shelf.h"
#include "edge/validator/day.h"
#include "reward/payout/payout.h"
#include "reward/plan/plan.h"

namespace noonmark::validator {

/// What a validator does and with what. Everything is borrowed.
struct ServiceSettings {
  rules::Contest contest;
  std::filesystem::path baseline, features;
  std::filesystem::path home;  ///< of this contest; every day has a folder in it
  book::NetUid netuid = 0;
  int share = plan::kMaxShare;  ///< thousandths of the subnet's reward that the contest pays
  submission::Lists lists;      ///< the owner's exclusions
  std::string evidence_url;     ///< where this validator's evidence can be read; stands on the ledger
  std::uint64_t package_bytes = std::uint64_t{50} << 30;  ///< of fetched packages that are kept
  int fetch_attempts = 5;
  core::Nanos fetch_pause = std::chrono::seconds(20);
};

/// Where a validator keeps a contest: every day has a folder in it, named by its date.
std::filesystem::path contest_folder(const std::filesystem::path& home, const sign::AccountId& hotkey,
                                     const std::string& contest);
std::filesystem::path day_folder(const std::filesystem::path& contest_folder, const rules::ContestDay& day);
/// Whether the day in that folder is finished, its evidence on the ledger.
bool is_finished(const std::filesystem::path& day_folder);

/// What the service needs to be handed.
struct ServiceTools {
  book::Ledger& ledger;
  const sign::Sr25519Pair& hotkey;
  payout::Payout& payout;
  evidence::Shelf& shelf;
  blobs::Store& public_store;  ///< the shelf's
  core::Clock& clock;
  const telemetry::Log& log;
  const std::atomic<bool>& stop;
  FetchPackage bring;
  /// Holds a contest; called on a thread of its own, one at a time.
  std::function<core::Result<Held>(const HoldRequest&)> hold;
};

/// A validator's whole work on one contest of one subnet: every day the snapshot, the packages, the trial, the
/// evidence, and the row of weights all the time. Goes on after a kill where it was. What fails for a reason outside
/// (ledger, network) is tried again; meanwhile the row of the last finished day stands. Owner: the program. Threads:
/// tick() from one.
class Service {
 public:
  Service(ServiceSettings settings, ServiceTools tools);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  /// Does what can be done now. Returns when to look again at the latest. Fails: corrupt and internal, when a minute of
  /// waiting didn't mend them; everything else is told to the log.
  core::Result<core::Nanos> tick();

  /// Days that have been finished, as this validator sees them.
  int finished() const { return finished_; }
  /// The day that is being worked on, with its verdict once there is one.
  struct Finished {
    rules::ContestDay day;
    std::filesystem::path folder;
    std::optional<std::string> record;  ///< text of the final record; nothing when nobody could be tried
    evidence::Bundle bundle;
  };
  /// Called when a day is finished, its evidence on the ledger.
  std::function<void(const Finished&)> on_finished;

 private:
  struct Work;
  core::Result<std::unique_ptr<Work>> next_day() const;
  core::Result<void> advance(Work& work);
  core::Result<void> collect(Work& work);
  core::Result<void> await(Work& work);
  core::Result<void> publish(Work& work);
  core::Result<void> announce(const Work& work, const hash::Digest& bundle);
  core::Result<std::map<hash::Digest, sign::AccountId>> makers() const;
  core::Result<void> remember_makers(const Work& work) const;
  core::Result<evidence::Findings> findings(const Work& work) const;
  core::Result<void> pay();
  core::Result<std::vector<plan::DayResult>> results() const;

  const ServiceSettings settings_;
  ServiceTools tools_;
  std::unique_ptr<Work> work_;
  std::optional<std::string> told_;  // the last thing that was said of a failure, once
  book::BlockNumber payout_next_ = 0;
  int finished_ = 0, hopeless_ = 0;
};

}  // namespace noonmark::validator
