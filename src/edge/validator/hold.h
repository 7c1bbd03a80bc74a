#pragma once
#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/clock.h"
#include "contest/conduct/conduct.h"
#include "crypto/sign/sign.h"
#include "edge/validator/equipment.h"
#include "edge/validator/local_trial.h"
#include "storage/blobs/store.h"
#include "storage/sql/sql.h"

namespace noonmark::validator {

/// What somebody gets who carries a contest's trials out elsewhere. All borrowed for the holding.
struct Delegation {
  conduct::Trial& own;  ///< this machine's trial
  sql::Database& database;
  blobs::Store& pictures;
  std::filesystem::path folder;  ///< HoldRequest::out
  LocalTrial::OnProgress on_progress;
};

/// A contest to be held on this machine, and where its results go.
struct HoldRequest {
  rules::Contest contest;
  std::filesystem::path baseline;
  std::vector<std::filesystem::path> entries;    ///< in order of arrival; at least one
  std::filesystem::path out;                     ///< made when missing; holds records and pictures, and is resumed from
  std::filesystem::path features;                ///< graph of the perceptual distance; empty: without it
  std::optional<core::UnixNanos> cut_off;        ///< whose entries these are; nothing: now
  std::optional<hash::Digest> reigning;          ///< content of the winner so far
  std::optional<conduct::Beacon::Value> beacon;  ///< a ledger's, or for repeating a contest; nothing: drawn here
  /// Who carries the trials out; empty: this machine.
  std::function<std::unique_ptr<conduct::Trial>(const Delegation&)> delegate;
};

/// Names below HoldRequest::out.
inline constexpr std::string_view kRecordName = "record.json";
inline constexpr std::string_view kDatabaseName = "contest.sqlite";
inline constexpr std::string_view kPicturesName = "pictures";

/// How far the contest is: `done` of `total` expected seconds, and what is being done.
using OnHold = std::function<void(double done, double total, std::string_view note)>;

/// A contest that has been held.
struct Held {
  std::filesystem::path record;  ///< the signed final record
  std::string text;              ///< its bytes
  bool resumed = false;          ///< it went on from the records of an earlier process
};

/// Holds the contest, or goes on with one that was interrupted in `request.out`, and writes the final record there.
/// Fails: invalid (no entry, bad contest), cancelled (`stop`; the same call later goes on), as Conductor.
core::Result<Held> hold(const Equipment& equipment, const HoldRequest& request, const sign::SecretKey& key,
                        core::Clock& clock, const std::atomic<bool>& stop, const OnHold& on_hold = {});

/// Expected seconds of everything before and after `step`: the measure of progress. Pure.
class Plan {
 public:
  Plan(const rules::Contest& contest, std::size_t entries);
  double total() const { return total_; }
  /// Seconds before `step`, and of the step itself. `position` is the entry's place among those that are measured.
  double before(const conduct::Step& step) const;
  double of(conduct::Stage stage) const;

 private:
  double measure_;
  double judge_;
  double reference_;
  double inspect_;
  std::size_t entries_;
  double total_;
};

}  // namespace noonmark::validator
