#include "ledger/node/store.h"

#include <gtest/gtest.h>

#include "base/core/files.h"
#include "base/core/random.h"

namespace noonmark::node {
namespace {

core::Bytes bytes(std::string_view text) { return {text.begin(), text.end()}; }

class Store : public testing::Test {
 protected:
  Block next(std::vector<core::Bytes> extrinsics = {}) {
    Block block;
    const auto newest = store.newest().value();
    if (newest) block.header.number = newest->header.number + 1;
    if (newest) block.header.parent = newest->header.hash();
    block.header.extrinsics_root = extrinsics_root(extrinsics);
    block.extrinsics = std::move(extrinsics);
    return block;
  }
  core::TempDir folder = core::TempDir::create("chain-store").value();
  sql::Database database = sql::Database::open_sqlite(folder.path() / "x.sqlite").value();
  ChainStore store = ChainStore::open(database).value();
};

TEST_F(Store, GivesBlocksBackByNumberAndHash) {
  EXPECT_FALSE(store.newest().value().has_value());
  const Block first = next({bytes("one"), bytes("two")});
  ASSERT_TRUE(store.add_block(first, {}, {}).ok());
  const auto read = store.block(0).value();
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->header, first.header);
  EXPECT_EQ(read->extrinsics, first.extrinsics);
  EXPECT_EQ(store.number_of(first.header.hash()).value(), 0u);
  EXPECT_EQ(store.hash_of(0).value(), first.header.hash());
  EXPECT_FALSE(store.block(1).value().has_value());
  EXPECT_FALSE(store.number_of({}).value().has_value());
  EXPECT_EQ(store.add_block(first, {}, {}).error().kind, core::ErrorKind::conflict);
}

TEST_F(Store, KeepsTheStorageOfEveryBlock) {
  core::Philox random(5);
  std::vector<runtime::MemoryState> history;
  runtime::MemoryState state;
  for (int number = 0; number < 40; ++number) {
    runtime::Changes changes;
    for (int i = 0; i < 6; ++i) {
      core::Bytes key{static_cast<std::uint8_t>(random.below(4) * 85), static_cast<std::uint8_t>(random.below(256))};
      key.resize(1 + random.below(2));
      if (random.below(3) == 0) {
        changes[key] = std::nullopt;
      } else {
        changes[key] = core::Bytes{static_cast<std::uint8_t>(number)};
      }
    }
    ASSERT_TRUE(store.add_block(next(), changes, {}).ok());
    state.apply(changes);
    history.push_back(state);
  }
  EXPECT_EQ(store.load_state().value().size(), state.size());
  for (book::BlockNumber number = 0; number < 40; ++number) {
    const auto stored = store.state_at(number);
    for (const core::Bytes& prefix : {core::Bytes{}, core::Bytes{85}, core::Bytes{255}}) {
      core::Bytes after;
      while (true) {
        const auto expected = history[number].keys(prefix, 5, after).value();
        ASSERT_EQ(stored->keys(prefix, 5, after).value(), expected) << number;
        for (const core::Bytes& key : expected) {
          ASSERT_EQ(stored->get(key).value(), history[number].get(key).value());
        }
        if (expected.empty()) break;
        after = expected.back();
      }
    }
  }
}

TEST_F(Store, WhatWaitsEndsWithItsBlock) {
  const core::Bytes one = bytes("one"), two = bytes("two");
  ASSERT_TRUE(store.add_waiting(extrinsic_hash(two), two).ok());
  ASSERT_TRUE(store.add_waiting(extrinsic_hash(one), one).ok());
  ASSERT_TRUE(store.add_waiting(extrinsic_hash(one), one).ok()) << "twice is once";
  EXPECT_EQ(store.waiting().value(), (std::vector{two, one}));
  const std::vector settled{extrinsic_hash(two)};
  ASSERT_TRUE(store.add_block(next(), {}, settled).ok());
  EXPECT_EQ(store.waiting().value(), std::vector<core::Bytes>{one});
}

}  // namespace
}  // namespace noonmark::node
