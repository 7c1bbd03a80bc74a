#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/codec/json.h"
#include "base/core/result.h"
#include "contest/verdict/score.h"
#include "crypto/hash/hash.h"
#include "trial/record/entry_facts.h"
#include "trial/record/failure.h"
#include "trial/record/metric.h"

namespace noonmark::verdict {

/// What became of an entry.
enum class Status {
  ranked,        ///< Better than the baseline and faithful: it has earned its rank.
  not_faster,    ///< Measured, but not better than the baseline with confidence.
  not_faithful,  ///< Its outputs are too far from the baseline's.
  copy,          ///< The same content as the baseline or as an earlier entry.
  failed,        ///< Broke, or could not be measured; `failure` says whose fault it is.
  refused,       ///< Not admitted to the trial.
};

std::string_view name_of(Status status);
core::Result<Status> parse_status(std::string_view name);

/// One entry's part of a verdict.
struct EntryVerdict {
  record::EntryFacts facts = {};
  Status status = Status::failed;
  std::string reason = {};  ///< A sentence for people.
  int rank = 0;             ///< 1 is best. Every entry has one; only `ranked` entries earn.
  std::int64_t weight = 0;  ///< Its part of kWeightUnits.
  Score score = {};         ///< All 0 and without terms where nothing was measured.
  record::Metrics metrics = {};
  std::optional<Faithfulness> fidelity = {};
  std::optional<record::Failure> failure = {};  ///< Of `failed` and `refused`.
  bool operator==(const EntryVerdict&) const = default;
};

/// Weights are whole numbers of a billionth.
inline constexpr std::int64_t kWeightUnits = 1'000'000'000;

/// The outcome of a contest.
struct Verdict {
  std::string policy = {};
  std::vector<EntryVerdict> entries;  ///< By rank.
  std::string winner;            ///< Name of the entry of rank 1 if it is `ranked`; else empty: the baseline stands.
  bool incumbent_stays = false;  ///< The reigning winner is first only because nobody passed the margin.
  std::int64_t unassigned = kWeightUnits;  ///< kWeightUnits when nobody earned anything, else 0.
  bool operator==(const Verdict&) const = default;
};

codec::Json to_json(const Verdict& verdict);
/// Limits: 100 000 entries. Fails: invalid.
core::Result<Verdict> verdict_from_json(const codec::Json& json);

}  // namespace noonmark::verdict
