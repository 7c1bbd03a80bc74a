#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/core/clock.h"
#include "base/core/result.h"
#include "ledger/node/header.h"
#include "ledger/node/pool.h"
#include "ledger/node/store.h"
#include "ledger/runtime/machine.h"

namespace noonmark::node {

struct ChainLimits {
  PoolLimits pool;
  std::size_t extrinsic_bytes = 256 * 1024;
  std::size_t block_bytes = 5u << 20;  ///< of the extrinsics offered for one block
};

/// What came of an extrinsic that was waiting.
struct Settled {
  book::BlockHash hash;
  bool included = false;  ///< else it has become invalid
};

/// A block that has just been made.
struct Made {
  Block block;
  book::BlockHash hash;
  runtime::Changes changes;
  std::vector<Settled> settled;
};

/// The chain of one author: storage, pool and blocks over a machine. Whatever it has answered is on the disk: an
/// extrinsic before submit() returns, a block before make_block() returns.
/// Owner: the program; borrows what open() is given. Threads: one at a time. Fails: as ChainStore and Machine.
class Chain {
 public:
  /// Opens the chain in the store, or makes block 0 in an empty one with `now` as its time. Waiting extrinsics are
  /// judged anew; blocks are not executed again. Fails: conflict too, when the store's genesis isn't the machine's.
  static core::Result<Chain> open(const runtime::Machine& machine, ChainStore& store, core::UnixNanos now,
                                  const ChainLimits& limits = {});

  /// The extrinsic's hash once it is stored and waits, or why it is refused.
  using Submitted = std::variant<book::BlockHash, Refusal>;
  core::Result<Submitted> submit(core::Bytes extrinsic);

  /// Makes the next block from what is ready. `now` that isn't later than the newest block counts as 1 ms after it.
  core::Result<Made> make_block(core::UnixNanos now);

  const Block& head() const { return head_; }
  const book::BlockHash& head_hash() const { return head_hash_; }
  const book::BlockHash& genesis_hash() const { return genesis_; }
  const ChainStore& store() const { return *store_; }
  const runtime::Machine& machine() const { return *machine_; }
  const Pool& pool() const { return pool_; }
  const runtime::MemoryState& state() const { return state_; }

  /// The nonce that an account's next extrinsic must have, those that wait counted.
  core::Result<std::uint32_t> next_nonce(const book::AccountId& account) const;
  /// Of extrinsics whose turn it is, the bytes.
  std::vector<core::Bytes> pending() const;
  /// The context of the block after the newest one, for judging.
  runtime::BlockContext next_context() const;

 private:
  Chain(const runtime::Machine& machine, ChainStore& store, const ChainLimits& limits)
      : machine_(&machine), store_(&store), limits_(limits), pool_(limits.pool) {}
  core::Result<void> begin(core::UnixNanos now);
  core::Result<void> resume(Block newest);
  core::Result<std::vector<core::Bytes>> offer() const;
  Pool::NonceOf nonce_of(core::Result<void>& failure) const;
  Block next_block(const runtime::Executed& executed, const runtime::BlockContext& context) const;

  const runtime::Machine* machine_;
  ChainStore* store_;
  ChainLimits limits_;
  Pool pool_;
  runtime::MemoryState state_;
  std::set<book::BlockHash> stale_;  // stored as waiting, but no longer so
  Block head_;
  book::BlockHash head_hash_, genesis_;
};

}  // namespace noonmark::node
