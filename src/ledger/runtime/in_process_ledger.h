#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <vector>

#include "ledger/book/ledger.h"
#include "ledger/runtime/runtime.h"

namespace noonmark::runtime {

class History;

/// The embedded chain inside this process: no sockets, no disk, and blocks only when they are asked for, for tests and
/// simulation. Every block can be read as it was, as far back as `history` goes.
/// Owner: the program; borrows the runtime. Threads: one at a time. Fails: as book::Ledger.
class InProcessLedger final : public book::Ledger {
 public:
  struct Settings {
    core::UnixNanos start{};                            ///< block 0's time
    core::Nanos block_time = std::chrono::seconds(12);  ///< block n is made at start + n * block_time; whole ms
    book::BlockNumber history = UINT32_MAX;             ///< how many blocks before the newest can be read
    /// Nobody signs and nothing is refused before its block: five times as fast, ten times where a thousand calls share
    /// a block (tests/perf/ledger_speed.cpp).
    bool trusted = false;
  };
  static core::Result<std::unique_ptr<InProcessLedger>> open(const Runtime& runtime, Settings settings);
  ~InProcessLedger() override;

  /// Makes blocks without calls.
  core::Result<void> advance(book::BlockNumber blocks);

  /// What a trusted ledger is asked, and who would have signed it.
  struct Asked {
    book::AccountId signer;
    book::Call call;
  };
  /// Makes one block with all of these in their order. Answers in that order; denied for a call whose signer can't pay
  /// the fee, and for later calls of that signer. Requires Settings::trusted. Fails: invalid (a call that can't be
  /// encoded; no block is made).
  core::Result<std::vector<core::Result<book::Receipt>>> submit_all(std::span<const Asked> asked);

  core::Result<book::BlockRef> head() override;
  core::Result<book::BlockRef> block(book::BlockNumber number) override;
  core::Result<core::UnixNanos> block_time(const book::BlockRef& at) override;
  core::Result<book::Account> account(const book::AccountId& who, const book::BlockRef& at) override;
  core::Result<book::Metagraph> metagraph(book::NetUid netuid, const book::BlockRef& at) override;
  core::Result<std::vector<book::Commitment>> commitments(book::NetUid netuid, const book::BlockRef& at) override;
  core::Result<std::vector<book::WeightRow>> weights(book::NetUid netuid, const book::BlockRef& at) override;
  core::Result<std::vector<book::WeightCommit>> weight_commits(book::NetUid netuid, const book::AccountId& hotkey,
                                                               const book::BlockRef& at) override;
  /// Makes a block with this call alone, at once.
  core::Result<book::Receipt> submit(const book::Call& call, const sign::Sr25519Pair& signer,
                                     core::Nanos limit) override;

  /// What the newest block's storage holds altogether.
  core::Result<Audit> audit() const;

 private:
  InProcessLedger(const Runtime& runtime, Settings settings);
  core::Result<void> check(const book::BlockRef& at) const;
  BlockContext next_context() const;
  core::Result<std::vector<core::Result<book::Receipt>>> make_block(std::span<const core::Bytes> extrinsics);
  core::Result<core::Bytes> unsigned_extrinsic(const Asked& asked, std::uint32_t nonce) const;

  const Runtime& runtime_;
  const Settings settings_;
  std::unique_ptr<History> history_;
  std::vector<book::BlockHash> hashes_;  // by number
};

}  // namespace noonmark::runtime
