#pragma once

#include "base/core/clock.h"
#include "base/core/result.h"
#include "crypto/sign/sr25519.h"
#include "ledger/book/types.h"

namespace noonmark::book {

/// A ledger as its users see it, whichever chain is behind: our own node, the in-process runtime, or Bittensor.
/// Reading happens at one finalised block, so that all that is read there belongs together.
/// Owner: the program. Threads: one at a time. Fails: unavailable (no endpoint answers), timeout, corrupt (a node that
/// answers nonsense), invalid (what the ledger's metadata doesn't know), each with what to do.
class Ledger {
 public:
  virtual ~Ledger() = default;

  /// The last finalised block.
  virtual core::Result<BlockRef> head() = 0;
  /// The block of this number on the finalised chain. Fails: not_found when it is not there yet.
  virtual core::Result<BlockRef> block(BlockNumber number) = 0;
  /// When that block was made, by its own timestamp.
  virtual core::Result<core::UnixNanos> block_time(const BlockRef& at) = 0;

  virtual core::Result<Account> account(const AccountId& who, const BlockRef& at) = 0;
  virtual core::Result<Metagraph> metagraph(NetUid netuid, const BlockRef& at) = 0;
  /// Ordered by hotkey.
  virtual core::Result<std::vector<Commitment>> commitments(NetUid netuid, const BlockRef& at) = 0;
  /// Rows that are not empty, by validator uid.
  virtual core::Result<std::vector<WeightRow>> weights(NetUid netuid, const BlockRef& at) = 0;
  /// The open weight commits of one hot key, oldest first.
  virtual core::Result<std::vector<WeightCommit>> weight_commits(NetUid netuid, const AccountId& hotkey,
                                                                 const BlockRef& at) = 0;

  /// Signs, sends and waits until a finalised block holds the call. A call that failed in its block is a Receipt with
  /// its error, not an Error. Fails besides: denied (the pool refuses, with its reason in words), timeout (the call's
  /// mortal era ended without it: it can never be included and may be sent again).
  virtual core::Result<Receipt> submit(const Call& call, const sign::Sr25519Pair& signer, core::Nanos limit) = 0;
};

/// What commit_weights commits to: blake2b-256 over SCALE(hotkey, netuid, uids, values, salt, version).
BlockHash weight_commit_digest(const AccountId& hotkey, const RevealWeights& reveal);

}  // namespace noonmark::book
