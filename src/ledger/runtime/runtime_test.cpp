// What the pool asks, and what holds for any calls: money is kept, blocks are a function of what is in them, and
// foreign bytes do no harm.
#include "ledger/runtime/runtime.h"

#include <gtest/gtest.h>

#include "base/core/random.h"
#include "ledger/book/ledger.h"
#include "ledger/runtime/chain_for_tests.h"

namespace noonmark::runtime {
namespace {

using Reason = Invalid::Reason;

TEST(Runtime, ItsMetadataIsMetadata) {
  const auto runtime = Runtime::open({});
  ASSERT_TRUE(runtime.ok());
  const auto decoded = scale::decode_metadata((*runtime)->metadata());
  ASSERT_TRUE(decoded.ok()) << decoded.error().message;
  EXPECT_EQ(decoded->call("SubtensorModule", "set_weights")->index, 0);
}

class Judged : public testing::Test {
 protected:
  static AnyCall remark() { return {call::Remark{{1, 2, 3}}}; }
  /// The reason, "ok", or the number of a custom one.
  std::string judge(core::ByteView extrinsic) const {
    const Validity validity = chain_.validity(extrinsic);
    const auto* invalid = std::get_if<Invalid>(&validity);
    if (invalid == nullptr) return "ok";
    if (invalid->reason == Reason::custom) return std::to_string(invalid->custom);
    constexpr const char* kNames[] = {"bad_format", "call",      "payment", "future",
                                      "stale",      "bad_proof", "ancient", "room"};
    return kNames[static_cast<std::size_t>(invalid->reason)];
  }
  std::string judge(std::uint8_t who, const AnyCall& call) const { return judge(chain_.signed_extrinsic(who, call)); }
  void refill(const Genesis& genesis) { chain_ = TestChain(genesis); }

  TestChain chain_;
};

TEST_F(Judged, ASignedCallIsValidForItsEra) {
  chain_.advance(100);
  const Validity mortal = chain_.validity(chain_.signed_extrinsic(kRich, remark(), 64));
  ASSERT_TRUE(std::holds_alternative<Valid>(mortal));
  EXPECT_EQ(std::get<Valid>(mortal), (Valid{id(kRich), 0, 100 + 63}));
  const Validity immortal = chain_.validity(chain_.signed_extrinsic(kRich, remark()));
  EXPECT_EQ(std::get<Valid>(immortal).valid_until, UINT32_MAX);
}

TEST_F(Judged, OutsideItsEraTheSignatureCoversAnotherBlock) {
  chain_.advance(10);
  const core::Bytes extrinsic = chain_.signed_extrinsic(kRich, remark(), 8);
  chain_.advance(6);
  EXPECT_EQ(judge(extrinsic), "ok") << "for the last block of its era";
  chain_.advance(1);
  EXPECT_EQ(judge(extrinsic), "ancient") << "it would be born in the block that is being made";
  chain_.advance(1);
  EXPECT_EQ(judge(extrinsic), "bad_proof");
}

TEST_F(Judged, EachReasonIsGiven) {
  const core::Bytes good = chain_.signed_extrinsic(kRich, remark());
  EXPECT_EQ(judge(good), "ok");
  EXPECT_EQ(judge(core::Bytes{}), "bad_format");
  EXPECT_EQ(judge(core::ByteView(good).first(good.size() - 1)), "bad_format");
  core::Bytes longer = good;
  longer.push_back(0);
  EXPECT_EQ(judge(longer), "bad_format");
  core::Bytes forged = good;
  forged.back() ^= 1;
  EXPECT_EQ(judge(forged), "bad_proof");
  EXPECT_EQ(judge(kStranger, remark()), "payment");
  chain_.make_block({good});
  EXPECT_EQ(judge(good), "stale");
}

TEST_F(Judged, AnUnknownCallIsNamedSo) {
  scale::SigningContext context;
  const auto unsigned_part = scale::prepare(chain_.runtime().described(), {77, 1}, context).value();
  EXPECT_EQ(judge(unsigned_part.with_signature(id(kRich), {})), "call");
}

TEST_F(Judged, AnAheadNonceIsThePoolsBusiness) {
  const core::Bytes first = chain_.signed_extrinsic(kRich, remark());
  chain_.make_block({first});
  const core::Bytes second = chain_.signed_extrinsic(kRich, remark());
  const TestChain before;
  EXPECT_TRUE(std::holds_alternative<Invalid>(before.validity(second)) ||
              std::get<Valid>(before.validity(second)).nonce == 1);
}

TEST_F(Judged, ATipBeyondAllMoneyCantBePaid) {
  EXPECT_EQ(judge(chain_.signed_extrinsic(kRich, remark(), 0, UINT64_MAX)), "payment");
  EXPECT_EQ(judge(chain_.signed_extrinsic(kRich, remark(), 0, UINT64_MAX - kFee + 1)), "payment");
  EXPECT_EQ(judge(chain_.signed_extrinsic(kRich, remark(), 0, 1000 * kTao - kFee)), "ok");
  EXPECT_EQ(judge(chain_.signed_extrinsic(kRich, remark(), 0, 1000 * kTao - kFee + 1)), "payment");
}

TEST_F(Judged, FreeCallsOfStrangersAreRefusedWithTen) {
  EXPECT_EQ(judge(kStranger, {call::SetWeights{1, {0}, {1}, 0}}), "10");
  EXPECT_EQ(judge(kStranger, {call::CommitWeights{1, {}}}), "10");
  EXPECT_EQ(judge(kStranger, {call::RevealWeights{1, {0}, {1}, {}, 0}}), "10");
  EXPECT_EQ(judge(kStranger, {call::ServeAxon{1, 1, {1, 0}, 80, 4, 4}}), "10");
  EXPECT_EQ(judge(kStranger, {call::SetCommitment{1, {}}}), "10");
  EXPECT_EQ(judge(kMinerHot, {call::SetCommitment{1, {}}}), "ok") << "without any money";
}

// chain.md B5: the numbers of subtensor's transaction extension.
TEST_F(Judged, CallsThatCantWorkAreRefusedByNumber) {
  const AnyCall good{call::SetWeights{1, {2}, {1}, 0}};
  EXPECT_EQ(judge(kRich, {call::BurnedRegister{9, id(kLaterHot)}}), "3");
  EXPECT_EQ(judge(kMinerHot, {call::ServeAxon{1, 1, {0x7f000001, 0}, 80, 4, 4}}), "11");
  EXPECT_EQ(judge(kMinerHot, {call::ServeAxon{1, 1, {1, 0}, 0, 4, 4}}), "13");
  EXPECT_EQ(judge(kMinerHot, {call::ServeAxon{1, 1, {1, 0}, 80, 5, 4}}), "255");
  EXPECT_EQ(judge(kMinerHot, {call::ServeAxon{1, 1, {0, 0}, 80, 4, 4}}), "ok") << "0.0.0.0";
  ASSERT_EQ(chain_.ask(kMinerHot, {call::ServeAxon{1, 1, {0, 0}, 80, 4, 4}}), "");
  EXPECT_EQ(judge(kMinerHot, {call::ServeAxon{1, 1, {0, 0}, 80, 4, 4}}), "12");
  EXPECT_EQ(judge(kValidatorHot, good), "ok");
  ASSERT_EQ(chain_.ask(kValidatorHot, good), "");
  EXPECT_EQ(judge(kValidatorHot, good), "6");
  ASSERT_EQ(chain_.ask(kOwner, {call::Sudo{{{call::SetStakeThreshold{1000 * kTao}}}}}), "");
  EXPECT_EQ(judge(kValidatorHot, good), "1");
}

TEST_F(Judged, RevealsThatCantWorkAreRefusedByNumber) {
  Genesis genesis = genesis_for_tests();
  genesis.subnets[0].commit_reveal = true;
  refill(genesis);
  const call::RevealWeights row{1, {2}, {1}, {5}, 0};
  const auto digest = book::weight_commit_digest(id(kValidatorHot), {1, {{2, 1}}, {5}, 0});
  EXPECT_EQ(judge(kValidatorHot, {row}), "16");
  ASSERT_EQ(chain_.ask(kValidatorHot, {call::CommitWeights{1, digest.bytes}}), "");
  EXPECT_EQ(judge(kValidatorHot, {row}), "17");
  EXPECT_EQ(judge(kValidatorHot, {call::RevealWeights{1, {2}, {1}, {6}, 0}}), "16");
  EXPECT_EQ(judge(kValidatorHot, {call::CommitWeights{1, digest.bytes}}), "6");
  chain_.advance_to(10);
  EXPECT_EQ(judge(kValidatorHot, {row}), "ok");
  chain_.advance_to(20);
  EXPECT_EQ(judge(kValidatorHot, {row}), "17") << "too late";
}

TEST_F(Judged, JudgingChangesNothing) {
  const std::size_t before = chain_.state().size();
  judge(kMinerHot, {call::ServeAxon{1, 1, {0, 0}, 80, 4, 4}});
  judge(kValidatorHot, {call::SetWeights{1, {2}, {1}, 0}});
  EXPECT_EQ(chain_.state().size(), before);
  EXPECT_FALSE(Storage(chain_.state()).has(item::kAxons, 1, id(kMinerHot)));
}

TEST(Runtime, AnEarlierNonceIsDroppedAndALaterOneWaits) {
  TestChain chain;
  const TestChain::Offered remark{id(kRich), {call::Remark{}}};
  const Executed made =
      chain.make_block({chain.extrinsic(remark, 1), chain.extrinsic(remark, 0), chain.extrinsic(remark, 0)});
  using Outcome = Executed::Outcome;
  EXPECT_EQ(made.outcomes, (std::vector{Outcome::postponed, Outcome::included, Outcome::dropped}));
}

/// Any call of the chain, with arguments that are often right.
class AnyCalls {
 public:
  explicit AnyCalls(std::uint64_t seed) : random_(seed) {
    for (std::uint8_t n = 1; n <= 14; ++n) ids_.push_back(id(n));
  }
  TestChain::Offered draw() { return {who(), call(0), random_.below(50) == 0 ? random_.uint64() : random_.below(3)}; }
  std::size_t below(std::size_t bound) { return random_.below(bound); }

 private:
  AccountId who() { return ids_[random_.below(ids_.size())]; }
  NetUid netuid() { return static_cast<NetUid>(random_.below(15) == 0 ? 77 : 1 + random_.below(2)); }
  Rao amount() {
    switch (random_.below(6)) {
      case 0:
        return random_.below(1000);
      case 1:
        return random_.uint64();
      case 2:
        return kExistentialDeposit;
      default:
        return random_.below(20 * kTao);
    }
  }
  std::vector<std::uint16_t> row(std::uint64_t bound) {
    std::vector<std::uint16_t> row(random_.below(4));
    for (std::uint16_t& one : row) one = static_cast<std::uint16_t>(random_.below(bound));
    return row;
  }
  AnyCall admin() {
    const auto small = static_cast<std::uint16_t>(random_.below(12));
    switch (random_.below(9)) {
      case 0:
        return {call::SetTempo{netuid(), small}};
      case 1:
        return {call::SetMaxAllowedUids{netuid(), small}};
      case 2:
        return {call::SetMaxAllowedValidators{netuid(), small}};
      case 3:
        return {call::SetImmunityPeriod{netuid(), small}};
      case 4:
        return {call::SetCommitReveal{netuid(), random_.below(2) == 0}};
      case 5:
        return {call::SetRevealPeriod{netuid(), random_.below(4)}};
      case 6:
        return {call::SetWeightsRateLimit{netuid(), random_.below(4)}};
      case 7:
        return {call::SetMinAllowedWeights{netuid(), small}};
      default:
        return {call::SetStakeThreshold{random_.below(3)}};
    }
  }
  AnyCall call(int depth) {
    switch (random_.below(15)) {
      case 0:
        return {call::TransferAllowDeath{{who()}, {amount()}}};
      case 1:
        return {call::TransferKeepAlive{{who()}, {amount()}}};
      case 2:
      case 3:
        return {call::SetWeights{netuid(), row(6), row(65536), 0}};
      case 4:
        return {call::AddStake{who(), netuid(), amount()}};
      case 5:
        return {call::RemoveStake{who(), netuid(), amount()}};
      case 6:
        return {
            call::ServeAxon{netuid(), 1, {random_.below(3), 0}, static_cast<std::uint16_t>(random_.below(3)), 4, 4}};
      case 7:
      case 8:
        return {call::BurnedRegister{netuid(), who()}};
      case 9:
        return {call::CommitWeights{netuid(), book::weight_commit_digest(who(), {1, {{1, 1}}, {1}, 0}).bytes}};
      case 10:
        return {call::RevealWeights{1, {1}, {1}, {1}, 0}};
      case 11:
        return {call::SetCommitment{netuid(), {{{core::Bytes(random_.below(129))}}}}};
      case 12:
        return random_.below(6) == 0 ? AnyCall{call::RegisterNetwork{who()}} : AnyCall{call::StartCall{netuid()}};
      case 13:
        return random_.below(2) == 0 ? admin() : AnyCall{call::Sudo{{admin()}}};
      default:
        if (depth == 3) return {call::Remark{}};
        return {call::BatchAll{{call(depth + 1), call(depth + 1)}}};
    }
  }

  core::Philox random_;
  std::vector<AccountId> ids_;
};

TEST(RandomCalls, KeepEveryRaoAndMakeTheSameBlocksOnTwoMachines) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    TestChain one, other;
    AnyCalls calls(seed);
    std::size_t included = 0;
    for (int block = 0; block < 600; ++block) {
      std::vector<core::Bytes> offered;
      for (std::size_t i = calls.below(10); i > 0; --i) {
        const TestChain::Offered call = calls.draw();
        offered.push_back(one.extrinsic(call, one.nonce(call.signer)));
      }
      const Executed made = one.make_block(offered), again = other.make_block(offered);
      ASSERT_EQ(made.changes, again.changes);
      ASSERT_EQ(made.outcomes, again.outcomes);
      included += made.extrinsics.size() - 1;
      const Audit audit = one.audited();
      ASSERT_TRUE(audit.balanced()) << "seed " << seed << ", block " << block << ": " << audit.balances << " + "
                                    << audit.stakes << " + " << audit.pending << " + " << audit.burned
                                    << " != " << audit.issued;
      ASSERT_EQ(one.get(item::kStaked), audit.stakes);
    }
    EXPECT_GT(included, 1000U) << "of about 2700";
  }
}

TEST(HostileBytes, AreDroppedAndKeepEveryRao) {
  core::Philox random(9);
  TestChain chain;
  AnyCalls calls(9);
  for (int block = 0; block < 300; ++block) {
    std::vector<core::Bytes> offered;
    for (int i = 0; i < 10; ++i) {
      core::Bytes bytes(random.below(200));
      if (i % 5 != 0) {
        const TestChain::Offered call = calls.draw();
        bytes = chain.extrinsic(call, chain.nonce(call.signer));
      }
      for (std::size_t flips = random.below(4); flips > 0 && !bytes.empty(); --flips) {
        bytes[random.below(bytes.size())] = static_cast<std::uint8_t>(random.uint32());
      }
      if (i % 3 == 0) bytes.resize(random.below(bytes.size() + 1));
      chain.validity(bytes);
      (void)chain.runtime().fee(chain.state(), bytes);
      offered.push_back(std::move(bytes));
    }
    chain.make_block(offered);
    ASSERT_TRUE(chain.audited().balanced()) << block;
  }
}

}  // namespace
}  // namespace noonmark::runtime
