#include "ledger/node/chain.h"

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/core/files.h"
#include "ledger/node/testing/toy_machine.h"

namespace noonmark::node {
namespace {

using testing::ToyMachine;

constexpr core::UnixNanos kStart{std::chrono::seconds(1'000'000)};

/// A chain on a database file that can be closed and opened again.
struct Home {
  explicit Home(const std::filesystem::path& folder, const ToyMachine& toy)
      : database(sql::Database::open_sqlite(folder / "chain.sqlite").value()),
        store(ChainStore::open(database).value()),
        chain(Chain::open(toy, store, kStart).value()) {}
  sql::Database database;
  ChainStore store;
  Chain chain;
};

class ChainTest : public ::testing::Test {
 protected:
  ChainTest() { reopen(); }
  void reopen() {
    home.reset();
    home = std::make_unique<Home>(folder.path(), toy);
  }
  book::BlockHash submit(std::uint8_t signer, std::uint32_t nonce, std::string_view text) {
    const auto submitted = home->chain.submit(ToyMachine::extrinsic(signer, nonce, text)).value();
    EXPECT_TRUE(std::holds_alternative<book::BlockHash>(submitted)) << text;
    return std::holds_alternative<book::BlockHash>(submitted) ? std::get<book::BlockHash>(submitted)
                                                              : book::BlockHash{};
  }
  Refusal refused(core::Bytes extrinsic) {
    const auto submitted = home->chain.submit(std::move(extrinsic)).value();
    EXPECT_TRUE(std::holds_alternative<Refusal>(submitted));
    return std::holds_alternative<Refusal>(submitted) ? std::get<Refusal>(submitted) : Refusal{};
  }
  std::string value(std::string_view key) const {
    const auto found = home->chain.state().get(core::as_bytes(key)).value();
    return found ? std::string(core::as_text(*found)) : "nothing";
  }

  core::TempDir folder = core::TempDir::create("chain").value();
  ToyMachine toy;
  std::unique_ptr<Home> home;
};

TEST_F(ChainTest, MakesBlocksThatFollowEachOther) {
  const book::BlockHash genesis = home->chain.head_hash();
  EXPECT_EQ(home->chain.genesis_hash(), genesis);
  const book::BlockHash one = submit(1, 0, "a=x"), two = submit(1, 1, "b=");
  const Made made = home->chain.make_block(kStart + std::chrono::seconds(12)).value();
  EXPECT_EQ(made.block.header.number, 1u);
  EXPECT_EQ(made.block.header.parent, genesis);
  EXPECT_EQ(made.block.extrinsics.size(), 3u);
  ASSERT_EQ(made.settled.size(), 2u);
  EXPECT_EQ(made.settled[0].hash, one);
  EXPECT_EQ(made.settled[1].hash, two);
  EXPECT_EQ(value("a"), "x");
  EXPECT_EQ(value("b"), "nothing");
  EXPECT_EQ(core::as_text(*home->store.state_at(0)->get(core::as_bytes("b")).value()), "3");
  EXPECT_EQ(home->chain.pool().size(), 0u);
  const Made next = home->chain.make_block(kStart).value();
  EXPECT_EQ(next.block.header.parent, made.hash);
  EXPECT_GT(next.block.time, made.block.time) << "time goes on although the clock went back";
}

TEST_F(ChainTest, RefusesAsTheRealChainDoes) {
  const Refusal custom = refused(ToyMachine::extrinsic(1, 0, "bad"));
  EXPECT_EQ(custom.code, 1010);
  EXPECT_EQ(custom.message, "Invalid Transaction");
  EXPECT_EQ(custom.data, "Custom error: 11");
  EXPECT_EQ(refused({1, 2, 3}).code, 1001);
  EXPECT_EQ(refused(core::Bytes(300'000, 1)).code, 1010);
  submit(1, 0, "a=1");
  EXPECT_EQ(refused(ToyMachine::extrinsic(1, 0, "a=1")).code, 1013);
  EXPECT_EQ(refused(ToyMachine::extrinsic(1, 0, "a=2")).code, 1014);
  ASSERT_TRUE(home->chain.make_block(kStart).ok());
  EXPECT_EQ(refused(ToyMachine::extrinsic(1, 0, "a=1")).data, "Transaction is outdated");
}

TEST_F(ChainTest, DropsWhatFailsOrComesTooLate) {
  const book::BlockHash failing = submit(1, 0, "fail=");
  const auto late = home->chain.submit(ToyMachine::extrinsic(2, 5, "a=1", 1)).value();
  const Made made = home->chain.make_block(kStart).value();
  ASSERT_EQ(made.settled.size(), 2u);
  EXPECT_EQ(made.settled[0].hash, failing);
  EXPECT_EQ(made.settled[1].hash, std::get<book::BlockHash>(late));
  EXPECT_FALSE(made.settled[0].included || made.settled[1].included);
  ASSERT_TRUE(home->chain.make_block(kStart).ok());
  EXPECT_TRUE(home->store.waiting().value().empty());
}

// Blocks don't judge eras again: nothing is offered to a block that is behind its era's end.
TEST_F(ChainTest, WhatWaitedBeyondItsEraIsInNoBlock) {
  const auto waiting = home->chain.submit(ToyMachine::extrinsic(1, 1, "era=over", 2)).value();
  ASSERT_TRUE(std::holds_alternative<book::BlockHash>(waiting));
  ASSERT_TRUE(home->chain.make_block(kStart).ok());
  ASSERT_TRUE(home->chain.make_block(kStart).ok());
  submit(1, 0, "gap=filled");
  const Made third = home->chain.make_block(kStart).value();
  EXPECT_EQ(third.block.extrinsics.size(), 2u) << "the inherent and the one that fills the gap";
  ASSERT_TRUE(home->chain.make_block(kStart).ok());
  EXPECT_EQ(value("gap"), "filled");
  EXPECT_EQ(value("era"), "nothing");
}

TEST_F(ChainTest, AtTheEndOfItsEraAnExtrinsicStillCounts) {
  const auto waiting = home->chain.submit(ToyMachine::extrinsic(1, 1, "era=end", 2)).value();
  ASSERT_TRUE(std::holds_alternative<book::BlockHash>(waiting));
  ASSERT_TRUE(home->chain.make_block(kStart).ok());
  submit(1, 0, "gap=filled");
  ASSERT_TRUE(home->chain.make_block(kStart).ok());
  EXPECT_EQ(home->chain.head().header.number, 2u);
  EXPECT_EQ(value("era"), "end");
}

TEST_F(ChainTest, GoesOnWhereItStopped) {
  submit(1, 0, "a=x");
  ASSERT_TRUE(home->chain.make_block(kStart).ok());
  submit(1, 2, "c=z");
  submit(1, 1, "b=y");
  const book::BlockHash head = home->chain.head_hash();
  reopen();
  EXPECT_EQ(home->chain.head_hash(), head);
  EXPECT_EQ(value("a"), "x");
  book::AccountId account;
  account.bytes.fill(1);
  EXPECT_EQ(home->chain.next_nonce(account).value(), 3u);
  EXPECT_EQ(home->chain.make_block(kStart)->settled.size(), 2u);
  EXPECT_EQ(value("c"), "z");
}

TEST_F(ChainTest, RefusesAnotherGenesis) {
  home.reset();
  toy.seed = "other";
  auto database = sql::Database::open_sqlite(folder.path() / "chain.sqlite").value();
  auto store = ChainStore::open(database).value();
  EXPECT_EQ(Chain::open(toy, store, kStart).error().kind, core::ErrorKind::conflict);
}

/// Submits and makes blocks until it is killed, and says on the pipe what it has acknowledged.
[[noreturn]] void work_until_killed(const std::filesystem::path& folder, int pipe) {
  const ToyMachine toy;
  Home home(folder, toy);
  book::AccountId account;
  account.bytes.fill(1);
  for (std::uint32_t round = 0;; ++round) {
    const std::uint32_t nonce = home.chain.next_nonce(account).value();
    const std::string text = "k" + std::to_string(nonce) + "=1";
    if (!home.chain.submit(ToyMachine::extrinsic(1, nonce, text)).ok()) ::_exit(1);
    if (::write(pipe, &nonce, sizeof(nonce)) != sizeof(nonce)) ::_exit(1);
    if (round % 3 == 2 && !home.chain.make_block(kStart).ok()) ::_exit(1);
  }
}

TEST_F(ChainTest, AKillAtAnyMomentLosesNothingAcknowledged) {
  home.reset();
  std::uint32_t acknowledged = 0;
  for (int round = 0; round < 6; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) work_until_killed(folder.path(), ends[1]);
    ::close(ends[1]);
    const int wanted = 3 + round * 5;
    for (int i = 0; i < wanted; ++i) {
      std::uint32_t nonce = 0;
      ASSERT_EQ(::read(ends[0], &nonce, sizeof(nonce)), static_cast<ssize_t>(sizeof(nonce)));
      acknowledged = nonce + 1;
    }
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ::close(ends[0]);
    reopen();
    book::AccountId account;
    account.bytes.fill(1);
    ASSERT_GE(home->chain.next_nonce(account).value(), acknowledged);
    while (home->chain.pool().size() > 0) ASSERT_TRUE(home->chain.make_block(kStart).ok());
    for (std::uint32_t nonce = 0; nonce < acknowledged; ++nonce) {
      ASSERT_EQ(value("k" + std::to_string(nonce)), "1");
    }
    home.reset();
  }
}

}  // namespace
}  // namespace noonmark::node
