#include "ledger/runtime/in_process_ledger.h"

#include <gtest/gtest.h>

// What every ledger does is in tests/contract/ledger_contract_test.cpp; here is what only this one has.
namespace noonmark::runtime {
namespace {

using std::chrono::seconds;

constexpr book::Rao kTao = 1'000'000'000;
constexpr core::UnixNanos kStart{seconds(1'800'000'000)};

book::AccountId account(std::uint8_t n) {
  book::AccountId id;
  id.bytes.fill(n);
  return id;
}

Genesis genesis() {
  Genesis genesis;
  genesis.endowed = {{account(1), 100 * kTao}, {account(2), 100 * kTao}};
  Genesis::Subnet subnet;
  subnet.owner = account(1);
  subnet.owner_hotkey = account(11);
  subnet.tempo = 10;
  genesis.subnets = {subnet};
  return genesis;
}

class InProcess : public testing::Test {
 protected:
  std::unique_ptr<InProcessLedger> open(InProcessLedger::Settings settings) {
    settings.start = kStart;
    return InProcessLedger::open(*runtime_, settings).value();
  }
  std::unique_ptr<InProcessLedger> trusted() { return open({.trusted = true}); }
  std::unique_ptr<Runtime> runtime_ = Runtime::open(genesis()).value();
};

TEST_F(InProcess, BlocksComeWhenAskedForAndAreBlockTimeApart) {
  const auto ledger = open({.block_time = seconds(6)});
  EXPECT_EQ(ledger->head()->number, 0U);
  ASSERT_TRUE(ledger->advance(3).ok());
  const book::BlockRef head = ledger->head().value();
  EXPECT_EQ(head.number, 3U);
  EXPECT_EQ(ledger->block_time(head).value(), kStart + seconds(18));
  EXPECT_EQ(ledger->block(3).value(), head);
  EXPECT_EQ(ledger->block(4).error().kind, core::ErrorKind::not_found);
}

TEST_F(InProcess, ManyTrustedCallsShareOneBlock) {
  const auto ledger = trusted();
  const InProcessLedger::Asked asked[] = {{account(1), book::Transfer{account(3), kTao}},
                                          {account(2), book::Transfer{account(3), kTao}},
                                          {account(1), book::Transfer{account(3), 1000 * kTao}},
                                          {account(1), book::Transfer{account(3), kTao}}};
  const auto receipts = ledger->submit_all(asked).value();
  ASSERT_EQ(receipts.size(), 4U);
  const book::BlockRef head = ledger->head().value();
  EXPECT_EQ(head.number, 1U);
  for (std::size_t i = 0; i < receipts.size(); ++i) {
    EXPECT_EQ(receipts[i]->block, head);
    EXPECT_EQ(receipts[i]->index, i + 1);  // behind the time
    EXPECT_EQ(receipts[i]->success, i != 2);
  }
  EXPECT_EQ(receipts[2]->error, "Balances.InsufficientBalance");
  EXPECT_EQ(ledger->account(account(3), head)->free, 3 * kTao);
  EXPECT_EQ(ledger->account(account(1), head)->nonce, 3U);
  EXPECT_TRUE(ledger->audit()->balanced());
}

TEST_F(InProcess, WhoCantPayTheFeeIsDenied) {
  const auto ledger = trusted();
  const InProcessLedger::Asked asked[] = {{account(9), book::Transfer{account(3), kTao}},
                                          {account(9), book::Transfer{account(3), kTao}},
                                          {account(2), book::Transfer{account(3), kTao}}};
  const auto receipts = ledger->submit_all(asked).value();
  EXPECT_EQ(receipts[0].error().kind, core::ErrorKind::denied);
  EXPECT_EQ(receipts[1].error().kind, core::ErrorKind::denied);
  EXPECT_TRUE(receipts[2]->success);
  EXPECT_EQ(receipts[2]->index, 1U);
}

TEST_F(InProcess, OnlyAsMuchHistoryIsKeptAsWasAskedFor) {
  const auto short_one = open({.history = 2, .trusted = true});
  const auto whole = trusted();
  std::vector<book::BlockRef> blocks;
  for (book::Rao i = 1; i <= 30; ++i) {
    const InProcessLedger::Asked asked[] = {{account(1), book::Transfer{account(3), kTao}}};
    ASSERT_TRUE(short_one->submit_all(asked).ok());
    ASSERT_TRUE(whole->submit_all(asked).ok());
    blocks.push_back(whole->head().value());
    EXPECT_EQ(short_one->head().value(), blocks.back());  // the same calls make the same blocks
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    EXPECT_EQ(whole->account(account(3), blocks[i])->free, (i + 1) * kTao);
    const auto there = short_one->account(account(3), blocks[i]);
    ASSERT_EQ(there.ok(), i >= 27);
    if (there.ok()) {
      EXPECT_EQ(there->free, (i + 1) * kTao);
    } else {
      EXPECT_EQ(there.error().kind, core::ErrorKind::not_found);
    }
  }
}

TEST_F(InProcess, ABlockOfAnotherLedgerIsNotFound) {
  const auto ledger = trusted();
  EXPECT_EQ(ledger->metagraph(1, {0, {}}).error().kind, core::ErrorKind::not_found);
}

}  // namespace
}  // namespace noonmark::runtime
