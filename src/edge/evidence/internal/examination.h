#pragma once

#include <map>
#include <optional>
#include <utility>

#include "contest/conduct/replay.h"
#include "contest/verdict/verdict.h"
#include "edge/evidence/internal/find_evidence.h"
#include "edge/evidence/verify_day.h"

namespace noonmark::evidence {

/// What all validators of a day are compared with.
struct Examiner {
  book::Ledger& ledger;
  const book::NetUid netuid;
  const rules::ContestDay day;
  const book::BlockRef head;
  Sources& sources;
  const VerifySettings& settings;

  /// submission::first_block_at(), looked for once.
  core::Result<std::optional<book::BlockRef>> first_block(core::UnixNanos instant);
  /// The ledger's own snapshot at the first block at or after `instant`; null while there is none.
  core::Result<const submission::Snapshot*> snapshot(core::UnixNanos instant);

  std::map<core::UnixNanos, std::optional<book::BlockRef>> blocks = {};
  std::map<core::UnixNanos, submission::Snapshot> snapshots = {};
};

/// One validator's day under examination.
class Examination {
 public:
  Examination(Examiner& examiner, const Found& found);

  /// Fails: as the ledger; whatever is wrong with the evidence is in the report.
  core::Result<void> run();

  ValidatorReport report;
  std::optional<Bundle> bundle;  ///< Once it is opened.
  std::optional<verdict::Verdict> judgement;

 private:
  /// What is wrong; empty when nothing is.
  using Finding = core::Result<std::string>;

  Finding check_bundle();
  Finding check_contest();
  Finding check_cut_off();
  Finding check_reveal();
  Finding check_lists();
  Finding check_collection();
  Finding check_record();
  Finding check_inputs();
  Finding check_entries();
  Finding check_winner();
  Finding check_plan();
  core::Result<Check> check_weights();

  Finding check_snapshot(core::UnixNanos instant, const submission::Snapshot& told);
  Finding check_manifests();
  core::Result<bool> row_follows(const std::vector<book::Weight>& row, book::BlockNumber block);
  core::Result<book::BlockRef> end_of_day();

  Examiner& examiner_;
  const Found found_;
  core::UnixNanos cut_off_{};
  const submission::Snapshot* own_cut_off_ = nullptr;
  const submission::Snapshot* own_reveal_ = nullptr;
  std::optional<conduct::Replay> replay_;
};

}  // namespace noonmark::evidence
