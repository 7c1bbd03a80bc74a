#pragma once

#include <memory>
#include <optional>

#include "ledger/book/ledger.h"
#include "ledger/client/rpc.h"
#include "ledger/scale/metadata.h"

namespace noonmark::client {

/// A Ledger over a Substrate node: Bittensor's (subtensor) or our own. Everything that the chain can say of itself is
/// taken from its metadata; what this program doesn't know is refused rather than guessed.
/// Owner: the program; borrows `rpc` and `clock`. Threads, errors: as book::Ledger.
class ChainClient final : public book::Ledger {
 public:
  struct Settings {
    std::optional<book::BlockHash> genesis;             ///< another network is refused
    core::Nanos poll = std::chrono::milliseconds(500);  ///< between looks for a block
    std::uint64_t era = 64;                             ///< blocks that a sent call stays valid
  };
  /// Fails: as Rpc; denied for another network than `settings.genesis`.
  static core::Result<std::unique_ptr<ChainClient>> open(Rpc& rpc, core::Clock& clock, Settings settings);

  core::Result<book::BlockRef> head() override;
  core::Result<book::BlockRef> block(book::BlockNumber number) override;
  core::Result<core::UnixNanos> block_time(const book::BlockRef& at) override;
  core::Result<book::Account> account(const book::AccountId& who, const book::BlockRef& at) override;
  core::Result<book::Metagraph> metagraph(book::NetUid netuid, const book::BlockRef& at) override;
  core::Result<std::vector<book::Commitment>> commitments(book::NetUid netuid, const book::BlockRef& at) override;
  core::Result<std::vector<book::WeightRow>> weights(book::NetUid netuid, const book::BlockRef& at) override;
  core::Result<std::vector<book::WeightCommit>> weight_commits(book::NetUid netuid, const book::AccountId& hotkey,
                                                               const book::BlockRef& at) override;
  core::Result<book::Receipt> submit(const book::Call& call, const sign::Sr25519Pair& signer,
                                     core::Nanos limit) override;

  const book::BlockHash& genesis() const { return genesis_; }

 private:
  struct Sent;
  ChainClient(Rpc& rpc, core::Clock& clock, Settings settings) : rpc_(rpc), clock_(clock), settings_(settings) {}
  core::Result<void> refresh();
  core::Result<book::BlockNumber> number_of_block(const book::BlockHash& hash);
  core::Result<Sent> send(const book::Call& call, const sign::Sr25519Pair& signer);
  core::Result<std::optional<book::Receipt>> find_in(book::BlockNumber number, const Sent& sent);
  core::Result<book::Receipt> receipt(const book::BlockRef& block, std::uint32_t index);

  Rpc& rpc_;
  core::Clock& clock_;
  const Settings settings_;
  book::BlockHash genesis_;
  scale::Metadata metadata_;
  std::int64_t spec_version_ = -1, transaction_version_ = 0;
  book::BlockNumber finalised_ = 0;  // the newest that was seen
};

}  // namespace noonmark::client
