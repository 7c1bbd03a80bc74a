#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "base/core/bytes.h"
#include "ledger/book/types.h"
#include "ledger/node/refusal.h"

namespace noonmark::node {

struct PoolLimits {
  std::size_t extrinsics = 8192;
  std::size_t bytes = 64u << 20;
  std::size_t per_account = 128;
  std::uint32_t nonces_ahead = 256;  ///< how far a nonce may be ahead of the account's
};

/// An extrinsic that waits for its block.
struct Waiting {
  core::Bytes bytes;
  book::BlockHash hash;
  runtime::Valid valid;
  std::uint64_t arrival = 0;
};

/// Extrinsics that are valid but not yet in a block: those whose turn it is, and those that wait for an earlier nonce
/// of the same account. Pure bookkeeping. Threads: one at a time.
class Pool {
 public:
  /// The next nonce of an account in the newest block.
  using NonceOf = std::function<std::uint32_t(const book::AccountId&)>;

  explicit Pool(PoolLimits limits) : limits_(limits) {}

  /// Why `extrinsic` cannot be added, or nothing. `next`: the account's nonce in the newest block.
  std::optional<Refusal> check(const book::BlockHash& hash, std::size_t bytes, const runtime::Valid& valid,
                               std::uint32_t next) const;
  /// Requires that check() found nothing.
  void add(core::Bytes bytes, const book::BlockHash& hash, const runtime::Valid& valid);
  void remove(const book::BlockHash& hash);
  /// Removes what the newest block, `number`, has made impossible: nonces that are used, eras that are over.
  std::vector<Waiting> prune(book::BlockNumber number, const NonceOf& nonce_of);

  /// Those whose turn it is: each account's in the order of nonces without a gap, accounts by arrival.
  std::vector<const Waiting*> ready(const NonceOf& nonce_of) const;
  /// The nonce that follows those which wait without a gap.
  std::uint32_t next_nonce(const book::AccountId& account, std::uint32_t next) const;
  std::size_t size() const { return by_hash_.size(); }

 private:
  using Account = std::map<std::uint32_t, Waiting>;  // by nonce
  PoolLimits limits_;
  std::map<book::AccountId, Account> accounts_;
  std::map<book::BlockHash, std::pair<book::AccountId, std::uint32_t>> by_hash_;
  std::size_t bytes_ = 0;
  std::uint64_t arrivals_ = 0;
};

}  // namespace noonmark::node
