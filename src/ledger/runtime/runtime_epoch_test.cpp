// Emission, and when a subnet's epoch shares it out.
#include <gtest/gtest.h>

#include "ledger/runtime/chain_for_tests.h"

namespace noonmark::runtime {
namespace {

class Epochs : public testing::Test {
 protected:
  ~Epochs() override { EXPECT_TRUE(chain_.audited().balanced()); }
  TestChain chain_;
};

TEST_F(Epochs, EveryBlockIssuesTheEmissionEvenlyToStartedSubnets) {
  Genesis genesis = genesis_for_tests();
  genesis.subnets.push_back(genesis.subnets[0]);
  genesis.subnets[1].neurons.clear();
  chain_ = TestChain(genesis);
  const Rao before = chain_.audited().issued;
  chain_.advance(3);
  EXPECT_EQ(chain_.audited().issued, before + 3 * kTao);
  EXPECT_EQ(chain_.get(item::kPendingEmission, 1), 3 * kTao / 2);
  EXPECT_EQ(chain_.get(item::kPendingEmission, 2), 3 * kTao / 2);
}

// chain.md, 293: (block + netuid + 1) % (tempo + 1) == tempo.
TEST_F(Epochs, EachSubnetHasItsTurnOnceInTempoPlusOneBlocks) {
  Genesis genesis = genesis_for_tests();
  for (const std::uint16_t tempo : {3, 7}) {
    genesis.subnets.push_back(genesis.subnets[0]);
    genesis.subnets.back().neurons.clear();
    genesis.subnets.back().tempo = tempo;
  }
  chain_ = TestChain(genesis);
  constexpr std::uint16_t kTempos[] = {10, 3, 7};
  for (book::BlockNumber block = 1; block <= 60; ++block) {
    chain_.advance(1);
    for (NetUid netuid = 1; netuid <= 3; ++netuid) {
      const std::uint64_t tempo = kTempos[netuid - 1];
      const bool turn = (block + netuid + 1) % (tempo + 1) == tempo;
      EXPECT_EQ(chain_.get(item::kLastMechansimStepBlock, netuid) == block, turn) << block << " " << netuid;
    }
  }
}

TEST_F(Epochs, TheOwnerGetsItsCutAndTheRestGoesByConsensus) {
  ASSERT_EQ(chain_.ask(kValidatorHot, {call::SetWeights{1, {2}, {1}, 0}}), "");
  chain_.advance_to(7);
  const Rao pending = chain_.get(item::kPendingEmission, 1) + kTao;
  chain_.advance(1);  // (8 + 1 + 1) % 11 == 10
  EXPECT_EQ(chain_.get(item::kTotalHotkeyAlpha, id(kOwnerHot), 1), pending * 18 / 100);
  const Rao rest = pending - pending * 18 / 100;
  EXPECT_NEAR(static_cast<double>(chain_.get(item::kTotalHotkeyAlpha, id(kMinerHot), 1)), static_cast<double>(rest) / 2,
              10.0);
  EXPECT_NEAR(static_cast<double>(chain_.get(item::kTotalHotkeyAlpha, id(kValidatorHot), 1) - 100 * kTao),
              static_cast<double>(rest) / 2, 10.0);
  EXPECT_LT(chain_.get(item::kPendingEmission, 1), 10U) << "roundings wait";
  EXPECT_EQ(chain_.get(item::kIncentive, 1), (std::vector<std::uint16_t>{0, 0, 65535}));
  EXPECT_EQ(chain_.get(item::kDividends, 1), (std::vector<std::uint16_t>{0, 65535, 0}));
}

TEST_F(Epochs, AValidatorTakesItsShareAndWhoStakedWithItGetsTheRest) {
  ASSERT_EQ(chain_.ask(kRich, {call::AddStake{id(kValidatorHot), 1, 300 * kTao}}), "");
  ASSERT_EQ(chain_.ask(kValidatorHot, {call::SetWeights{1, {2}, {1}, 0}}), "");
  chain_.advance_to(8);
  const Rao dividends = chain_.get(item::kTotalHotkeyAlpha, id(kValidatorHot), 1) - 400 * kTao;
  const Rao staker = chain_.get(item::kAlpha, id(kValidatorHot), id(kRich), 1) - 300 * kTao;
  const Rao shared = dividends - dividends * 18 / 100;
  EXPECT_NEAR(static_cast<double>(staker), static_cast<double>(shared) * 3 / 4, 10.0);
  EXPECT_EQ(chain_.get(item::kAlpha, id(kValidatorHot), id(kValidator), 1) - 100 * kTao, dividends - staker);
}

TEST_F(Epochs, WhatASubnetsOwnerWouldEarnByMiningIsBurned) {
  ASSERT_EQ(chain_.ask(kValidatorHot, {call::SetWeights{1, {0}, {1}, 0}}), "");
  const Rao burned = chain_.audited().burned;
  chain_.advance_to(8);
  EXPECT_EQ(chain_.get(item::kIncentive, 1)[0], 65535);
  EXPECT_GT(chain_.audited().burned, burned + 3 * kTao);
  EXPECT_EQ(chain_.get(item::kTotalHotkeyAlpha, id(kOwnerHot), 1), 8 * kTao * 18 / 100) << "its cut alone";
}

TEST_F(Epochs, WithoutWeightsValidatorsArePaidByStake) {
  chain_.advance_to(8);
  EXPECT_EQ(chain_.get(item::kIncentive, 1), (std::vector<std::uint16_t>{0, 0, 0}));
  EXPECT_GT(chain_.get(item::kTotalHotkeyAlpha, id(kValidatorHot), 1), 106 * kTao);
}

TEST_F(Epochs, PermitsGoToTheLargestStakes) {
  ASSERT_EQ(chain_.ask(kOwner, {call::SetMaxAllowedValidators{1, 1}}), "");
  ASSERT_EQ(chain_.ask(kRich, {call::AddStake{id(kMinerHot), 1, 900 * kTao}}), "");
  chain_.advance_to(8);
  EXPECT_EQ(chain_.get(item::kValidatorPermit, 1), (std::vector<bool>{false, false, true}));
  EXPECT_FALSE(Storage(chain_.state()).has(item::kBonds, 1, Uid{1})) << "bonds go with the permit";
}

TEST_F(Epochs, WeightsDontCountTowardWhoRegisteredAfterThem) {
  ASSERT_EQ(chain_.ask(kRich, {call::BurnedRegister{1, id(kLaterHot)}}), "");
  ASSERT_EQ(chain_.ask(kValidatorHot, {call::SetWeights{1, {2, 3}, {1, 1}, 0}}), "");
  chain_.advance_to(8);
  EXPECT_EQ(chain_.get(item::kIncentive, 1)[3], chain_.get(item::kIncentive, 1)[2]);
  Genesis genesis = genesis_for_tests();
  genesis.subnets[0].max_uids = 4;
  genesis.subnets[0].immunity_period = 0;
  genesis.subnets[0].neurons.push_back({id(20), id(20), 0, false});
  chain_ = TestChain(genesis);
  ASSERT_EQ(chain_.ask(kValidatorHot, {call::SetWeights{1, {2, 3}, {1, 1}, 0}}), "");
  chain_.advance_to(8);
  ASSERT_GT(chain_.get(item::kIncentive, 1)[3], 0);
  // Uid 0 is the owner's; of the paid ones the least paid goes. Whoever comes earns nothing by the old row.
  ASSERT_EQ(chain_.ask(kRich, {call::BurnedRegister{1, id(kLaterHot)}}), "");
  const Uid uid = chain_.get(item::kUids, 1, id(kLaterHot));
  chain_.advance_to(19);
  EXPECT_EQ(chain_.get(item::kIncentive, 1)[uid], 0);
}

}  // namespace
}  // namespace noonmark::runtime
