#pragma once
#include <atomic>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "contest/submission/collect.h"
#include "edge/validator/hold.h"
#include "ledger/book/ledger.h"

namespace noonmark::validator {

/// Whose day it is, and where it is kept.
struct DaySettings {
  rules::Contest contest;
  rules::ContestDay day;
  core::UnixNanos cut_off;
  book::NetUid netuid = 0;
  std::filesystem::path baseline, features;
  std::filesystem::path folder;    ///< of this day
  std::filesystem::path packages;  ///< fetched packages by content, shared by all days
};

/// Brings the package that an entrant points to into `target`, which doesn't exist yet. Runs outside the wall and never
/// runs what it brings. Fails: unavailable and timeout are the network's; every other kind is held against the entry.
using FetchPackage =
    std::function<core::Result<void>(const submission::Entrant& entrant, const std::filesystem::path& target)>;

/// In the day's folder, once the reveal's block is there: what it shows. From then on the day goes its way.
inline constexpr std::string_view kRevealName = "reveal.json";

/// In the day's folder, until the day is finished: the packages that take part, by hot key.
inline constexpr std::string_view kEntriesName = "entries";

/// What the ledger says of the day. Everything else is computed from it.
struct Collected {
  submission::Snapshot cut_off, reveal;
  submission::Lists lists;  ///< as they stood when the day was collected
  submission::Collection collection;
};

/// Where an entrant's package lies, or why it doesn't take part: "not_fetched" and "not_endorsed" (the entry's),
/// "not_reachable" (the network's), "copy".
struct Fetched {
  submission::Entrant entrant;
  std::filesystem::path package;
  std::optional<record::Failure> failure;
};

/// One contest day of a validator, up to the request for hold(). What a step found is on disk before the step returns,
/// so a killed process goes on with the same facts.
/// Owner: the validator's service. Threads: one at a time.
class Day {
 public:
  explicit Day(DaySettings settings) : settings_(std::move(settings)) {}

  /// Reads the two snapshots as far as the ledger has come. Nothing while the reveal's block isn't there; `lists` count
  /// when the day is collected for the first time. Fails: as the ledger; corrupt, when what lies in the folder is no
  /// snapshot.
  core::Result<std::optional<Collected>> collect(book::Ledger& ledger, const submission::Lists& lists) const;

  /// Brings every entrant's package here, in order of claims; a package must have the claimed content and the
  /// endorsement of the key that claimed it. `attempts` tries while it is the network's fault, `pause` apart.
  /// Fails: cancelled, internal (this disk).
  core::Result<std::vector<Fetched>> fetch(const Collected& collected, const FetchPackage& bring, core::Clock& clock,
                                           const std::atomic<bool>& stop, int attempts, core::Nanos pause) const;

  /// The contest on those packages: inputs from the reveal block's hash, entries by hot key, the reigning winner as
  /// the ledger's evidence names it.
  HoldRequest request(const Collected& collected, const std::vector<Fetched>& fetched) const;

  /// Forgets packages that weren't needed lately, oldest first, until at most `max_bytes` are left: a day that is
  /// being held has copies. Returns how many bytes are left.
  core::Result<std::uint64_t> prune_packages(std::uint64_t max_bytes) const;

  const DaySettings& settings() const { return settings_; }

 private:
  core::Result<std::optional<submission::Snapshot>> snapshot(book::Ledger& ledger, core::UnixNanos instant,
                                                             std::string_view name) const;
  core::Result<submission::Lists> keep_lists(const submission::Lists& lists) const;
  Fetched fetch_one(const submission::Entrant& entrant, const FetchPackage& bring) const;
  std::filesystem::path kept_package(const submission::Entrant& entrant) const;
  core::Result<void> bring_package(const submission::Entrant& entrant, const FetchPackage& bring) const;

  const DaySettings settings_;
};

}  // namespace noonmark::validator
