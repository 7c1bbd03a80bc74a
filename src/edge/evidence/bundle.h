#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contest/rules/contest_day.h"
#include "contest/submission/collect.h"
#include "crypto/sign/sr25519.h"
#include "ledger/book/types.h"
#include "reward/plan/plan.h"
#include "trial/record/failure.h"

namespace noonmark::evidence {

using sign::AccountId;

inline constexpr std::uint64_t kMaxBundle = std::uint64_t{64} << 20;
inline constexpr std::uint64_t kMaxRecord = std::uint64_t{256} << 20;
inline constexpr std::size_t kMaxBlobs = 100'000;

/// Something that belongs to a day and is named by its bytes.
struct Blob {
  hash::Digest digest;
  std::uint64_t size = 0;
  std::string what;  ///< "record", "manifest 5F…", "picture"; at most 200 bytes.
  bool operator==(const Blob&) const = default;
};

/// An entrant whose package isn't in the record, and why.
struct LeftOut {
  AccountId hotkey;
  record::Failure failure;
  bool operator==(const LeftOut&) const = default;
};

/// The row of weights that follows from the day.
struct Planned {
  book::BlockRef block;                  ///< The subnet as it was at this block.
  std::vector<plan::DayResult> results;  ///< Of this day, and the newest ones of the subnet's other contests.
  std::vector<book::Weight> weights;     ///< plan::make_plan() of these.
};

/// Everything that a validator says about one day of one contest, so that anybody can recompute it. Plain data; the
/// format is api/evidence.schema.json.
struct Bundle {
  rules::ContestDay day;
  rules::Contest contest;
  book::NetUid netuid = 0;
  AccountId validator;  ///< Its hot key, which signs.
  submission::Snapshot cut_off, reveal;
  submission::Lists lists;  ///< Of the subnet's owner, as the validator had them.
  submission::Collection collection;
  std::vector<LeftOut> left_out;       ///< In order of the collection.
  std::optional<hash::Digest> record;  ///< The contest's final record, a blob. Nothing: no package could be tried.
  std::optional<hash::Digest> winner;  ///< Content of the winner; nothing: nobody won.
  Planned plan;
  std::vector<Blob> blobs;
};

/// What a validator knows at the end of a day.
struct Findings {
  rules::ContestDay day;
  submission::Snapshot cut_off, reveal;
  submission::Lists lists;
  std::vector<LeftOut> left_out;
  std::optional<std::string> record;    ///< Text of the final record; its entries are named by hot keys (SS58).
  int share = plan::kMaxShare;          ///< Of the contest.
  std::vector<plan::DayResult> others;  ///< The newest results of the subnet's other contests.
  std::vector<Blob> blobs;              ///< Besides the record.
};

/// The bundle of a day: collection, winner and weights computed from the findings.
/// Fails: as conduct::replay and plan::result_of.
core::Result<Bundle> compose(const rules::Contest& contest, const book::Metagraph& subnet, const AccountId& validator,
                             Findings findings);

/// The winner and what everybody earned, by a record that replay() has recomputed.
struct Outcome {
  std::optional<hash::Digest> winner;
  plan::DayResult result;
};
core::Result<Outcome> outcome_of(const codec::Json& verdict, const rules::ContestDay& day, int share,
                                 const submission::Snapshot& cut_off);

/// Hot and cold keys that are excluded altogether, as plan::make_plan() takes them.
std::map<AccountId, std::string> excluded_keys(const submission::Lists& lists);

codec::Json to_json(const Bundle& bundle);
/// Fails: invalid, naming the member.
core::Result<Bundle> bundle_from_json(const codec::Json& json);

/// The bundle as it is published: canonical JSON {"bundle": …, "signature": sr25519 over "noonmark evidence 1\n" and
/// the canonical JSON of the bundle}. Its sha256 is what the validator's record on the ledger names.
/// Requires: `hotkey` is the bundle's validator.
std::string seal(const Bundle& bundle, const sign::Sr25519Pair& hotkey);

/// Reads a published bundle, foreign bytes. Fails: exhausted (above kMaxBundle), invalid (not canonical JSON of this
/// form), denied (not signed by the validator that it names).
core::Result<Bundle> open(std::string_view text);

}  // namespace noonmark::evidence
