// Subnets, registrations, what neurons serve and commit.
#include <gtest/gtest.h>

#include "ledger/runtime/chain_for_tests.h"

namespace noonmark::runtime {
namespace {

class Neurons : public testing::Test {
 protected:
  ~Neurons() override { EXPECT_TRUE(chain_.audited().balanced()); }
  static AnyCall enrol(std::uint8_t hotkey, NetUid netuid = 1) { return {call::BurnedRegister{netuid, id(hotkey)}}; }
  std::optional<Uid> uid(std::uint8_t hotkey) {
    Storage storage(chain_.state());
    return storage.find(item::kUids, 1, id(hotkey));
  }
  void set_up(const Genesis& genesis) { chain_ = TestChain(genesis); }

  TestChain chain_;
};

TEST_F(Neurons, ARegistrationBurnsItsPriceAndGivesTheNextUid) {
  const Rao burned = chain_.audited().burned;
  EXPECT_EQ(chain_.ask(kRich, enrol(kLaterHot)), "");
  EXPECT_EQ(chain_.money(kRich), 1000 * kTao - 1'000'000 - kFee);
  EXPECT_EQ(chain_.audited().burned, burned + 1'000'000 + kFee);
  EXPECT_EQ(uid(kLaterHot), Uid{3});
  EXPECT_EQ(chain_.get(item::kOwner, id(kLaterHot)), id(kRich));
  EXPECT_EQ(chain_.get(item::kSubnetworkN, 1), 4);
  EXPECT_EQ(chain_.get(item::kLastUpdate, 1)[3], chain_.number());
}

TEST_F(Neurons, ARegistrationFailsInThisOrder) {
  EXPECT_EQ(chain_.ask(kMiner, enrol(kLaterHot, 9)), "SubtensorModule.SubNetworkDoesNotExist");
  EXPECT_EQ(chain_.ask(kMiner, enrol(kMinerHot)), "SubtensorModule.HotKeyAlreadyRegisteredInSubNet");
  ASSERT_EQ(chain_.ask(kMiner, {call::TransferKeepAlive{{id(kRich)}, {chain_.money(kMiner) - 999'999 - kFee}}}), "");
  EXPECT_EQ(chain_.ask(kMiner, enrol(kLaterHot)), "SubtensorModule.NotEnoughBalanceToPayRegistration");
  ASSERT_EQ(chain_.ask(kRich, {call::RegisterNetwork{id(kLaterHot)}}), "");
  EXPECT_EQ(chain_.ask(kOwner, enrol(kLaterHot)), "SubtensorModule.NonAssociatedColdKey");
  EXPECT_EQ(chain_.ask(kRich, enrol(kLaterHot)), "") << "its own owner may";
}

TEST_F(Neurons, WithoutRoomOrAnybodyToReplaceThereIsNoUid) {
  Genesis genesis = genesis_for_tests();
  genesis.subnets[0].neurons.clear();
  genesis.subnets[0].max_uids = 1;
  set_up(genesis);
  const Rao before = chain_.money(kRich);
  EXPECT_EQ(chain_.ask(kRich, enrol(kLaterHot)), "SubtensorModule.NoNeuronIdAvailable");
  EXPECT_EQ(chain_.money(kRich), before - kFee) << "the price is given back";
}

// The real chain adjusts the price to the demand; this one keeps it, and runtime.h says so.
TEST_F(Neurons, ThePriceOfARegistrationStaysAsItWasSet) {
  for (std::uint8_t n = 20; n < 30; ++n) ASSERT_EQ(chain_.ask(kRich, enrol(n)), "");
  chain_.advance(30);
  EXPECT_EQ(chain_.get(item::kBurn, 1), 1'000'000U);
}

TEST_F(Neurons, AFullSubnetReplacesTheLeastPaidThatIsNotImmune) {
  Genesis genesis = genesis_for_tests();
  genesis.subnets[0].max_uids = 4;
  genesis.subnets[0].immunity_period = 8;
  set_up(genesis);
  ASSERT_EQ(chain_.ask(kRich, enrol(20)), "");
  ASSERT_EQ(chain_.ask(kValidatorHot, {call::SetWeights{1, {2}, {1}, 0}}), "");
  chain_.advance_to(20);  // the miner and the validator are paid, nobody is immune
  ASSERT_GT(chain_.get(item::kEmission, 1)[2], 0U);
  ASSERT_EQ(chain_.get(item::kEmission, 1)[3], 0U);
  ASSERT_EQ(chain_.ask(kRich, enrol(21)), "");
  EXPECT_EQ(uid(21), Uid{3});
  EXPECT_EQ(uid(20), std::nullopt);
  // The newcomer is paid nothing, but is immune: now the least paid of the others goes, never the owner's key.
  ASSERT_EQ(chain_.ask(kRich, enrol(22)), "");
  EXPECT_EQ(uid(21), Uid{3});
  EXPECT_EQ(uid(kOwnerHot), Uid{0});
  EXPECT_TRUE(uid(kMinerHot).has_value() != uid(kValidatorHot).has_value());
}

TEST_F(Neurons, WhereAllAreImmuneTheLeastPaidGoesTheOldestOfEquals) {
  Genesis genesis = genesis_for_tests();
  genesis.subnets[0].max_uids = 4;
  genesis.subnets[0].immunity_period = 10'000;
  set_up(genesis);
  ASSERT_EQ(chain_.ask(kRich, enrol(20)), "");
  ASSERT_EQ(chain_.ask(kRich, enrol(21)), "");
  EXPECT_EQ(uid(21), Uid{1});
  EXPECT_EQ(uid(kValidatorHot), std::nullopt);
}

TEST_F(Neurons, WhoIsReplacedLeavesNothingBehindButItsStake) {
  Genesis genesis = genesis_for_tests();
  genesis.subnets[0].max_uids = 3;
  genesis.subnets[0].immunity_period = 0;
  set_up(genesis);
  ASSERT_EQ(chain_.ask(kValidatorHot, {call::SetWeights{1, {1, 2}, {1, 1}, 0}}), "");
  ASSERT_EQ(chain_.ask(kValidatorHot, {call::ServeAxon{1, 1, {5, 0}, 80, 4, 4}}), "");
  ASSERT_EQ(chain_.ask(kValidatorHot, {call::SetCommitment{1, {{{{'x'}}}}}}), "");
  ASSERT_EQ(chain_.ask(kRich, enrol(20)), "");
  ASSERT_EQ(uid(20), Uid{1});
  Storage storage(chain_.state());
  EXPECT_FALSE(storage.has(item::kAxons, 1, id(kValidatorHot)));
  EXPECT_FALSE(storage.has(item::kCommitmentOf, 1, id(kValidatorHot)));
  EXPECT_FALSE(storage.has(item::kUsedSpaceOf, 1, id(kValidatorHot)));
  EXPECT_FALSE(storage.has(item::kWeights, 1, Uid{1}));
  EXPECT_FALSE(storage.has(item::kBonds, 1, Uid{1}));
  EXPECT_FALSE(storage.get(item::kValidatorPermit, 1)[1]);
  EXPECT_EQ(storage.get(item::kTotalHotkeyAlpha, id(kValidatorHot), 1), 100 * kTao);
  EXPECT_EQ(chain_.ask(kValidatorHot, {call::SetWeights{1, {1}, {1}, 0}}),
            "SubtensorModule.HotKeyNotRegisteredInSubNet");
}

TEST_F(Neurons, ASubnetIsRegisteredForItsPriceAndStartedOnce) {
  EXPECT_EQ(chain_.ask(kRich, {call::RegisterNetwork{id(kMinerHot)}}), "SubtensorModule.NonAssociatedColdKey");
  ASSERT_EQ(chain_.ask(kRich, {call::RegisterNetwork{id(kLaterHot)}}), "");
  EXPECT_EQ(chain_.money(kRich), 999 * kTao - 2 * kFee);
  EXPECT_EQ(chain_.get(item::kSubnetOwner, 2), id(kRich));
  chain_.advance(3);
  EXPECT_EQ(chain_.get(item::kPendingEmission, 2), 0U) << "nothing before it starts";
  EXPECT_EQ(chain_.ask(kRich, {call::StartCall{9}}), "SubtensorModule.SubnetNotExists");
  EXPECT_EQ(chain_.ask(kOwner, {call::StartCall{2}}), "BadOrigin");
  EXPECT_EQ(chain_.ask(kRich, {call::StartCall{2}}), "");
  EXPECT_EQ(chain_.get(item::kPendingEmission, 2), kTao / 2);
  EXPECT_EQ(chain_.ask(kRich, {call::StartCall{2}}), "SubtensorModule.FirstEmissionBlockNumberAlreadySet");
}

TEST_F(Neurons, ThereAreAtMost128SubnetsAndNoneOnCredit) {
  EXPECT_EQ(chain_.ask(kMiner, {call::TransferKeepAlive{{id(kRich)}, {chain_.money(kMiner) - kTao}}}), "");
  EXPECT_EQ(chain_.ask(kMiner, {call::RegisterNetwork{id(kLaterHot)}}), "SubtensorModule.NotEnoughBalanceToStake");
  for (int i = 1; i < 128; ++i) ASSERT_EQ(chain_.ask(kRich, {call::RegisterNetwork{id(kLaterHot)}}), "") << i;
  EXPECT_EQ(chain_.ask(kRich, {call::RegisterNetwork{id(kLaterHot)}}), "SubtensorModule.TooManyNetworks");
}

AnyCall axon(scale::U128 ip, std::uint16_t port = 80, std::uint8_t type = 4) {
  return {call::ServeAxon{1, 1, ip, port, type, 4}};
}

TEST_F(Neurons, ServingFailsInThisOrder) {
  constexpr scale::U128 kLoopback{0x7f000001, 0};
  EXPECT_EQ(chain_.ask(kStranger, axon(kLoopback, 0, 5)), "SubtensorModule.HotKeyNotRegisteredInSubNet");
  EXPECT_EQ(chain_.ask(kMinerHot, axon(kLoopback, 0, 5)), "SubtensorModule.InvalidIpType");
  EXPECT_EQ(chain_.ask(kMinerHot, axon(kLoopback, 0)), "SubtensorModule.InvalidIpAddress");
  EXPECT_EQ(chain_.ask(kMinerHot, axon({UINT32_MAX, 0}, 0)), "SubtensorModule.InvalidIpAddress");
  EXPECT_EQ(chain_.ask(kMinerHot, axon({std::uint64_t{1} << 32, 0}, 0)), "SubtensorModule.InvalidIpAddress");
  EXPECT_EQ(chain_.ask(kMinerHot, axon({1, 0}, 0, 6)), "SubtensorModule.InvalidIpAddress") << "::1";
  EXPECT_EQ(chain_.ask(kMinerHot, axon({1, 0}, 0)), "SubtensorModule.InvalidPort") << "0.0.0.1 is an address";
  EXPECT_EQ(chain_.ask(kMinerHot, axon({1, 0})), "");
  EXPECT_EQ(chain_.ask(kMinerHot, axon({1, 0})), "SubtensorModule.ServingRateLimitExceeded");
  chain_.advance(3);
  EXPECT_EQ(chain_.ask(kMinerHot, axon({1, 0})), "") << "5 blocks later";
}

TEST_F(Neurons, UnspecifiedAndPrivateAddressesAreAccepted) {
  for (const std::uint64_t ip : {0x00000000U, 0x0a000001U, 0xc0a80001U}) {
    EXPECT_EQ(chain_.ask(kMinerHot, axon({ip, 0})), "") << ip;
    chain_.advance(5);
  }
  EXPECT_EQ(chain_.ask(kMinerHot, axon({0, 0x20010db800000000}, 80, 6)), "");
  EXPECT_EQ(chain_.get(item::kAxons, 1, id(kMinerHot)).ip, (scale::U128{0, 0x20010db800000000}));
}

AnyCall commitment(std::size_t fields, std::size_t bytes) {
  call::SetCommitment call{1, {}};
  for (std::size_t i = 0; i < fields; ++i) call.info.content.push_back({core::Bytes(bytes, 'x')});
  return {call};
}

TEST_F(Neurons, CommitmentsFailInThisOrder) {
  EXPECT_EQ(chain_.ask(kStranger, commitment(4, 128)), "Commitments.AccountNotAllowedCommit");
  EXPECT_EQ(chain_.ask(kMinerHot, commitment(4, 128)), "Commitments.TooManyFieldsInCommitmentInfo");
  EXPECT_EQ(chain_.ask(kMinerHot, commitment(3, 128)), "");
  EXPECT_EQ(chain_.get(item::kLastCommitment, 1, id(kMinerHot)), chain_.number());
}

// chain.md B9: 3100 bytes per epoch, each call at least 100.
TEST_F(Neurons, ThirtyOneSmallCommitmentsFitIntoAnEpoch) {
  ASSERT_EQ(chain_.ask(kOwner, {call::SetTempo{1, 99}}), "");
  chain_.advance_to(97);  // (98 + 1 + 1) / 100 begins an epoch
  for (int i = 0; i < 31; ++i) ASSERT_EQ(chain_.ask(kMinerHot, commitment(1, 3)), "") << i;
  EXPECT_EQ(chain_.ask(kMinerHot, commitment(1, 3)), "Commitments.SpaceLimitExceeded");
  chain_.advance_to(197);
  EXPECT_EQ(chain_.ask(kMinerHot, commitment(1, 3)), "");
}

}  // namespace
}  // namespace noonmark::runtime
