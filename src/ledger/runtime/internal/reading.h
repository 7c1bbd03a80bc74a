#pragma once

#include "ledger/book/types.h"
#include "ledger/runtime/state.h"

// The storage as the ledger's users see it. Fails: as StateView; corrupt.
namespace noonmark::runtime {

core::Result<book::Account> read_account(const StateView& view, const book::AccountId& who);
/// Without `at`. Fails: not_found when there is no such subnet.
core::Result<book::Metagraph> read_metagraph(const StateView& view, book::NetUid netuid);
core::Result<std::vector<book::Commitment>> read_commitments(const StateView& view, book::NetUid netuid);
core::Result<std::vector<book::WeightRow>> read_weights(const StateView& view, book::NetUid netuid);
core::Result<std::vector<book::WeightCommit>> read_weight_commits(const StateView& view, book::NetUid netuid,
                                                                  const book::AccountId& hotkey);

}  // namespace noonmark::runtime
