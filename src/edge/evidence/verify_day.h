#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/codec/json.h"
#include "edge/evidence/bundle.h"
#include "edge/evidence/sources.h"
#include "ledger/book/ledger.h"
#include "trial/record/metric.h"

namespace noonmark::evidence {

/// One thing that was recomputed for one validator.
struct Check {
  enum class Answer {
    same,     ///< What the validator says is what comes out.
    differs,  ///< It isn't; `detail` names the first place.
    open,     ///< Can't be said yet: the time for it isn't over.
  };
  std::string what;  ///< "bundle", "cut-off snapshot", "record", …: in the order of verify_day()
  Answer answer = Answer::same;
  std::string detail;
};

/// What one validator says of one entry.
struct View {
  AccountId validator;
  std::string status;  ///< verdict::name_of(), or "left out"
  int rank = 0;
  std::int64_t weight = 0;
  std::optional<record::Interval> time;  ///< Generation time against the baseline's.
  std::optional<double> fidelity;        ///< Mean, 0 to 1.
};

/// One entry as all validators see it.
struct EntryComparison {
  AccountId hotkey;
  hash::Digest content;
  std::vector<View> views;
  double spread = 0;    ///< Largest ratio of generation times / smallest, less 1; 0 with fewer than two.
  bool overlap = true;  ///< All intervals of the generation time have a value in common.
};

struct ValidatorReport {
  AccountId hotkey;
  book::Rao stake = 0;
  std::string url;
  book::BlockNumber evidence_block = 0;  ///< Where the ledger got the record.
  hash::Digest bundle;
  std::optional<hash::Digest> winner;  ///< As the ledger's record says.
  std::vector<Check> checks;
  bool sound() const;
  /// The first check that differs; null when there is none.
  const Check* mismatch() const;
};

struct DayReport {
  rules::ContestDay day;
  book::BlockRef head;
  std::optional<book::BlockRef> cut_off, reveal;
  std::vector<ValidatorReport> validators;  ///< By stake, largest first; those with evidence for the day.
  std::vector<AccountId> silent;            ///< Keys with a permit at the head that gave no evidence for the day.
  std::vector<EntryComparison> entries;     ///< Of sound validators; by claim.
  std::optional<hash::Digest> winner;       ///< With most stake of sound validators behind it.
  double agreement = 0;                     ///< Share of the sound validators' stake that is behind it, 0 to 1.
  /// There is evidence, and everything in it is what recomputing gives.
  bool ok() const;
};

struct VerifySettings {
  std::optional<hash::Digest> contest;     ///< The definition that must have been held, where it is known.
  std::optional<submission::Lists> lists;  ///< The owner's exclusions that must have counted, where they are known.
  blobs::Store* mirror = nullptr;          ///< Keeps what is fetched; then all blobs of sound bundles are fetched.
  std::uint64_t max_mirror_bytes = std::uint64_t{4} << 30;  ///< For blobs that checking doesn't need.
};

/// Recomputes a contest day of a whole subnet, trusting nobody but the ledger. For each validator, in this order, and
/// up to the first difference:
///
///   bundle             fetched by the digest on the ledger, and signed by its hot key
///   contest            the expected definition, of that name
///   cut-off snapshot   the first block at or after the cut-off, read from the ledger again
///   reveal snapshot    the same after the reveal time
///   lists              the owner's exclusions
///   collection         who takes part, from the snapshots
///   record             every signature, interval, score and rank in it (conduct::verify)
///   inputs             drawn from the reveal block's hash
///   entries            the collection's, with the content that was claimed; endorsed where manifests are given
///   winner             as on the ledger, and the reigning one as the ledger had it
///   plan               the row of weights
///   weights            that row (or the one for the subnet as it was when the row was set) on the ledger, at the
///   latest
///                      two epochs, the reveal period and 100 blocks after the evidence
///
/// What validators measured differs by nature, so it is compared in numbers and never counts as a difference.
/// Fails: as the ledger; not_found when nobody gave evidence for the day.
core::Result<DayReport> verify_day(book::Ledger& ledger, book::NetUid netuid, const rules::ContestDay& day,
                                   const Fetch& fetch, const VerifySettings& settings = {});

codec::Json to_json(const DayReport& report);
/// For people: per validator what holds, then per entry the ratios side by side.
std::string to_text(const DayReport& report);

}  // namespace noonmark::evidence
