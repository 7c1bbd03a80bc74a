#include <gtest/gtest.h>

#include "base/core/files.h"
#include "contest/submission/fake_ledger_for_tests.h"
#include "contest/submission/pointer.h"
#include "edge/miner/status.h"
#include "edge/miner/submitter.h"

namespace noonmark::miner {
namespace {

using namespace std::chrono_literals;
using submission::FakeLedger;

const core::UnixNanos kNoon = std::chrono::sys_days(std::chrono::year(2026) / 11 / 26) + 17h;  // in New York
const std::string kStore = "https://store.example";

/// A clock that makes blocks: one every 12 s of the time that a sleeper lets pass.
class BlockClock final : public core::Clock {
 public:
  explicit BlockClock(FakeLedger& ledger) : ledger_(ledger), now_(ledger.blocks.back().time) {}
  core::UnixNanos now() const override { return now_; }
  core::Nanos steady() const override { return now_.time_since_epoch(); }
  void sleep_for(core::Nanos duration) override {
    now_ += duration;
    while (ledger_.blocks.back().time + 12s <= now_) ledger_.make_block(ledger_.blocks.back().time + 12s);
  }

 private:
  FakeLedger& ledger_;
  core::UnixNanos now_;
};

/// Whoever gets it does nothing more, as if killed there.
core::Error killed() { return core::internal("killed"); }
bool was_killed(const core::Result<Ticket>& result) {
  return !result.ok() && result.error().message.ends_with("killed");
}

class Miner : public testing::Test {
 protected:
  void SetUp() override {
    contest_.id = "tiny";
    clock_.sleep_for(12s);
    sign::AccountId coldkey;
    ledger_.add_neuron(key_.account(), coldkey);
    ledger_.next_time = [this] {
      clock_.sleep_for(1ns);
      return ledger_.blocks.back().time + 12s;
    };
  }
  Submitter submitter() { return {contest_, 1, folder_.path(), {ledger_, key_, clock_, stop_, {}}}; }
  core::Result<Ticket> plan(bool sealed = true) {
    submission::Salt salt;
    salt.fill(5);
    return submitter().plan(hash::sha256("mine"), kStore, sealed ? std::optional(salt) : std::nullopt);
  }
  std::string state() { return status_of(submitter().ticket().value(), contest_, {}, ledger_).value().state; }
  submission::Collection collection() {
    const auto at = [&](core::UnixNanos instant) {
      return submission::take_snapshot(ledger_, 1, *submission::first_block_at(ledger_, instant).value()).value();
    };
    return submission::collect(contest_, at(kNoon), at(kNoon + contest_.submission.reveal), {});
  }
  void pass(core::Nanos duration) { clock_.sleep_for(duration); }

  rules::Contest contest_;
  FakeLedger ledger_{kNoon - 10min};
  BlockClock clock_{ledger_};
  std::atomic<bool> stop_{false};
  core::TempDir folder_ = core::TempDir::create("miner").value();
  sign::Sr25519Pair key_ = [] {
    std::array<std::uint8_t, 32> bytes{};
    return sign::Sr25519Pair(sign::Seed::from_bytes(bytes));
  }();
};

TEST_F(Miner, ASealedEntryGoesAllTheWay) {
  ASSERT_TRUE(plan().ok());
  EXPECT_EQ(state(), "planned");
  const auto entered = submitter().enter();
  ASSERT_TRUE(entered.ok()) << entered.error().message;
  EXPECT_EQ(entered->cut_off, kNoon);
  EXPECT_EQ(state(), "sealed");
  const auto opened = submitter().open();
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  EXPECT_EQ(opened->stage, Stage::opened);
  EXPECT_GE(ledger_.blocks[*opened->opened - 1].time, kNoon);
  EXPECT_EQ(state(), "opened");
  pass(1h);
  EXPECT_EQ(state(), "measuring");
  ASSERT_EQ(collection().entrants.size(), 1U);
  EXPECT_EQ(collection().entrants[0].claimed_block, *entered->entered);
  EXPECT_EQ(ledger_.submissions, 2);
}

TEST_F(Miner, AnOpenEntryIsDoneWhenItIsInABlock) {
  ASSERT_TRUE(plan(false).ok());
  ASSERT_TRUE(submitter().enter().ok());
  EXPECT_EQ(state(), "open");
  EXPECT_TRUE(submitter().open().ok());
  EXPECT_EQ(ledger_.submissions, 1);
}

TEST_F(Miner, KilledBetweenAnyTwoStepsNothingIsLostAndNothingSentTwice) {
  // Point by point: while the first and the second record are being sent, before and after the ledger has it.
  for (int point = 0; point < 4; ++point) {
    Miner_KilledBetweenAnyTwoStepsNothingIsLostAndNothingSentTwice_Test fresh;
    fresh.SetUp();
    FakeLedger& ledger = fresh.ledger_;
    ASSERT_TRUE(fresh.plan().ok());
    int call = 0;
    ledger.on_submit = [&]() -> core::Result<void> {
      if (call++ == point / 2 && point % 2 == 0) return killed();
      return {};
    };
    const auto run = [&] {
      auto result = fresh.submitter().enter();
      if (result.ok()) result = fresh.submitter().open();
      return result;
    };
    if (point % 2 == 1) {
      // The ledger takes the record, but the answer never arrives.
      ledger.after_submit = [&]() -> core::Result<void> {
        if (call == point / 2 + 1) return killed();
        return {};
      };
    }
    EXPECT_TRUE(was_killed(run())) << point;
    ledger.on_submit = {};
    ledger.after_submit = {};
    const int sent = ledger.submissions;
    const auto result = run();
    ASSERT_TRUE(result.ok()) << point << ": " << result.error().message;
    EXPECT_EQ(result->stage, Stage::opened);
    fresh.pass(1h);
    EXPECT_EQ(fresh.collection().entrants.size(), 1U) << point;
    // What had arrived isn't sent again.
    EXPECT_EQ(ledger.submissions - sent, 2 - point / 2 - point % 2) << point;
  }
}

TEST_F(Miner, TheSaltIsOnDiskBeforeTheSealIsSent) {
  ASSERT_TRUE(plan().ok());
  ledger_.on_submit = [&]() -> core::Result<void> {
    EXPECT_EQ(submitter().ticket().value().open.salt[0], 5);
    return killed();
  };
  EXPECT_TRUE(was_killed(submitter().enter()));
}

TEST_F(Miner, AnOutageOfTheLedgerWhileOpeningIsWaitedThrough) {
  ASSERT_TRUE(plan().ok());
  ASSERT_TRUE(submitter().enter().ok());
  int refused = 0;
  ledger_.on_submit = [&]() -> core::Result<void> {
    if (++refused < 20) return core::unavailable("no node answers");
    return {};
  };
  EXPECT_EQ(submitter().open().value().stage, Stage::opened);
  EXPECT_EQ(refused, 20);
}

TEST_F(Miner, ALedgerThatBoundsHowOftenAKeyCommitsIsAskedAgain) {
  ASSERT_TRUE(plan().ok());
  ASSERT_TRUE(submitter().enter().ok());
  ledger_.call_error = "Commitments.CommitmentSetRateLimitExceeded";
  ledger_.on_submit = [&]() -> core::Result<void> {
    if (ledger_.submissions == 6) ledger_.call_error.clear();
    return {};
  };
  EXPECT_EQ(submitter().open().value().stage, Stage::opened);
}

TEST_F(Miner, OpenedTooLateIsMissedAndTold) {
  ASSERT_TRUE(plan().ok());
  ASSERT_TRUE(submitter().enter().ok());
  pass(2h);
  EXPECT_EQ(state(), "refused");
  const auto opened = submitter().open();
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind, core::ErrorKind::conflict);
  EXPECT_EQ(state(), "missed");
  EXPECT_EQ(ledger_.submissions, 1);
  EXPECT_TRUE(plan().ok());
}

TEST_F(Miner, ARecordAfterTheCutOffIsForTheNextDay) {
  pass(11min);
  ASSERT_TRUE(plan().ok());
  EXPECT_EQ(submitter().enter().value().cut_off, kNoon + 24h);
}

TEST_F(Miner, ASealedEntryThatWaitsToBeOpenedIsNotForgotten) {
  ASSERT_TRUE(plan().ok());
  ASSERT_TRUE(submitter().enter().ok());
  EXPECT_TRUE(plan().ok()) << "before the cut-off it may be replaced";
  ASSERT_TRUE(submitter().enter().ok());
  pass(15min);
  EXPECT_EQ(state(), "to_open");
  EXPECT_EQ(plan().error().kind, core::ErrorKind::conflict);
  EXPECT_TRUE(submitter().open().ok());
}

TEST_F(Miner, AReplacedSealIsNotOpenedOverTheOtherRecord) {
  ASSERT_TRUE(plan().ok());
  ASSERT_TRUE(submitter().enter().ok());
  ledger_.commit(key_.account(), {1, 2, 3});
  EXPECT_EQ(submitter().open().error().kind, core::ErrorKind::conflict);
  EXPECT_EQ(ledger_.submissions, 1);
}

TEST_F(Miner, AnUnregisteredKeyAndARefusingLedgerAreToldInWords) {
  ASSERT_TRUE(plan().ok());
  ledger_.call_error = "Commitments.SpaceLimitExceeded";
  EXPECT_NE(submitter().enter().error().message.find("SpaceLimitExceeded"), std::string::npos);
  ledger_.blocks.back().neurons.clear();
  EXPECT_NE(submitter().enter().error().message.find("register"), std::string::npos);
}

TEST_F(Miner, StopEndsTheWaitAndResumingGoesOn) {
  ASSERT_TRUE(plan().ok());
  ASSERT_TRUE(submitter().enter().ok());
  stop_ = true;
  EXPECT_EQ(submitter().open().error().kind, core::ErrorKind::cancelled);
  stop_ = false;
  EXPECT_TRUE(submitter().open().ok());
}

TEST_F(Miner, StatusTellsWhatValidatorsFound) {
  sign::AccountId validator;
  validator.bytes.fill(3);
  ledger_.add_neuron(validator, validator);
  ledger_.blocks.back().neurons.back().validator_permit = true;
  ledger_.blocks.back().neurons.back().stake = 10;
  ASSERT_TRUE(plan().ok());
  ASSERT_TRUE(submitter().enter().ok());
  ASSERT_TRUE(submitter().open().ok());
  pass(1h);
  EXPECT_EQ(state(), "measuring");
  const auto say = [&](std::uint32_t day, std::string_view winner) {
    const submission::Evidence evidence{submission::tag_of("tiny"), day, hash::sha256("bundle"), hash::sha256(winner),
                                        "http://v"};
    ledger_.commit(validator, submission::encode(evidence).value());
  };
  say(20'783, "mine");
  EXPECT_EQ(state(), "won");
  say(20'783, "another");
  EXPECT_EQ(state(), "lost");
  const Status status = status_of(submitter().ticket().value(), contest_, {}, ledger_).value();
  ASSERT_EQ(status.voices.size(), 1U);
  EXPECT_EQ(status.voices[0].evidence, "http://v/evidence/" + hash::sha256("bundle").hex());
  say(20'784, "another");
  EXPECT_EQ(state(), "over");
}

TEST_F(Miner, StatusTellsARefusalWithItsReason) {
  ASSERT_TRUE(plan(false).ok());
  ASSERT_TRUE(submitter().enter().ok());
  pass(2h);
  const submission::Lists lists{{{key_.account(), {}, "sold copies"}}, {}, {}};
  const Status status = status_of(submitter().ticket().value(), contest_, lists, ledger_).value();
  EXPECT_EQ(status.state, "refused");
  EXPECT_EQ(status.code, "excluded");
  EXPECT_EQ(status.message, "sold copies");
}

}  // namespace
}  // namespace noonmark::miner
