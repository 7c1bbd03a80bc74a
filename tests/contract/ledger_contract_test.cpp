// Blocks, money, keys and what neurons say of themselves. Weights are in ledger_weights_contract_test.cpp.
#include "ledger_world.h"

namespace noonmark::book {
namespace {

using core::ErrorKind;

TEST_P(LedgerContract, BlocksHaveNumbersHashesAndTimesThatGrow) {
  const BlockRef first = head();
  const core::UnixNanos before = ledger().block_time({1, ledger().block(1).value_or(first).hash}).value_or({});
  advance(3);
  const BlockRef last = head();
  EXPECT_EQ(last.number, first.number + 3);
  EXPECT_EQ(ledger().block(last.number).value(), last);
  EXPECT_EQ(ledger().block(first.number).value(), first);
  EXPECT_EQ(ledger().block(last.number + 1).error().kind, ErrorKind::not_found);
  core::UnixNanos time = before;
  for (BlockNumber number = 1; number <= last.number; ++number) {
    const core::UnixNanos next = ledger().block_time(ledger().block(number).value()).value();
    EXPECT_GT(next, time);
    time = next;
  }
}

TEST_P(LedgerContract, ABlockThatIsNotThereCantBeRead) {
  BlockRef invented = head();
  invented.hash.bytes.fill(7);
  EXPECT_FALSE(ledger().account(id_of(Who::rich), invented).ok());
  EXPECT_FALSE(ledger().metagraph(kOpen, invented).ok());
}

TEST_P(LedgerContract, ATransferMovesMoneyAndCostsItsFee) {
  const auto receipt = submit(Transfer{id_of(Who::stranger), 5 * kTao}, Who::rich);
  ASSERT_TRUE(receipt.ok()) << receipt.error().message;
  EXPECT_TRUE(receipt->success);
  EXPECT_EQ(receipt->block, head());
  EXPECT_EQ(receipt->index, 1U);  // behind the time
  EXPECT_EQ(money(Who::stranger), 5 * kTao);
  EXPECT_EQ(money(Who::rich), 995 * kTao - kFee);
  EXPECT_EQ(account(Who::rich).nonce, 1U);
}

TEST_P(LedgerContract, ATransferIsRefusedInItsBlock) {
  EXPECT_EQ(outcome(Transfer{id_of(Who::stranger), 1000 * kTao}, Who::rich), "Balances.InsufficientBalance");
  EXPECT_EQ(outcome(Transfer{id_of(Who::stranger), 1000 * kTao - 2 * kFee}, Who::rich), "Balances.Expendability");
  EXPECT_EQ(outcome(Transfer{id_of(Who::stranger), 499}, Who::rich), "Balances.ExistentialDeposit");
  EXPECT_EQ(money(Who::rich), 1000 * kTao - 3 * kFee) << "a call that fails costs its fee all the same";
  EXPECT_EQ(money(Who::stranger), 0U);
}

TEST_P(LedgerContract, WhoCantPayTheFeeGetsIntoNoBlock) {
  const BlockRef before = head();
  const auto refused = submit(Transfer{id_of(Who::rich), 0}, Who::stranger);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::denied);
  EXPECT_EQ(head(), before);
  EXPECT_EQ(outcome(Transfer{id_of(Who::rich), 0}, Who::poor), "Balances.Expendability");  // after its one fee
  EXPECT_EQ(outcome(Transfer{id_of(Who::rich), 0}, Who::poor), "denied");
}

TEST_P(LedgerContract, ARegistrationBurnsItsPriceAndGivesTheNextUid) {
  const Rao price = graph(kOpen).rules.burn;
  ASSERT_EQ(outcome(Register{kOpen, id_of(Who::stranger)}, Who::rich), "");
  EXPECT_EQ(money(Who::rich), 1000 * kTao - price - kFee);
  const Neuron added = neuron(kOpen, Who::stranger);
  EXPECT_EQ(added.uid, 3);
  EXPECT_EQ(added.coldkey, id_of(Who::rich));
  EXPECT_EQ(added.registered_at, head().number);
  EXPECT_EQ(added.stake, 0U);
  EXPECT_FALSE(added.validator_permit);
  EXPECT_FALSE(added.axon);
}

TEST_P(LedgerContract, ARegistrationIsRefused) {
  EXPECT_EQ(outcome(Register{99, id_of(Who::stranger)}, Who::rich), "denied");  // pool number 3
  EXPECT_EQ(outcome(Register{kOpen, id_of(Who::miner_hot)}, Who::rich),
            "SubtensorModule.HotKeyAlreadyRegisteredInSubNet");
  EXPECT_EQ(outcome(Register{kOpen, id_of(Who::stranger)}, Who::poor),
            "SubtensorModule.NotEnoughBalanceToPayRegistration");
  EXPECT_EQ(outcome(Register{kSmall, id_of(Who::miner_hot)}, Who::rich), "SubtensorModule.NonAssociatedColdKey");
  EXPECT_EQ(graph(kOpen).neurons.size(), 3U);
}

TEST_P(LedgerContract, AFullSubnetReplacesItsLeastPaidNeuronButNeverItsOwners) {
  ASSERT_EQ(graph(kSmall).neurons.size(), 2U);
  ASSERT_EQ(outcome(Register{kSmall, id_of(Who::stranger)}, Who::rich), "");
  const Metagraph after = graph(kSmall);
  ASSERT_EQ(after.neurons.size(), 2U);
  EXPECT_EQ(after.neurons[0].hotkey, id_of(Who::owner_hot));
  EXPECT_EQ(after.neurons[1].hotkey, id_of(Who::stranger));
  EXPECT_EQ(after.find(id_of(Who::validator_hot)), nullptr);
}

TEST_P(LedgerContract, StakeIsAddedAndTakenBack) {
  const Rao before = neuron(kOpen, Who::miner_hot).stake;
  ASSERT_EQ(outcome(AddStake{id_of(Who::miner_hot), kOpen, 10 * kTao}, Who::rich), "");
  EXPECT_EQ(neuron(kOpen, Who::miner_hot).stake, before + 10 * kTao);
  EXPECT_EQ(money(Who::rich), 990 * kTao - kFee);
  ASSERT_EQ(outcome(RemoveStake{id_of(Who::miner_hot), kOpen, 4 * kTao}, Who::rich), "");
  EXPECT_EQ(neuron(kOpen, Who::miner_hot).stake, before + 6 * kTao);
  EXPECT_EQ(money(Who::rich), 994 * kTao - 2 * kFee);
}

TEST_P(LedgerContract, StakingIsRefused) {
  const AccountId miner = id_of(Who::miner_hot), validator = id_of(Who::validator_hot);
  EXPECT_EQ(outcome(AddStake{miner, 99, kTao}, Who::rich), "SubtensorModule.SubnetNotExists");
  EXPECT_EQ(outcome(AddStake{id_of(Who::stranger), kOpen, kTao}, Who::rich), "SubtensorModule.HotKeyAccountNotExists");
  EXPECT_EQ(outcome(AddStake{miner, kOpen, 1}, Who::rich), "SubtensorModule.AmountTooLow");
  EXPECT_EQ(outcome(AddStake{miner, kOpen, 2000 * kTao}, Who::rich), "SubtensorModule.NotEnoughBalanceToStake");
  EXPECT_EQ(outcome(RemoveStake{validator, kOpen, kTao}, Who::rich), "SubtensorModule.NotEnoughStakeToWithdraw");
  EXPECT_EQ(outcome(RemoveStake{validator, kOpen, 0}, Who::validator), "SubtensorModule.AmountTooLow");
  EXPECT_EQ(money(Who::rich), 1000 * kTao - 5 * kFee);
}

TEST_P(LedgerContract, ASubnetIsRegisteredAndStartedByItsOwner) {
  ASSERT_EQ(outcome(RegisterSubnet{id_of(Who::stranger)}, Who::rich), "");
  const NetUid made = 4;
  const Metagraph fresh = graph(made);
  EXPECT_EQ(fresh.owner, id_of(Who::rich));
  ASSERT_EQ(fresh.neurons.size(), 1U);
  EXPECT_EQ(fresh.neurons[0].hotkey, id_of(Who::stranger));
  EXPECT_EQ(outcome(StartSubnet{made}, Who::miner), "BadOrigin");
  EXPECT_EQ(outcome(StartSubnet{made}, Who::rich), "");
  EXPECT_EQ(outcome(StartSubnet{made}, Who::rich), "SubtensorModule.FirstEmissionBlockNumberAlreadySet");
  EXPECT_EQ(outcome(StartSubnet{99}, Who::rich), "SubtensorModule.SubnetNotExists");
  EXPECT_EQ(outcome(RegisterSubnet{id_of(Who::miner_hot)}, Who::rich), "SubtensorModule.NonAssociatedColdKey");
  EXPECT_EQ(ledger().metagraph(99, head()).error().kind, ErrorKind::not_found);
}

TEST_P(LedgerContract, ACommitmentIsReplacedByALaterOneAndListedByHotKey) {
  ASSERT_EQ(outcome(Commit{kOpen, {'o', 'n', 'e'}}, Who::miner_hot), "");
  ASSERT_EQ(outcome(Commit{kOpen, {'v'}}, Who::validator_hot), "");
  ASSERT_EQ(outcome(Commit{kOpen, core::Bytes(128, 'x')}, Who::miner_hot), "");
  const BlockNumber last = head().number;
  const auto all = ledger().commitments(kOpen, head()).value();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_LT(all[0].hotkey, all[1].hotkey);
  for (const Commitment& one : all) {
    const bool miner = one.hotkey == id_of(Who::miner_hot);
    EXPECT_EQ(one.data, miner ? core::Bytes(128, 'x') : core::Bytes{'v'});
    EXPECT_EQ(one.block, miner ? last : last - 1);
  }
  EXPECT_TRUE(ledger().commitments(kSealed, head())->empty());
  EXPECT_EQ(money(Who::miner_hot), 0U);
}

TEST_P(LedgerContract, CommitmentsAreRefused) {
  EXPECT_EQ(outcome(Commit{kOpen, {'x'}}, Who::stranger), "denied");
  EXPECT_EQ(submit(Commit{kOpen, core::Bytes(129, 'x')}, Who::miner_hot).error().kind, ErrorKind::invalid);
  // 31 of at most 100 bytes fit into one epoch's 3100.
  advance_to(kTempo + 1);
  std::string last;
  int taken = 0;
  for (int i = 0; i < 15; ++i) {
    last = outcome(Commit{kOpen, core::Bytes(128, 'x')}, Who::miner_hot);
    taken += last.empty() ? 1 : 0;
  }
  EXPECT_EQ(taken, 15);
}

TEST_P(LedgerContract, AnAxonIsServedAndReadBack) {
  Axon axon;
  axon.version = 7;
  axon.ip[12] = 10;
  axon.ip[15] = 1;
  axon.port = 8091;
  ASSERT_EQ(outcome(ServeAxon{kOpen, axon}, Who::miner_hot), "");
  const auto served = neuron(kOpen, Who::miner_hot).axon;
  ASSERT_TRUE(served);
  EXPECT_EQ(served->block, head().number);
  EXPECT_EQ(served->version, 7U);
  EXPECT_EQ(served->ip, axon.ip);
  EXPECT_EQ(served->port, 8091);
  EXPECT_EQ(served->ip_type, 4);
  EXPECT_FALSE(neuron(kSealed, Who::miner_hot).axon);
  EXPECT_EQ(outcome(ServeAxon{kOpen, axon}, Who::miner_hot), "denied") << "pool number 12: too often";
  advance(5);
  axon.ip = {};  // 0.0.0.0 is accepted
  EXPECT_EQ(outcome(ServeAxon{kOpen, axon}, Who::miner_hot), "");
}

TEST_P(LedgerContract, AnAxonIsRefused) {
  Axon axon;
  axon.port = 1;
  EXPECT_EQ(outcome(ServeAxon{kOpen, axon}, Who::stranger), "denied");  // 10
  axon.port = 0;
  EXPECT_EQ(outcome(ServeAxon{kOpen, axon}, Who::miner_hot), "denied");  // 13
  axon.port = 1;
  axon.ip = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 127, 0, 0, 1};
  EXPECT_EQ(outcome(ServeAxon{kOpen, axon}, Who::miner_hot), "denied");  // 11
  axon.ip = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255};
  EXPECT_EQ(outcome(ServeAxon{kOpen, axon}, Who::miner_hot), "denied");
  axon.ip = {1};
  EXPECT_EQ(outcome(ServeAxon{kOpen, axon}, Who::miner_hot), "denied") << "longer than IPv4";
  axon.ip_type = 6;
  EXPECT_EQ(outcome(ServeAxon{kOpen, axon}, Who::miner_hot), "");
}

TEST_P(LedgerContract, TheMetagraphSaysTheRulesAndEveryNeuron) {
  const Metagraph now = graph(kOpen);
  EXPECT_EQ(now.at, head());
  EXPECT_EQ(now.netuid, kOpen);
  EXPECT_EQ(now.owner, id_of(Who::owner));
  EXPECT_EQ(now.rules.tempo, kTempo);
  EXPECT_EQ(now.rules.weights_rate_limit, 5U);
  EXPECT_EQ(now.rules.serving_rate_limit, 5U);
  EXPECT_EQ(now.rules.burn, kTao);
  EXPECT_EQ(now.rules.reveal_period_epochs, 1U);
  EXPECT_FALSE(now.rules.commit_reveal);
  EXPECT_TRUE(graph(kSealed).rules.commit_reveal);
  ASSERT_EQ(now.neurons.size(), 3U);
  for (Uid uid = 0; uid < 3; ++uid) EXPECT_EQ(now.neurons[uid].uid, uid);
  EXPECT_EQ(now.neurons[1].hotkey, id_of(Who::validator_hot));
  EXPECT_EQ(now.neurons[1].coldkey, id_of(Who::validator));
  EXPECT_EQ(now.neurons[1].stake, 100 * kTao);
  EXPECT_TRUE(now.neurons[1].validator_permit);
  EXPECT_FALSE(now.neurons[2].validator_permit);
}

TEST_P(LedgerContract, OldBlocksStayAsTheyWere) {
  const BlockRef before = head();
  ASSERT_EQ(outcome(Register{kOpen, id_of(Who::stranger)}, Who::rich), "");
  const BlockRef between = head();
  ASSERT_EQ(outcome(Transfer{id_of(Who::stranger), kTao}, Who::rich), "");
  ASSERT_EQ(outcome(Commit{kOpen, {'x'}}, Who::stranger), "");
  advance(2 * (kTempo + 1));
  EXPECT_EQ(ledger().metagraph(kOpen, before)->neurons.size(), 3U);
  EXPECT_EQ(ledger().metagraph(kOpen, before)->at, before);
  EXPECT_EQ(ledger().metagraph(kOpen, between)->neurons.size(), 4U);
  EXPECT_EQ(ledger().metagraph(kOpen, between)->neurons[1].stake, 100 * kTao);
  EXPECT_EQ(ledger().account(id_of(Who::stranger), between)->free, 0U);
  EXPECT_EQ(ledger().account(id_of(Who::rich), before)->free, 1000 * kTao);
  EXPECT_EQ(ledger().account(id_of(Who::rich), before)->nonce, 0U);
  EXPECT_TRUE(ledger().commitments(kOpen, between)->empty());
  EXPECT_EQ(ledger().commitments(kOpen, head())->size(), 1U);
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(InProcess, LedgerContract, testing::Values(&make_in_process_world));
INSTANTIATE_TEST_SUITE_P(Node, LedgerContract, testing::Values(&make_node_world));

}  // namespace noonmark::book
