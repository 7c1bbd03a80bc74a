#include "contest/submission/snapshot.h"

#include <gtest/gtest.h>

#include "base/core/random.h"
#include "contest/submission/fake_ledger_for_tests.h"

namespace noonmark::submission {
namespace {

using namespace std::chrono_literals;

const core::UnixNanos kStart = std::chrono::sys_days(std::chrono::year(2026) / 11 / 26);

AccountId key(std::uint8_t number) {
  AccountId id;
  id.bytes.fill(number);
  return id;
}

FakeLedger small_ledger() {
  FakeLedger ledger(kStart);
  ledger.make_block(kStart + 12s);
  ledger.add_neuron(key(9), key(1));
  ledger.add_neuron(key(2), key(1));
  ledger.blocks.back().neurons[0].stake = std::numeric_limits<book::Rao>::max();
  ledger.commit(key(9), {1, 2, 3});
  ledger.commit(key(2), {});
  return ledger;
}

TEST(Snapshot, HoldsTheSubnetInOrderOfKeys) {
  FakeLedger ledger = small_ledger();
  const Snapshot snapshot = take_snapshot(ledger, 1, ledger.head().value()).value();
  ASSERT_EQ(snapshot.members.size(), 2U);
  EXPECT_EQ(snapshot.members[0].hotkey, key(2));
  EXPECT_EQ(snapshot.time, kStart + 12s);
  EXPECT_EQ(snapshot.find(key(9))->stake, std::numeric_limits<book::Rao>::max());
  EXPECT_EQ(snapshot.find(key(3)), nullptr);
  EXPECT_EQ(snapshot.commitment_of(key(9))->data, (core::Bytes{1, 2, 3}));
  EXPECT_EQ(snapshot.commitment_of(key(1)), nullptr);
}

TEST(Snapshot, JsonComesBackEqualAndCanonical) {
  FakeLedger ledger = small_ledger();
  const Snapshot snapshot = take_snapshot(ledger, 1, ledger.head().value()).value();
  const std::string text = codec::write_json(to_json(snapshot));
  const auto again = snapshot_from_json(codec::parse_json(text).value());
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_TRUE(*again == snapshot);
  EXPECT_EQ(codec::write_json(to_json(*again)), text);
}

TEST(Snapshot, ChangedJsonIsRefusedOrAnotherSnapshot) {
  FakeLedger ledger = small_ledger();
  const Snapshot snapshot = take_snapshot(ledger, 1, ledger.head().value()).value();
  const std::string text = codec::write_json(to_json(snapshot));
  core::Philox random(7);
  for (int i = 0; i < 5000; ++i) {
    std::string changed = text;
    changed[random.below(changed.size())] = static_cast<char>(random.below(127));
    const auto json = codec::parse_json(changed);
    if (!json.ok()) continue;
    const auto read = snapshot_from_json(*json);
    if (read.ok() && changed != text) {
      EXPECT_EQ(codec::write_json(to_json(*read)) == text, *read == snapshot);
    }
  }
  auto twice = to_json(snapshot);
  twice["members"].push_back(twice["members"].as_array()[0]);
  EXPECT_FALSE(snapshot_from_json(twice).ok());
}

TEST(Snapshot, AKeyNamedTwiceIsTheNodesFault) {
  FakeLedger ledger = small_ledger();
  ledger.add_neuron(key(9), key(1));
  EXPECT_EQ(take_snapshot(ledger, 1, ledger.head().value()).error().kind, core::ErrorKind::corrupt);
}

TEST(FirstBlockAt, FindsTheFirstBlockFromAnyHead) {
  core::Philox random(8);
  FakeLedger ledger(kStart);
  for (int i = 0; i < 300; ++i)
    ledger.make_block(ledger.blocks.back().time + std::chrono::seconds(1 + random.below(30)));
  for (book::BlockNumber number = 1; number <= ledger.number(); ++number) {
    const core::UnixNanos time = ledger.blocks[number].time;
    EXPECT_EQ(first_block_at(ledger, time).value()->number, number);
    EXPECT_EQ(first_block_at(ledger, time - 1ns).value()->number, number);
  }
  EXPECT_EQ(first_block_at(ledger, ledger.blocks.back().time + 1ns).value(), std::nullopt);
}

TEST(FirstBlockAt, ReadsOnlyRecentBlocksForARecentInstant) {
  FakeLedger ledger(kStart);
  for (int i = 0; i < 100'000; ++i) ledger.make_block(ledger.blocks.back().time + 12s);
  EXPECT_EQ(first_block_at(ledger, ledger.blocks[99'990].time).value()->number, 99'990U);
  EXPECT_LT(ledger.reads, 12);
}

TEST(FirstBlockAt, ThereIsNoneBeforeTheFirstBlock) {
  FakeLedger ledger(kStart);
  EXPECT_EQ(first_block_at(ledger, kStart).value(), std::nullopt);
}

}  // namespace
}  // namespace noonmark::submission
