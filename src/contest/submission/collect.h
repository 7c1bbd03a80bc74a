#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/codec/json.h"
#include "contest/rules/contest.h"
#include "contest/rules/contest_day.h"
#include "contest/submission/commitment.h"
#include "contest/submission/snapshot.h"

namespace noonmark::submission {

/// A hot or cold key that doesn't take part, or one package of it that doesn't, and the reason that everybody may read.
struct Exclusion {
  AccountId account;
  std::optional<hash::Digest> content;  ///< Nothing: whatever the key enters.
  std::string reason;
  bool operator==(const Exclusion&) const = default;
};

/// Whom a contest leaves out, and, where it says so, whom alone it lets in.
struct Lists {
  std::vector<Exclusion> exclusions;
  std::optional<std::vector<std::pair<AccountId, hash::Digest>>> allowed;  ///< Hotkey and content.
  /// Who first took part with a content, endorsed and fetched, on an earlier day. Nobody else enters it any more: else
  /// one could live on what its maker has replaced by something better.
  std::map<hash::Digest, AccountId> makers;
};

/// Of `makers` those that can matter on a day: whose content somebody opened.
std::map<hash::Digest, AccountId> makers_on(const Snapshot& cut_off, const Snapshot& reveal,
                                            const std::map<hash::Digest, AccountId>& makers);

/// An entry to be fetched and looked at.
struct Entrant {
  AccountId hotkey;
  book::Uid uid = 0;
  book::BlockNumber claimed_block = 0;  ///< Of the record that stood at the cut-off.
  hash::Digest content;
  std::string pointer;  ///< pointer_text()
  /// Who claimed the same content before. Such an entry counts only when all of those were refused: a record costs
  /// nothing, so a stranger's that names somebody's package must not put out the entry of who made it (the package's
  /// endorsement tells them apart; admission takes the first that passes and calls later ones copies).
  std::optional<AccountId> copy_of;
  bool operator==(const Entrant&) const = default;
};

/// A key that committed something for this contest which doesn't count.
struct Refused {
  AccountId hotkey;
  std::string code;  ///< See collect().
  std::string message;
  bool operator==(const Refused&) const = default;
};

struct Collection {
  std::vector<Entrant> entrants;  ///< By claimed block, then by sha256(hotkey ‖ hash of the cut-off's block).
  std::vector<Refused> refused;   ///< By hotkey.
  bool operator==(const Collection&) const = default;
};

/// Who takes part on the day of the cut-off. Pure, the same for everybody; the order of the input doesn't matter.
///
/// `cut_off`: at the first block at or after the cut-off; only what stood then counts. `reveal`: at the first block at
/// or after cut-off + Submission::reveal; it is read only for what sealed entries hold. Records of other contests,
/// evidence and foreign bytes are passed over. Refused are, in this order of reasons: "not_registered",
/// "registered_later" (the record is older than the registration), "excluded", "never_revealed",
/// "revealed_otherwise", "bad_pointer", "baseline" (names the baseline itself), "excluded" (this package),
/// "not_allowed", "entered_before" (by another key on an earlier day), "too_many_of_owner" (of one cold key the
/// earliest claims count).
Collection collect(const rules::Contest& contest, const Snapshot& cut_off, const Snapshot& reveal, const Lists& lists);

/// Whose package reigns when the day begins: of the newest earlier day that validators with a permit gave evidence
/// for, the winner with most stake behind it; equal stakes: the smaller digest. Nothing when nobody won. Pure.
std::optional<hash::Digest> incumbent(const rules::ContestDay& day, const Snapshot& cut_off);

inline constexpr std::size_t kMaxMakers = 1'000'000;
codec::Json to_json(const std::map<hash::Digest, AccountId>& makers);
/// Fails: invalid.
core::Result<std::map<hash::Digest, AccountId>> makers_from_json(const codec::Json& json);
codec::Json to_json(const Lists& lists);
/// Fails: invalid.
core::Result<Lists> lists_from_json(const codec::Json& json);
codec::Json to_json(const Collection& collection);
core::Result<Collection> collection_from_json(const codec::Json& json);

}  // namespace noonmark::submission
