#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/codec/json.h"
#include "base/core/clock.h"
#include "base/core/result.h"
#include "ledger/book/ledger.h"

namespace noonmark::submission {

using sign::AccountId;

/// One registered key of the subnet, as far as collecting needs it.
struct Member {
  AccountId hotkey, coldkey;
  book::Uid uid = 0;
  std::uint64_t registered_at = 0;  ///< Block number.
  book::Rao stake = 0;
  bool validator_permit = false;
  bool operator==(const Member&) const = default;
};

/// What a subnet looked like at one block: everything that deciding about entries reads of the ledger. It stands whole
/// in a validator's evidence, so that anybody can decide again.
struct Snapshot {
  book::BlockRef block;
  core::UnixNanos time{};                     ///< The block's own.
  std::vector<book::Commitment> commitments;  ///< By hotkey, one each.
  std::vector<Member> members;                ///< By hotkey, one each.

  const Member* find(const AccountId& hotkey) const;
  const book::Commitment* commitment_of(const AccountId& hotkey) const;
};
bool operator==(const Snapshot& a, const Snapshot& b);

/// Reads the subnet at one block. Fails: as the ledger; corrupt when it names a key twice.
core::Result<Snapshot> take_snapshot(book::Ledger& ledger, book::NetUid netuid, const book::BlockRef& at);

/// The first finalised block made at or after `instant`, which every reader finds alike; nothing while there is none.
/// Searches backwards from the head, so that a node needs only recent history. Fails: as the ledger.
core::Result<std::optional<book::BlockRef>> first_block_at(book::Ledger& ledger, core::UnixNanos instant);

codec::Json to_json(const Snapshot& snapshot);
/// Fails: invalid (also for keys that repeat or aren't in order).
core::Result<Snapshot> snapshot_from_json(const codec::Json& json);

}  // namespace noonmark::submission
