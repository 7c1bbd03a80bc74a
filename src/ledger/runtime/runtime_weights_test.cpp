// set_weights, commit_weights, reveal_weights: each refusal in the real chain's order (chain.md B10, B11).
#include <gtest/gtest.h>

#include "ledger/book/ledger.h"
#include "ledger/runtime/chain_for_tests.h"

namespace noonmark::runtime {
namespace {

using Row = std::vector<std::uint16_t>;

class Weights : public testing::Test {
 protected:
  std::string set(std::uint8_t who, Row uids, Row values, std::uint64_t version = 0, NetUid netuid = 1) {
    return chain_.ask(who, {call::SetWeights{netuid, std::move(uids), std::move(values), version}});
  }
  /// What stands in the storage after uids 0, 1, … got these values.
  Row stored(const Row& values) {
    Row uids;
    for (std::uint16_t uid = 0; uid < values.size(); ++uid) uids.push_back(uid);
    chain_.advance(5);
    EXPECT_EQ(set(kValidatorHot, uids, values), "");
    Row scaled;
    for (const auto& [uid, value] : chain_.get(item::kWeights, 1, Uid{1})) scaled.push_back(value);
    return scaled;
  }
  void owner(AnyCall call) { ASSERT_EQ(chain_.ask(kOwner, std::move(call)), ""); }
  void root(AnyCall call) { owner({call::Sudo{{std::move(call)}}}); }

  TestChain chain_;
};

TEST_F(Weights, SettingFailsInThisOrder) {
  owner({call::SetCommitReveal{1, true}});
  owner({call::SetWeightsVersionKey{1, 7}});
  owner({call::SetMinAllowedWeights{1, 2}});
  root({call::SetStakeThreshold{kTao}});
  const Row four{9, 9, 9, 9};
  EXPECT_EQ(set(kStranger, four, {1}), "SubtensorModule.CommitRevealEnabled");
  EXPECT_EQ(set(kStranger, four, {1}, 0, 9), "SubtensorModule.CommitRevealEnabled") << "its default";
  owner({call::SetCommitReveal{1, false}});
  EXPECT_EQ(set(kStranger, four, {1}), "SubtensorModule.WeightVecNotEqualSize");
  EXPECT_EQ(set(kStranger, four, four), "SubtensorModule.UidsLengthExceedUidsInSubNet");
  EXPECT_EQ(set(kStranger, {9, 9}, {1, 1}), "SubtensorModule.HotKeyNotRegisteredInSubNet");
  EXPECT_EQ(set(kMinerHot, {9, 9}, {1, 1}), "SubtensorModule.NotEnoughStakeToSetWeights");
  EXPECT_EQ(set(kValidatorHot, {9, 9}, {1, 1}, 6), "SubtensorModule.IncorrectWeightVersionKey");
  EXPECT_EQ(set(kValidatorHot, {1}, {1}, 7), "") << "itself alone, below the minimum";
  EXPECT_EQ(set(kValidatorHot, {9, 9}, {1, 1}, 7), "SubtensorModule.SettingWeightsTooFast");
  chain_.advance(5);
  ASSERT_EQ(chain_.ask(kRich, {call::AddStake{id(kMinerHot), 1, 2 * kTao}}), "");
  owner({call::SetMaxAllowedValidators{1, 1}});
  chain_.advance(11);  // an epoch gives out permits: to the one with the most stake
  EXPECT_EQ(set(kMinerHot, {9, 9}, {1, 1}, 7), "SubtensorModule.NeuronNoValidatorPermit");
  EXPECT_EQ(set(kValidatorHot, {9, 9}, {1, 1}, 7), "SubtensorModule.DuplicateUids");
  EXPECT_EQ(set(kValidatorHot, {9, 2}, {1, 1}, 7), "SubtensorModule.UidVecContainInvalidOne");
  EXPECT_EQ(set(kValidatorHot, {2}, {1}, 7), "SubtensorModule.WeightVecLengthIsLow");
  EXPECT_EQ(set(kValidatorHot, {2, 0}, {1, 1}, 8), "") << "a newer version may";
}

TEST_F(Weights, ANewcomerWaitsAsIfItHadSetWeights) {
  ASSERT_EQ(chain_.ask(kRich, {call::BurnedRegister{1, id(kLaterHot)}}), "");
  chain_.advance(3);
  EXPECT_EQ(set(kLaterHot, {3}, {1}), "SubtensorModule.SettingWeightsTooFast");
  EXPECT_EQ(set(kLaterHot, {3}, {1}), "");
}

TEST_F(Weights, TheLeastNumberOfWeightsIsAtMostThatOfNeurons) {
  owner({call::SetMinAllowedWeights{1, 1024}});
  EXPECT_EQ(set(kValidatorHot, {0, 2}, {1, 1}), "SubtensorModule.WeightVecLengthIsLow");
  EXPECT_EQ(set(kValidatorHot, {0, 1, 2}, {1, 1, 1}), "");
}

// chain.md B10: w*65535/max rounded; with max above 32768 w*(65535/max), which may end one lower.
TEST_F(Weights, AreScaledAsTheRealChainDoes) {
  EXPECT_EQ(stored({1, 2, 3}), (Row{21845, 43690, 65535}));
  EXPECT_EQ(stored({0, 0, 0}), (Row{0, 0, 0}));
  EXPECT_EQ(stored({65535, 32768, 1}), (Row{65535, 32768, 1}));
  EXPECT_EQ(stored({2, 1}), (Row{65535, 32768})) << "32767.5 goes up";
  EXPECT_EQ(stored({32768, 16384}), (Row{65535, 32768}));
  EXPECT_EQ(stored({32770, 16385}), (Row{65535, 32767})) << "the quotient is a little too small";
  EXPECT_EQ(stored({50000, 25000}), (Row{65535, 32767}));
  for (std::uint16_t most : {1, 7, 32767, 32769, 40001, 65534}) {
    EXPECT_EQ(stored({most, 0}), (Row{65535, 0})) << most;
  }
}

class SealedWeights : public Weights {
 protected:
  SealedWeights() { owner({call::SetCommitReveal{1, true}}); }
  static call::RevealWeights row(std::uint16_t salt) { return {1, {0, 2}, {1, 1}, {salt}, 0}; }
  static call::CommitWeights seal(std::uint16_t salt, std::uint8_t who = kValidatorHot) {
    const call::RevealWeights r = row(salt);
    const book::RevealWeights said{1, {{0, 1}, {2, 1}}, r.salt, 0};
    return {1, book::weight_commit_digest(id(who), said).bytes};
  }
  std::string commit(std::uint16_t salt, std::uint8_t who = kValidatorHot) { return chain_.ask(who, {seal(salt)}); }
  std::string reveal(std::uint16_t salt, std::uint8_t who = kValidatorHot) { return chain_.ask(who, {row(salt)}); }
  Commits open() { return chain_.get(item::kWeightCommits, 1, id(kValidatorHot)); }
  /// The last block of this epoch: (block + netuid + 1) % 11 == 10.
  book::BlockNumber epoch_end() const { return (chain_.number() + 2) / 11 * 11 + 10 - 2; }
};

TEST_F(SealedWeights, CommittingFailsInThisOrder) {
  owner({call::SetCommitReveal{1, false}});
  EXPECT_EQ(commit(1, kStranger), "SubtensorModule.CommitRevealDisabled");
  owner({call::SetCommitReveal{1, true}});
  EXPECT_EQ(commit(1, kStranger), "SubtensorModule.HotKeyNotRegisteredInSubNet");
  EXPECT_EQ(commit(1), "");
  EXPECT_EQ(commit(2), "SubtensorModule.CommittingWeightsTooFast");
  EXPECT_EQ(chain_.get(item::kLastUpdate, 1)[1], chain_.number() - 1);
}

TEST_F(SealedWeights, TheEleventhOpenCommitIsRefused) {
  owner({call::SetWeightsRateLimit{1, 0}});
  owner({call::SetTempo{1, 99}});
  for (std::uint16_t salt = 1; salt <= 10; ++salt) ASSERT_EQ(commit(salt), "") << salt;
  EXPECT_EQ(commit(11), "SubtensorModule.TooManyUnrevealedCommits");
  EXPECT_EQ(open().size(), 10U);
  chain_.advance_to(static_cast<book::BlockNumber>(std::get<2>(open().front())));
  ASSERT_EQ(reveal(4), "");
  EXPECT_EQ(open().size(), 6U);
  EXPECT_EQ(commit(11), "");
}

TEST_F(SealedWeights, RevealingFailsInThisOrder) {
  owner({call::SetWeightsRateLimit{1, 0}});
  owner({call::SetCommitReveal{1, false}});
  EXPECT_EQ(reveal(1, kStranger), "SubtensorModule.CommitRevealDisabled");
  owner({call::SetCommitReveal{1, true}});
  EXPECT_EQ(reveal(1), "SubtensorModule.NoWeightsCommitFound");
  chain_.advance_to(epoch_end());
  ASSERT_EQ(commit(1), "");
  EXPECT_EQ(reveal(2), "SubtensorModule.InvalidRevealCommitHashNotMatch");
  EXPECT_EQ(reveal(1), "SubtensorModule.RevealTooEarly");
  chain_.advance_to(epoch_end());
  owner({call::SetWeightsVersionKey{1, 1}});
  EXPECT_EQ(reveal(1), "SubtensorModule.IncorrectWeightVersionKey");
  owner({call::SetWeightsVersionKey{1, 0}});
  root({call::SetStakeThreshold{1000 * kTao}});
  EXPECT_EQ(reveal(1), "SubtensorModule.NotEnoughStakeToSetWeights");
  root({call::SetStakeThreshold{0}});
  EXPECT_EQ(reveal(1), "");
  EXPECT_EQ(reveal(1), "SubtensorModule.NoWeightsCommitFound");
}

TEST_F(SealedWeights, TheWindowIsTheEpochAfterThePeriod) {
  for (const std::uint64_t period : {1, 3}) {
    owner({call::SetRevealPeriod{1, period}});
    chain_.advance_to(epoch_end() + 3);
    ASSERT_EQ(commit(1), "");
    const std::uint64_t epoch = (chain_.number() + 2) / 11 + period;
    EXPECT_EQ(std::get<1>(open()[0]), chain_.number());
    EXPECT_EQ(std::get<2>(open()[0]), epoch * 11 - 2);
    EXPECT_EQ(std::get<3>(open()[0]), epoch * 11 + 8);
    chain_.advance_to(static_cast<book::BlockNumber>(epoch * 11 - 4));
    EXPECT_EQ(reveal(1), "SubtensorModule.RevealTooEarly");
    EXPECT_EQ(reveal(1), "");
  }
}

TEST_F(SealedWeights, AnExpiredCommitIsToldAndThenForgotten) {
  chain_.advance_to(epoch_end() + 1);
  ASSERT_EQ(commit(1), "");
  const auto last = static_cast<book::BlockNumber>(std::get<3>(open()[0]));
  chain_.advance_to(last);
  EXPECT_EQ(open().size(), 1U);
  EXPECT_EQ(reveal(1), "SubtensorModule.ExpiredWeightCommit");
  chain_.advance_to(epoch_end());
  EXPECT_FALSE(Storage(chain_.state()).has(item::kWeightCommits, 1, id(kValidatorHot))) << "an epoch forgets it";
  EXPECT_EQ(reveal(1), "SubtensorModule.NoWeightsCommitFound");
}

TEST_F(SealedWeights, ANewCommitDropsTheExpiredOnes) {
  chain_.advance_to(epoch_end() + 1);
  ASSERT_EQ(commit(1), "");
  chain_.advance_to(static_cast<book::BlockNumber>(std::get<3>(open()[0])));
  ASSERT_EQ(commit(2), "");
  ASSERT_EQ(open().size(), 1U);
  EXPECT_EQ(std::get<0>(open()[0]), seal(2).commit_hash);
}

// The digest covers the hot key, so that nobody can copy a commit and reveal it after its owner did.
TEST_F(SealedWeights, AnotherKeysDigestIsNoUse) {
  ASSERT_EQ(chain_.ask(kMinerHot, {seal(1, kValidatorHot)}), "");
  chain_.advance_to(epoch_end());
  EXPECT_EQ(reveal(1, kMinerHot), "SubtensorModule.InvalidRevealCommitHashNotMatch");
}

}  // namespace
}  // namespace noonmark::runtime
