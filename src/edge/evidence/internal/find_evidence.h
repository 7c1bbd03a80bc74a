#pragma once

#include <map>
#include <vector>

#include "contest/rules/contest_day.h"
#include "contest/submission/commitment.h"
#include "ledger/book/ledger.h"

namespace noonmark::evidence {

/// A validator's record for a day, wherever on the ledger it stood.
struct Found {
  book::AccountId hotkey;
  book::BlockNumber block = 0;
  submission::Evidence evidence;
};

/// The records of all keys for `day`, by hotkey. A ledger keeps one record of a key at a time, so where the one at
/// `head` is newer, the one before it is read at the block before it came, and so on, until the day is passed.
/// Fails: as the ledger at `head`. A node that forgot older blocks ends a key's search.
core::Result<std::vector<Found>> find_evidence(book::Ledger& ledger, book::NetUid netuid, const rules::ContestDay& day,
                                               const book::BlockRef& head);

}  // namespace noonmark::evidence
