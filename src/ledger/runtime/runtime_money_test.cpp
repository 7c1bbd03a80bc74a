// Balances, stakes, fees, batches and the chain's root.
#include <gtest/gtest.h>

#include "ledger/runtime/chain_for_tests.h"

namespace noonmark::runtime {
namespace {

class Money : public testing::Test {
 protected:
  ~Money() override { EXPECT_TRUE(chain_.audited().balanced()); }
  static AnyCall transfer(std::uint8_t to, Rao amount) { return {call::TransferKeepAlive{{id(to)}, {amount}}}; }
  static AnyCall transfer_all(std::uint8_t to, Rao amount) { return {call::TransferAllowDeath{{id(to)}, {amount}}}; }
  static AnyCall stake(Rao amount, std::uint8_t hotkey = kMinerHot, NetUid netuid = 1) {
    return {call::AddStake{id(hotkey), netuid, amount}};
  }
  static AnyCall unstake(Rao amount, std::uint8_t hotkey = kMinerHot, NetUid netuid = 1) {
    return {call::RemoveStake{id(hotkey), netuid, amount}};
  }
  static AnyCall sudo(AnyCall call) { return {call::Sudo{{std::move(call)}}}; }
  TestChain chain_;
};

TEST_F(Money, ATransferMovesMoneyAndBurnsItsFee) {
  const Rao burned = chain_.audited().burned;
  EXPECT_EQ(chain_.ask(kRich, transfer(kStranger, kTao)), "");
  EXPECT_EQ(chain_.money(kStranger), kTao);
  EXPECT_EQ(chain_.money(kRich), 999 * kTao - kFee);
  EXPECT_EQ(chain_.audited().burned, burned + kFee);
}

TEST_F(Money, ATransferFailsInThisOrder) {
  EXPECT_EQ(chain_.ask(kRich, transfer(kStranger, 1001 * kTao)), "Balances.InsufficientBalance");
  EXPECT_EQ(chain_.ask(kRich, transfer(kStranger, chain_.money(kRich) - kFee - 1)), "Balances.Expendability");
  EXPECT_EQ(chain_.ask(kRich, transfer(kStranger, kExistentialDeposit - 1)), "Balances.ExistentialDeposit");
  EXPECT_EQ(chain_.ask(kRich, transfer(kStranger, kExistentialDeposit)), "");
  EXPECT_EQ(chain_.ask(kRich, transfer(kStranger, 1)), "") << "the account is there by now";
  EXPECT_EQ(chain_.ask(kRich, transfer(kStranger, UINT64_MAX)), "Balances.InsufficientBalance");
}

TEST_F(Money, WhatIsTooLittleForAnAccountIsDust) {
  EXPECT_EQ(chain_.ask(kRich, transfer_all(kStranger, chain_.money(kRich) - kFee - 1)), "");
  EXPECT_EQ(chain_.money(kRich), 0U);
}

TEST_F(Money, ATransferToOneselfChangesNothing) {
  const Rao before = chain_.money(kRich);
  EXPECT_EQ(chain_.ask(kRich, transfer(kRich, before - kFee)), "");
  EXPECT_EQ(chain_.money(kRich), before - kFee);
}

TEST_F(Money, ACallWhoseFeeOrTipCantBePaidIsInNoBlock) {
  EXPECT_EQ(chain_.ask(kStranger, transfer(kRich, 0)), "dropped");
  EXPECT_EQ(chain_.ask(kRich, transfer(kStranger, kTao), 2000 * kTao), "dropped");
  // Fee and tip together must not come out small.
  EXPECT_EQ(chain_.ask(kRich, transfer(kStranger, kTao), UINT64_MAX), "dropped");
  EXPECT_EQ(chain_.money(kRich), 1000 * kTao);
  EXPECT_EQ(chain_.ask(kRich, transfer(kStranger, kTao), kTao), "");
  EXPECT_EQ(chain_.money(kRich), 998 * kTao - kFee) << "a tip is burned like the fee";
}

TEST_F(Money, StakingFailsInThisOrder) {
  EXPECT_EQ(chain_.ask(kRich, stake(1, kStranger, 9)), "SubtensorModule.SubnetNotExists");
  ASSERT_EQ(chain_.ask(kRich, {call::RegisterNetwork{id(kLaterHot)}}), "");
  EXPECT_EQ(chain_.ask(kRich, stake(1, kStranger, 2)), "SubtensorModule.SubtokenDisabled");
  EXPECT_EQ(chain_.ask(kRich, stake(1, kStranger)), "SubtensorModule.HotKeyAccountNotExists");
  EXPECT_EQ(chain_.ask(kRich, stake(kExistentialDeposit - 1)), "SubtensorModule.AmountTooLow");
  EXPECT_EQ(chain_.ask(kRich, stake(1000 * kTao)), "SubtensorModule.NotEnoughBalanceToStake");
  EXPECT_EQ(chain_.ask(kRich, stake(kExistentialDeposit)), "");
  EXPECT_EQ(chain_.get(item::kAlpha, id(kMinerHot), id(kRich), 1), kExistentialDeposit);
}

TEST_F(Money, UnstakingFailsInThisOrderAndGivesBack) {
  ASSERT_EQ(chain_.ask(kRich, stake(10 * kTao)), "");
  EXPECT_EQ(chain_.ask(kRich, unstake(0)), "SubtensorModule.AmountTooLow");
  EXPECT_EQ(chain_.ask(kRich, unstake(10 * kTao + 1)), "SubtensorModule.NotEnoughStakeToWithdraw");
  EXPECT_EQ(chain_.ask(kStranger, unstake(1)), "dropped");
  EXPECT_EQ(chain_.ask(kMiner, unstake(1)), "SubtensorModule.NotEnoughStakeToWithdraw") << "another's stake";
  const Rao before = chain_.money(kRich);
  EXPECT_EQ(chain_.ask(kRich, unstake(10 * kTao)), "");
  EXPECT_EQ(chain_.money(kRich), before + 10 * kTao - kFee);
  EXPECT_EQ(chain_.get(item::kTotalHotkeyAlpha, id(kMinerHot), 1), 0U);
}

TEST_F(Money, ABatchWorksAsAWholeOrNotAtAll) {
  const Rao before = chain_.money(kRich);
  EXPECT_EQ(chain_.ask(kRich, {call::BatchAll{{transfer(kStranger, kTao), stake(kTao)}}}), "");
  EXPECT_EQ(chain_.money(kRich), before - 2 * kTao - kFee);
  EXPECT_EQ(chain_.ask(kRich, {call::BatchAll{{transfer(kStranger, kTao), stake(kTao), transfer(kRich, UINT64_MAX)}}}),
            "Balances.InsufficientBalance");
  EXPECT_EQ(chain_.money(kRich), before - 2 * kTao - 2 * kFee) << "nothing but the fee";
  EXPECT_EQ(chain_.money(kStranger), kTao);
  EXPECT_EQ(chain_.get(item::kTotalHotkeyAlpha, id(kMinerHot), 1), kTao);
  EXPECT_EQ(chain_.ask(kRich, {call::BatchAll{{}}}), "");
}

TEST_F(Money, ABatchWithinABatchIsUndoneToo) {
  const AnyCall inner{call::BatchAll{{transfer(kStranger, kTao), transfer(kStranger, kTao)}}};
  EXPECT_EQ(chain_.ask(kRich, {call::BatchAll{{inner, transfer(kRich, UINT64_MAX)}}}), "Balances.InsufficientBalance");
  EXPECT_EQ(chain_.money(kStranger), 0U);
  EXPECT_EQ(chain_.ask(kRich, {call::BatchAll{{inner, inner}}}), "");
  EXPECT_EQ(chain_.money(kStranger), 4 * kTao);
}

TEST_F(Money, CallsWithinCallsGoFourDeep) {
  AnyCall call = transfer(kStranger, kTao);
  for (int depth = 0; depth < 4; ++depth) call = {call::BatchAll{{std::move(call)}}};
  EXPECT_EQ(chain_.ask(kRich, call), "");
  EXPECT_EQ(chain_.ask(kRich, {call::BatchAll{{std::move(call)}}}), "dropped");
}

TEST_F(Money, OnlyTheSudoKeyRulesTheChain) {
  const AnyCall threshold{call::SetStakeThreshold{kTao}};
  EXPECT_EQ(chain_.ask(kRich, sudo(threshold)), "Sudo.RequireSudo");
  EXPECT_EQ(chain_.ask(kRich, threshold), "BadOrigin");
  EXPECT_EQ(chain_.ask(kOwner, threshold), "BadOrigin") << "not even the key itself without sudo";
  EXPECT_EQ(chain_.get(item::kStakeThreshold), 0U);
  EXPECT_EQ(chain_.ask(kOwner, sudo(threshold)), "");
  EXPECT_EQ(chain_.get(item::kStakeThreshold), kTao);
  EXPECT_EQ(chain_.ask(kOwner, sudo(transfer(kStranger, 1))), "BadOrigin") << "the root has no money";
  EXPECT_EQ(chain_.ask(kOwner, sudo(sudo(threshold))), "Sudo.RequireSudo");
  EXPECT_EQ(chain_.ask(kOwner, {call::SetTime{{1}}}), "BadOrigin");
}

TEST_F(Money, HyperparametersAreTheSubnetOwnersAndTheRoots) {
  ASSERT_EQ(chain_.ask(kRich, {call::RegisterNetwork{id(kLaterHot)}}), "");
  const auto tempo = [](NetUid netuid, std::uint16_t value) { return AnyCall{call::SetTempo{netuid, value}}; };
  EXPECT_EQ(chain_.ask(kRich, tempo(9, 20)), "AdminUtils.SubnetDoesNotExist");
  EXPECT_EQ(chain_.ask(kRich, tempo(1, 20)), "BadOrigin");
  EXPECT_EQ(chain_.ask(kRich, tempo(2, 1)), "AdminUtils.ValueNotInBounds");
  EXPECT_EQ(chain_.ask(kRich, tempo(2, 50'401)), "AdminUtils.ValueNotInBounds");
  EXPECT_EQ(chain_.ask(kRich, tempo(2, 20)), "");
  EXPECT_EQ(chain_.get(item::kTempo, 2), 20);
  EXPECT_EQ(chain_.ask(kOwner, sudo(tempo(2, 30))), "");
  EXPECT_EQ(chain_.get(item::kTempo, 2), 30);
  EXPECT_EQ(chain_.get(item::kTempo, 1), 10);
}

TEST_F(Money, EachHyperparameterIsSet) {
  const auto set = [&](AnyCall call) { EXPECT_EQ(chain_.ask(kOwner, std::move(call)), ""); };
  set({call::SetServingRateLimit{1, 41}});
  set({call::SetWeightsVersionKey{1, 42}});
  set({call::SetWeightsRateLimit{1, 43}});
  set({call::SetImmunityPeriod{1, 44}});
  set({call::SetMinAllowedWeights{1, 45}});
  set({call::SetMaxAllowedUids{1, 46}});
  set({call::SetMaxAllowedValidators{1, 47}});
  set({call::SetCommitReveal{1, true}});
  set({call::SetRevealPeriod{1, 48}});
  EXPECT_EQ(chain_.get(item::kServingRateLimit, 1), 41U);
  EXPECT_EQ(chain_.get(item::kWeightsVersionKey, 1), 42U);
  EXPECT_EQ(chain_.get(item::kWeightsSetRateLimit, 1), 43U);
  EXPECT_EQ(chain_.get(item::kImmunityPeriod, 1), 44);
  EXPECT_EQ(chain_.get(item::kMinAllowedWeights, 1), 45);
  EXPECT_EQ(chain_.get(item::kMaxAllowedUids, 1), 46);
  EXPECT_EQ(chain_.get(item::kMaxAllowedValidators, 1), 47);
  EXPECT_TRUE(chain_.get(item::kCommitRevealWeightsEnabled, 1));
  EXPECT_EQ(chain_.get(item::kRevealPeriodEpochs, 1), 48U);
  EXPECT_EQ(chain_.ask(kOwner, {call::SetMaxAllowedUids{1, 2}}), "AdminUtils.ValueNotInBounds") << "3 neurons stay";
  EXPECT_EQ(chain_.ask(kOwner, {call::SetMaxAllowedUids{1, 4097}}), "AdminUtils.ValueNotInBounds");
  EXPECT_EQ(chain_.ask(kOwner, {call::SetRevealPeriod{1, 0}}), "AdminUtils.ValueNotInBounds");
  EXPECT_EQ(chain_.ask(kOwner, {call::SetRevealPeriod{1, 101}}), "AdminUtils.ValueNotInBounds");
}

TEST_F(Money, AGenesisWithMoreMoneyThanCanBeSummedIsRefused) {
  Genesis genesis = genesis_for_tests();
  genesis.endowed = {{id(kRich), INT64_MAX}, {id(kMiner), INT64_MAX}};
  EXPECT_EQ(Runtime::open(genesis).error().kind, core::ErrorKind::invalid);
}

TEST_F(Money, EmissionEndsWhereSumsWouldOverflow) {
  Genesis genesis = genesis_for_tests();
  genesis.block_emission = INT64_MAX / 2;
  TestChain chain(genesis);
  chain.advance(30);
  EXPECT_EQ(chain.audited().issued, Rao{INT64_MAX});
  EXPECT_TRUE(chain.audited().balanced());
}

}  // namespace
}  // namespace noonmark::runtime
