#pragma once
// The ledgers that the suite in ledger_*_contract_test.cpp runs on, all begun from one genesis.

#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "base/core/check.h"
#include "ledger/book/ledger.h"

namespace noonmark::book {

inline constexpr Rao kTao = 1'000'000'000, kFee = 125'000;
inline constexpr NetUid kOpen = 1;    ///< weights are set openly
inline constexpr NetUid kSealed = 2;  ///< weights are committed and revealed
inline constexpr NetUid kSmall = 3;   ///< room for two neurons, weights rarely
inline constexpr std::uint16_t kTempo = 20;

/// The accounts of the genesis. Hot keys hold no money.
enum class Who : std::uint8_t {
  owner = 1,  ///< of all subnets, and the chain's sudo key
  owner_hot,
  validator,
  validator_hot,  ///< uid 1 of kOpen and kSealed, with a permit
  miner,
  miner_hot,  ///< uid 2 of kOpen and kSealed
  rich,       ///< 1000 TAO
  poor,       ///< the price of one fee and no more
  stranger,   ///< nothing
};

inline sign::Sr25519Pair pair_of(std::uint8_t n) {
  std::array<std::uint8_t, 32> seed{};
  seed.fill(n);
  return sign::Sr25519Pair(sign::Seed::from_bytes(seed));
}
inline sign::Sr25519Pair pair_of(Who who) { return pair_of(static_cast<std::uint8_t>(who)); }
inline AccountId id_of(Who who) { return pair_of(who).account(); }

/// One ledger and how its time passes.
class World {
 public:
  virtual ~World() = default;
  virtual Ledger& ledger() = 0;
  virtual void advance(BlockNumber blocks) = 0;
};
std::unique_ptr<World> make_in_process_world();
/// A node whose blocks come when they are waited for, so that the same calls stand in the same blocks everywhere.
std::unique_ptr<World> make_node_world();
/// A node that makes a block every 20 ms.
std::unique_ptr<World> make_ticking_world();
using MakeWorld = std::unique_ptr<World> (*)();

class LedgerContract : public testing::TestWithParam<MakeWorld> {
 protected:
  Ledger& ledger() { return world_->ledger(); }
  BlockRef head() { return ledger().head().value(); }
  void advance(BlockNumber blocks) { world_->advance(blocks); }
  void advance_to(BlockNumber number) {
    const BlockNumber now = head().number;
    CHECK(now <= number, "time doesn't run backwards");
    advance(number - now);
  }
  core::Result<Receipt> submit(const Call& call, Who who) {
    return ledger().submit(call, pair_of(who), std::chrono::minutes(1));
  }
  /// "" for success, the error's name for a call that failed in its block, "denied" for one that got into none.
  std::string outcome(const Call& call, Who who) {
    const auto receipt = submit(call, who);
    if (!receipt.ok()) return std::string(core::to_string(receipt.error().kind));
    EXPECT_EQ(receipt->success, receipt->error.empty());
    return receipt->error;
  }
  Account account(Who who) { return ledger().account(id_of(who), head()).value(); }
  Rao money(Who who) { return account(who).free; }
  Metagraph graph(NetUid netuid) { return ledger().metagraph(netuid, head()).value(); }
  Neuron neuron(NetUid netuid, Who hotkey) {
    const Metagraph now = graph(netuid);
    const Neuron* found = now.find(id_of(hotkey));
    CHECK(found != nullptr, "the key is registered");
    return *found;
  }

 private:
  std::unique_ptr<World> world_ = GetParam()();
};

}  // namespace noonmark::book
