// Weights: set openly, or committed to and revealed, and what an epoch makes of them.
#include "ledger_world.h"

namespace noonmark::book {
namespace {

constexpr BlockNumber kLength = kTempo + 1;

/// The first block of the epoch after the one that `number` is in (chain.md B11).
BlockNumber next_epoch(BlockNumber number, NetUid netuid) {
  return ((number + netuid + 1u) / kLength + 1) * kLength - netuid - 1u;
}

class LedgerWeightsContract : public LedgerContract {
 protected:
  /// Weights may be set from now on: registration counts as an update.
  void past_rate_limit() { advance_to(6); }
  RevealWeights row(std::uint16_t salt = 7) const { return {kSealed, {{1, 100}, {2, 300}}, {salt, 2, 3}, 0}; }
  CommitWeights sealed(const RevealWeights& row, Who who = Who::validator_hot) const {
    return {row.netuid, weight_commit_digest(id_of(who), row)};
  }
  std::vector<WeightCommit> open_commits() {
    return ledger().weight_commits(kSealed, id_of(Who::validator_hot), head()).value();
  }
};

TEST_P(LedgerWeightsContract, WeightsAreScaledToTheLargestAndReadBack) {
  past_rate_limit();
  ASSERT_EQ(outcome(SetWeights{kOpen, {{2, 1}, {1, 3}}, 0}, Who::validator_hot), "");
  const auto rows = ledger().weights(kOpen, head()).value();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].validator, 1);
  EXPECT_EQ(rows[0].weights, (std::vector<Weight>{{1, 65535}, {2, 21845}}));
  EXPECT_EQ(neuron(kOpen, Who::validator_hot).last_update, head().number);
  EXPECT_TRUE(ledger().weights(kSealed, head())->empty());
}

// chain.md B10: with a maximum above 32768 the quotient comes first, so that 32767.5 ends below the half.
TEST_P(LedgerWeightsContract, LargeWeightsAreScaledWithTheRealChainsRounding) {
  past_rate_limit();
  ASSERT_EQ(outcome(SetWeights{kOpen, {{0, 50000}, {1, 25000}}, 0}, Who::validator_hot), "");
  EXPECT_EQ(ledger().weights(kOpen, head()).value()[0].weights, (std::vector<Weight>{{0, 65535}, {1, 32767}}));
  advance(5);
  ASSERT_EQ(outcome(SetWeights{kOpen, {{0, 30000}, {1, 15000}}, 0}, Who::validator_hot), "");
  EXPECT_EQ(ledger().weights(kOpen, head()).value()[0].weights, (std::vector<Weight>{{0, 65535}, {1, 32768}}));
}

TEST_P(LedgerWeightsContract, WeightsAreRefused) {
  past_rate_limit();
  const auto set = [](std::vector<Weight> weights) { return SetWeights{kOpen, std::move(weights), 0}; };
  EXPECT_EQ(outcome(set({{1, 1}}), Who::stranger), "denied");
  EXPECT_EQ(outcome(SetWeights{kSealed, {{1, 1}}, 0}, Who::validator_hot), "SubtensorModule.CommitRevealEnabled");
  EXPECT_EQ(outcome(set({{1, 1}, {2, 1}, {0, 1}, {1, 1}}), Who::validator_hot),
            "SubtensorModule.UidsLengthExceedUidsInSubNet");
  EXPECT_EQ(outcome(set({{1, 1}}), Who::miner_hot), "SubtensorModule.NeuronNoValidatorPermit");
  EXPECT_EQ(outcome(set({{1, 1}, {1, 1}}), Who::validator_hot), "SubtensorModule.DuplicateUids");
  EXPECT_EQ(outcome(set({{1, 1}, {3, 1}}), Who::validator_hot), "SubtensorModule.UidVecContainInvalidOne");
  EXPECT_EQ(outcome(set({}), Who::validator_hot), "SubtensorModule.WeightVecLengthIsLow");
  EXPECT_TRUE(ledger().weights(kOpen, head())->empty());
  EXPECT_EQ(outcome(set({{2, 1}}), Who::miner_hot), "") << "anybody may speak for itself";
  EXPECT_EQ(outcome(set({{0, 1}}), Who::owner_hot), "") << "the owner needs no permit";
}

TEST_P(LedgerWeightsContract, WeightsTooSoonAreDenied) {
  advance_to(1);
  ASSERT_EQ(outcome(SetWeights{kOpen, {{2, 1}}, 0}, Who::validator_hot), "") << "at the genesis nobody has updated";
  EXPECT_EQ(outcome(SetWeights{kOpen, {{2, 1}}, 0}, Who::validator_hot), "denied");
  advance(3);
  EXPECT_EQ(outcome(SetWeights{kOpen, {{2, 1}}, 0}, Who::validator_hot), "denied");
  advance(1);
  EXPECT_EQ(outcome(SetWeights{kOpen, {{2, 1}}, 0}, Who::validator_hot), "");
}

TEST_P(LedgerWeightsContract, ACommitIsListedWithItsWindowAndRevealedInIt) {
  advance_to(next_epoch(0, kSealed));
  const CommitWeights commit = sealed(row());
  ASSERT_EQ(outcome(commit, Who::validator_hot), "");
  const auto open = open_commits();
  ASSERT_EQ(open.size(), 1U);
  EXPECT_EQ(open[0].digest, commit.digest);
  EXPECT_EQ(open[0].block, head().number);
  EXPECT_EQ(open[0].first_reveal, next_epoch(head().number, kSealed));
  EXPECT_EQ(open[0].last_reveal, open[0].first_reveal + kTempo);
  EXPECT_TRUE(ledger().weights(kSealed, head())->empty());
  EXPECT_EQ(outcome(row(), Who::validator_hot), "denied") << "pool number 17: too early";
  EXPECT_EQ(outcome(row(8), Who::validator_hot), "denied") << "pool number 16: another salt";
  advance_to(static_cast<BlockNumber>(open[0].first_reveal) - 1);
  EXPECT_EQ(outcome(row(), Who::validator_hot), "");
  EXPECT_EQ(head().number, open[0].first_reveal);
  EXPECT_EQ(ledger().weights(kSealed, head()).value()[0].weights, (std::vector<Weight>{{1, 21845}, {2, 65535}}));
  EXPECT_TRUE(open_commits().empty());
  EXPECT_EQ(outcome(row(), Who::validator_hot), "denied") << "pool number 16: it has been revealed";
}

TEST_P(LedgerWeightsContract, ARevealAtTheLastBlockCountsAndAfterItDoesNot) {
  past_rate_limit();
  for (const bool late : {false, true}) {
    ASSERT_EQ(outcome(sealed(row()), Who::validator_hot), "");
    const auto last = static_cast<BlockNumber>(open_commits().back().last_reveal);
    advance_to(last - 1 + (late ? 1 : 0));
    EXPECT_EQ(outcome(row(), Who::validator_hot), late ? "denied" : "") << late;
  }
}

TEST_P(LedgerWeightsContract, RevealingOneDropsTheOlderOnes) {
  advance_to(next_epoch(0, kSealed));
  for (std::uint16_t salt = 1; salt <= 3; ++salt) {
    ASSERT_EQ(outcome(sealed(row(salt)), Who::validator_hot), "");
    advance(4);
  }
  advance_to(static_cast<BlockNumber>(open_commits()[0].first_reveal));
  ASSERT_EQ(outcome(row(2), Who::validator_hot), "");
  ASSERT_EQ(open_commits().size(), 1U);
  EXPECT_EQ(open_commits()[0].digest, sealed(row(3)).digest);
  EXPECT_EQ(outcome(row(1), Who::validator_hot), "denied");
}

TEST_P(LedgerWeightsContract, CommitsAreRefused) {
  past_rate_limit();
  EXPECT_EQ(outcome(CommitWeights{kOpen, {}}, Who::validator_hot), "SubtensorModule.CommitRevealDisabled");
  EXPECT_EQ(outcome(sealed(row()), Who::stranger), "denied");
  ASSERT_EQ(outcome(sealed(row()), Who::validator_hot), "");
  EXPECT_EQ(outcome(sealed(row()), Who::validator_hot), "denied") << "pool number 6: too soon";
  EXPECT_EQ(outcome(row(), Who::miner_hot), "denied") << "pool number 16: another's commit";
}

TEST_P(LedgerWeightsContract, AnEpochPaysByWeights) {
  past_rate_limit();
  ASSERT_EQ(outcome(SetWeights{kOpen, {{2, 1}}, 0}, Who::validator_hot), "");
  const Rao before = neuron(kOpen, Who::miner_hot).stake;
  // (block + netuid + 1) % (tempo + 1) == tempo
  const BlockNumber epoch = next_epoch(head().number, kOpen) - 1;
  advance_to(epoch - 1);
  EXPECT_EQ(neuron(kOpen, Who::miner_hot).incentive, 0);
  advance(1);
  const Neuron miner = neuron(kOpen, Who::miner_hot), validator = neuron(kOpen, Who::validator_hot);
  EXPECT_EQ(miner.incentive, 65535);
  EXPECT_EQ(miner.consensus, 65535);
  EXPECT_EQ(validator.dividends, 65535);
  EXPECT_EQ(miner.stake, before + miner.emission);
  EXPECT_GT(miner.emission, 0U);
  EXPECT_GT(validator.stake, 100 * kTao);
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(InProcess, LedgerWeightsContract, testing::Values(&make_in_process_world));
INSTANTIATE_TEST_SUITE_P(Node, LedgerWeightsContract, testing::Values(&make_node_world));

}  // namespace noonmark::book
