// The same calls, drawn at random, on the in-process chain and on the node: the same outcomes, block by block.
#include "base/core/random.h"
#include "ledger_world.h"

namespace noonmark::book {
namespace {

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : random_(seed) {}

  Who who() { return static_cast<Who>(1 + random_.below(9)); }
  std::size_t below(std::size_t bound) { return random_.below(bound); }
  Call call() {
    const NetUid netuid = random_.below(12) == 0 ? NetUid{99} : static_cast<NetUid>(1 + random_.below(3));
    const AccountId key = id_of(who());
    switch (random_.below(11)) {
      case 0:
        return Transfer{key, amount()};
      case 1:
        return Register{netuid, key};
      case 2:
        return AddStake{key, netuid, amount()};
      case 3:
        return RemoveStake{key, netuid, amount()};
      case 4:
        return Commit{netuid, core::Bytes(random_.below(129), 'x')};
      case 5:
        return ServeAxon{netuid, axon()};
      case 6:
      case 7:
        return SetWeights{netuid, weights(), 0};
      case 8:
        return CommitWeights{netuid, weight_commit_digest(key, row(netuid))};
      case 9:
        return row(netuid);
      default:
        return StartSubnet{netuid};
    }
  }

 private:
  Rao amount() {
    constexpr Rao kAmounts[] = {0, 1, 499, 500, kTao, 50 * kTao, 5000 * kTao, UINT64_MAX};
    return kAmounts[random_.below(std::size(kAmounts))];
  }
  Axon axon() {
    Axon axon;
    axon.ip[12] = random_.below(4) == 0 ? 127 : 10;
    axon.ip[15] = 1;
    axon.port = static_cast<std::uint16_t>(random_.below(3));
    axon.ip_type = random_.below(5) == 0 ? 5 : 4;
    return axon;
  }
  std::vector<Weight> weights() {
    std::vector<Weight> weights(random_.below(4));
    for (Weight& one : weights) {
      one = {static_cast<Uid>(random_.below(4)), static_cast<std::uint16_t>(random_.uint32())};
    }
    return weights;
  }
  /// One of few, so that some that were committed to are shown.
  static RevealWeights row(NetUid netuid) { return {netuid, {{1, 1}, {2, 2}}, {1, 2, 3}, 0}; }

  core::Philox random_;
};

std::string outcome_of(Ledger& ledger, const Call& call, Who who) {
  const auto receipt = ledger.submit(call, pair_of(who), std::chrono::minutes(1));
  if (!receipt.ok()) return std::string(core::to_string(receipt.error().kind));
  return std::to_string(receipt->block.number) + " " + std::to_string(receipt->index) + " " + receipt->error;
}

void expect_same(const Metagraph& a, const Metagraph& b) {
  ASSERT_EQ(a.neurons.size(), b.neurons.size());
  EXPECT_EQ(a.at.number, b.at.number);
  for (std::size_t uid = 0; uid < a.neurons.size(); ++uid) {
    const Neuron &one = a.neurons[uid], &other = b.neurons[uid];
    EXPECT_EQ(one.hotkey, other.hotkey);
    EXPECT_EQ(one.coldkey, other.coldkey);
    EXPECT_EQ(one.stake, other.stake);
    EXPECT_EQ(one.active, other.active);
    EXPECT_EQ(one.validator_permit, other.validator_permit);
    EXPECT_EQ(one.incentive, other.incentive);
    EXPECT_EQ(one.dividends, other.dividends);
    EXPECT_EQ(one.emission, other.emission);
    EXPECT_EQ(one.last_update, other.last_update);
    EXPECT_EQ(one.registered_at, other.registered_at);
    ASSERT_EQ(one.axon.has_value(), other.axon.has_value());
    EXPECT_EQ(one.axon.value_or(Axon{}).block, other.axon.value_or(Axon{}).block);
  }
}

TEST(LedgerSameOutcomes, TheProcessAndTheNodeAgreeOnRandomCalls) {
  const auto near = make_in_process_world(), far = make_node_world();
  Draw draw(20);
  std::map<std::string, int> seen;
  for (int i = 0; i < 400; ++i) {
    const Call call = draw.call();
    const Who who = draw.who();
    const std::string outcome = outcome_of(near->ledger(), call, who);
    ASSERT_EQ(outcome_of(far->ledger(), call, who), outcome) << "call " << i << " of kind " << call.index();
    ++seen[outcome.substr(outcome.rfind(' ') + 1)];
    const auto pause = static_cast<BlockNumber>(draw.below(3));
    near->advance(pause);
    far->advance(pause);
    if (i % 20 != 0) continue;
    for (const NetUid netuid : {kOpen, kSealed, kSmall}) {
      const BlockRef here = near->ledger().head().value(), there = far->ledger().head().value();
      expect_same(near->ledger().metagraph(netuid, here).value(), far->ledger().metagraph(netuid, there).value());
      EXPECT_EQ(near->ledger().weights(netuid, here)->size(), far->ledger().weights(netuid, there)->size());
      EXPECT_EQ(near->ledger().commitments(netuid, here)->size(), far->ledger().commitments(netuid, there)->size());
    }
  }
  EXPECT_GT(seen[""], 25) << "enough calls work";
  EXPECT_GT(seen.size(), 12U) << "enough ways to fail are met";
}

TEST(LedgerSameOutcomes, ANodeWithAClockOfItsOwnMakesBlocksAndTakesCalls) {
  const auto world = make_ticking_world();
  Ledger& ledger = world->ledger();
  const BlockRef before = ledger.head().value();
  world->advance(3);
  EXPECT_GE(ledger.head()->number, before.number + 3);
  for (int i = 0; i < 3; ++i) {
    const auto sent = ledger.submit(Transfer{id_of(Who::stranger), kTao}, pair_of(Who::rich), std::chrono::minutes(1));
    ASSERT_TRUE(sent.ok()) << sent.error().message;
    EXPECT_TRUE(sent->success);
    EXPECT_LE(sent->block.number, ledger.head()->number);
    EXPECT_EQ(ledger.account(id_of(Who::stranger), sent->block)->free, (i + 1) * kTao);
  }
}

}  // namespace
}  // namespace noonmark::book
