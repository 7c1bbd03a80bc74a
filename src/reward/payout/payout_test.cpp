#include "reward/payout/payout.h"

#include <memory>
#include <set>

#include <gtest/gtest.h>

#include "base/core/files.h"
#include "base/core/random.h"
#include "reward/payout/internal/fake_ledger_for_tests.h"
#include "reward/payout/internal/state.h"

namespace noonmark::payout {
namespace {

class PayoutTest : public testing::Test {
 protected:
  PayoutTest() { settings_.interval = 15; }
  ~PayoutTest() override { Chain::free(chain_); }

  Payout open() {
    return Payout::open(
               ledger_, 1, key_, file_,
               [this](std::span<std::uint8_t> out) {
                 for (auto& byte : out) byte = static_cast<std::uint8_t>(random_.uint32());
               },
               settings_)
        .value();
  }
  State state() { return parse_state(core::read_text(file_, 1 << 20).value()).value(); }
  /// Ticks block by block until `status` or 500 blocks later.
  Outcome until(Payout& payout, Status status) {
    Outcome outcome;
    for (int i = 0; i < 500; ++i) {
      outcome = payout.tick(row_of_the_moment).value();
      if (outcome.status == status) return outcome;
      chain_->advance();
    }
    ADD_FAILURE() << "never " << name_of(status) << ", last: " << outcome.message;
    return outcome;
  }

  core::TempDir folder_ = core::TempDir::create("payout").value();
  const std::filesystem::path file_ = folder_.path() / "payout.json";
  Chain* chain_ = Chain::make();
  sign::Sr25519Pair key_{sign::Seed::from_bytes(std::array<std::uint8_t, 32>{5})};
  FakeLedger ledger_{*chain_, key_.account()};
  core::Philox random_{20261126};
  Settings settings_;
};

TEST_F(PayoutTest, CF48SetsAtStartAndThenOncePerEpoch) {
  Payout payout = open();
  EXPECT_EQ(payout.tick(row_of_the_moment).value().status, Status::set);
  EXPECT_EQ(chain_->mark, 1000);
  for (int i = 0; i < 210; ++i) {
    chain_->advance();
    ASSERT_TRUE(payout.tick(row_of_the_moment).ok());
  }
  EXPECT_EQ(chain_->landed_count, 11u);  // epochs of 21 blocks
  expect_one_row_per_epoch(*chain_);
}

TEST_F(PayoutTest, CF48WaitsTheIntervalWhereThatIsLonger) {
  settings_.interval = 100;
  Payout payout = open();
  for (int i = 0; i < 310; ++i) {
    ASSERT_TRUE(payout.tick(row_of_the_moment).ok());
    chain_->advance();
  }
  EXPECT_EQ(chain_->landed_count, 4u);
}

TEST_F(PayoutTest, CF52RespectsTheRateLimit) {
  chain_->rate_limit = 150;
  chain_->last_update = 990;  // a row that this file knows nothing of
  Payout payout = open();
  for (int i = 0; i < 460; ++i) {
    ASSERT_NE(payout.tick(row_of_the_moment).value().status, Status::refused);
    chain_->advance();
  }
  EXPECT_EQ(chain_->sent_count, 3u);
  EXPECT_GE(chain_->landed[0].block, 990u + 150);
}

TEST_F(PayoutTest, WithoutItsFileItStillKeepsAnEpochsDistance) {
  {
    Payout payout = open();
    until(payout, Status::set);
  }
  std::filesystem::remove(file_);
  Payout payout = open();
  until(payout, Status::set);
  EXPECT_EQ(chain_->landed_count, 2u);
  expect_one_row_per_epoch(*chain_);
}

TEST_F(PayoutTest, CF48TriesAgainTenToFiftyBlocksAfterARefusal) {
  Payout payout = open();
  std::set<book::BlockNumber> pauses;
  for (int i = 0; i < 40; ++i) {
    ledger_.failure = core::denied("1010: Invalid Transaction: Custom error: 6");
    const Outcome outcome = until(payout, Status::refused);
    EXPECT_NE(outcome.message.find("Custom error: 6"), std::string::npos);
    const book::BlockNumber pause = outcome.next - chain_->head;
    ASSERT_GE(pause, 10u);
    ASSERT_LE(pause, 50u);
    pauses.insert(pause);
  }
  EXPECT_GT(pauses.size(), 15u);
  ledger_.failure.reset();
  until(payout, Status::set);
}

TEST_F(PayoutTest, ACallThatFailedInItsBlockIsTriedAgain) {
  Payout payout = open();
  chain_->permit = true;
  ledger_.moment = [&](const char* what) {
    if (std::string_view(what) == "in the pool") chain_->permit = false;
  };
  const Outcome outcome = until(payout, Status::refused);
  EXPECT_NE(outcome.message.find("NeuronNoValidatorPermit"), std::string::npos);
  ledger_.moment = [](const char*) {};
  chain_->permit = true;
  until(payout, Status::set);
}

TEST_F(PayoutTest, WithoutPermitItSaysSoAndWaits) {
  chain_->permit = false;
  Payout payout = open();
  for (int i = 0; i < 50; ++i) {
    const Outcome outcome = payout.tick(row_of_the_moment).value();
    EXPECT_EQ(outcome.status, Status::no_permit);
    EXPECT_NE(outcome.message.find("no validator permit on subnet 1"), std::string::npos);
    chain_->advance();
  }
  EXPECT_EQ(chain_->sent_count, 0u);
  chain_->permit = true;
  EXPECT_EQ(payout.tick(row_of_the_moment).value().status, Status::set);
}

TEST_F(PayoutTest, DeregisteredItSaysSo) {
  chain_->registered = false;
  Payout payout = open();
  const Outcome outcome = payout.tick(row_of_the_moment).value();
  EXPECT_EQ(outcome.status, Status::deregistered);
  EXPECT_NE(outcome.message.find("isn't registered on subnet 1"), std::string::npos);
  EXPECT_EQ(chain_->sent_count, 0u);
}

TEST_F(PayoutTest, CF52AnOldProgramDoesNotPretendToBeANewOne) {
  chain_->version = 50923;
  Payout payout = open();
  EXPECT_EQ(payout.tick(row_of_the_moment).value().status, Status::outdated);
  settings_.version_key = 50923;
  std::filesystem::remove(file_);
  Payout updated = open();
  EXPECT_EQ(updated.tick(row_of_the_moment).value().status, Status::set);
}

TEST_F(PayoutTest, AnEmptyRowIsNotSent) {
  Payout payout = open();
  const MakeRow nobody = [](const book::Metagraph&) { return std::vector<book::Weight>{}; };
  EXPECT_EQ(payout.tick(nobody).value().status, Status::nobody);
  EXPECT_EQ(chain_->sent_count, 0u);
}

TEST_F(PayoutTest, WhenTheAnswerIsLostItFindsOutWhatBecameOfTheCall) {
  for (const bool lands : {true, false}) {
    Payout payout = open();
    while (payout.tick(row_of_the_moment).value().status == Status::waiting && state().pending) chain_->advance();
    const std::size_t before = chain_->sent_count;
    ledger_.failure = core::unavailable("the node went away");
    ledger_.failure_lands = lands;
    ledger_.delay = [] { return 30u; };
    core::Result<Outcome> outcome = payout.tick(row_of_the_moment);
    while (outcome.ok()) {
      chain_->advance();
      outcome = payout.tick(row_of_the_moment);
    }
    ASSERT_EQ(chain_->sent_count, before + 1);
    ledger_.failure.reset();
    const book::BlockNumber sent = chain_->head;
    until(payout, Status::set);
    EXPECT_EQ(chain_->sent_count, before + (lands ? 1u : 2u));
    EXPECT_GE(chain_->head, sent + (lands ? 30u : settings_.in_flight));
    ledger_.delay = [] { return 1u; };
  }
  expect_one_row_per_epoch(*chain_);
}

TEST_F(PayoutTest, CF53CommitsAndRevealsInTheWindow) {
  chain_->commit_reveal = true;
  Payout payout = open();
  ledger_.on_send = [&](const Chain::Waiting& call) {
    // What is about to be sent is on disk.
    ASSERT_TRUE(state().pending);
    EXPECT_EQ(state().pending->row.salt.size(), 16u);
    EXPECT_EQ(book::weight_commit_digest(key_.account(), state().pending->row), call.digest);
  };
  EXPECT_EQ(payout.tick(row_of_the_moment).value().status, Status::committed);
  EXPECT_EQ(chain_->mark, 0);
  until(payout, Status::revealed);
  EXPECT_EQ(chain_->mark, 1000);
  EXPECT_EQ(std::filesystem::status(file_).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  for (int i = 0; i < 210; ++i) {
    chain_->advance();
    ASSERT_NE(payout.tick(row_of_the_moment).value().status, Status::refused);
  }
  EXPECT_GE(count_landed(*chain_, true, false), 10u);
  EXPECT_GE(count_landed(*chain_, false, true), 9u);
  EXPECT_EQ(chain_->expired_count, 0u);
  expect_one_row_per_epoch(*chain_);
  expect_reveals_match_commits(*chain_);
}

TEST_F(PayoutTest, ARefusedRevealIsTriedAgainWithinTheWindow) {
  chain_->commit_reveal = true;
  Payout payout = open();
  until(payout, Status::committed);
  chain_->permit = false;
  until(payout, Status::refused);
  chain_->permit = true;
  until(payout, Status::revealed);
  EXPECT_EQ(chain_->expired_count, 0u);
  expect_reveals_match_commits(*chain_);
}

TEST_F(PayoutTest, AMissedWindowIsToldAndANewRowFollows) {
  chain_->commit_reveal = true;
  {
    Payout payout = open();
    until(payout, Status::committed);
  }
  for (int i = 0; i < 60; ++i) chain_->advance();  // the validator was down
  Payout payout = open();
  EXPECT_EQ(payout.tick(row_of_the_moment).value().status, Status::expired);
  until(payout, Status::revealed);
  expect_reveals_match_commits(*chain_);
}

TEST_F(PayoutTest, WhenTheSubnetStopsHidingWeightsAPlainRowFollows) {
  chain_->commit_reveal = true;
  Payout payout = open();
  until(payout, Status::revealed);
  until(payout, Status::committed);
  chain_->commit_reveal = false;
  until(payout, Status::expired);
  until(payout, Status::set);
  std::vector<std::uint32_t> epochs;
  for (std::size_t i = 0; i < chain_->landed_count; ++i) {
    if (!chain_->landed[i].is_commit) epochs.push_back(chain_->epoch(chain_->landed[i].block));
  }
  EXPECT_EQ(std::set(epochs.begin(), epochs.end()).size(), epochs.size());
}

TEST_F(PayoutTest, ShortEpochsWork) {
  chain_->commit_reveal = true;
  chain_->tempo = 5;
  chain_->rate_limit = 0;
  settings_.interval = 1;
  Payout payout = open();
  for (int i = 0; i < 120; ++i) {
    ASSERT_TRUE(payout.tick(row_of_the_moment).ok());
    chain_->advance();
  }
  EXPECT_GE(count_landed(*chain_, false, true), 8u);
  expect_one_row_per_epoch(*chain_);
  expect_reveals_match_commits(*chain_);
}

TEST_F(PayoutTest, TheFileBelongsToOneKeyAndSubnet) {
  { until(*std::make_unique<Payout>(open()), Status::set); }
  const auto random = [](std::span<std::uint8_t>) {};
  EXPECT_EQ(Payout::open(ledger_, 2, key_, file_, random).error().kind, core::ErrorKind::conflict);
  for (const char* text : {"", "{}", R"({"format":2})", "[]", "\xff"}) {
    ASSERT_TRUE(core::write_file_atomic(file_, std::string_view(text)).ok());
    EXPECT_EQ(Payout::open(ledger_, 1, key_, file_, random).error().kind, core::ErrorKind::corrupt) << text;
  }
}

TEST(PayoutState, ReadsWhatItWrites) {
  State state;
  state.netuid = 7;
  state.last_set = 5;
  state.last_shown = 6;
  state.not_before = 9;
  state.pending = Pending{Phase::revealing, {7, {{1, 2}, {3, 4}}, {1, 65535}, 12}, 77};
  EXPECT_EQ(parse_state(to_text(state)).value(), state);
}

}  // namespace
}  // namespace noonmark::payout
