#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/codec/json.h"
#include "base/core/bytes.h"
#include "base/core/clock.h"
#include "base/core/result.h"
#include "ledger/book/types.h"
#include "ledger/runtime/state.h"
#include "ledger/runtime/validity.h"

namespace noonmark::runtime {

/// Which block is being made, or judged for.
struct BlockContext {
  book::BlockNumber number = 0;
  book::BlockHash parent;
  core::UnixNanos time;  ///< its timestamp; greater than the parent's
};

/// What a block became.
struct Executed {
  enum class Outcome { included, dropped, postponed };
  std::vector<core::Bytes> extrinsics;  ///< the block's body: inherents, then what was included
  Changes changes;                      ///< events among them
  std::vector<Outcome> outcomes;        ///< of each extrinsic that was offered, in that order
};

/// The runtime as the node sees it: pure functions over a storage. The node knows no pallet.
/// Owner: the program; must outlive the node. Threads: one at a time. Fails: as StateView; invalid where said.
class Machine {
 public:
  virtual ~Machine() = default;

  /// Metadata V14 with its magic, as state_getMetadata gives it.
  virtual core::ByteView metadata() const = 0;
  /// The members of state_getRuntimeVersion: specName, specVersion, transactionVersion, apis …
  virtual codec::Json version() const = 0;
  /// The storage after block 0.
  virtual core::Result<Changes> genesis() const = 0;
  /// Whether `extrinsic` may enter the pool for the block `next`. A nonce ahead of the account's is no fault here.
  virtual core::Result<Validity> validate(const StateView& state, const BlockContext& next,
                                          core::ByteView extrinsic) const = 0;
  /// Makes the block `next` on `parent`, with those of `offered` that still may be included. Requires that each has
  /// passed validate() on this chain: signatures aren't verified a second time.
  virtual core::Result<Executed> execute(const StateView& parent, const BlockContext& next,
                                         std::span<const core::Bytes> offered) const = 0;
  /// The next nonce of an account, without regard to the pool.
  virtual core::Result<std::uint32_t> nonce(const StateView& state, const book::AccountId& account) const = 0;
  /// A runtime API by name (state_call). Fails: invalid (unknown method, bad arguments).
  virtual core::Result<core::Bytes> call(const StateView& state, const BlockContext& at, std::string_view method,
                                         core::ByteView arguments) const = 0;
  /// The members of payment_queryInfo: weight, class, partialFee. Fails: invalid (no extrinsic).
  virtual core::Result<codec::Json> fee(const StateView& state, core::ByteView extrinsic) const = 0;
};

}  // namespace noonmark::runtime
