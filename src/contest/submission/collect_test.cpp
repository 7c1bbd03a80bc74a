#include "contest/submission/collect.h"

#include <set>

#include <gtest/gtest.h>

#include "base/core/random.h"
#include "contest/submission/fake_ledger_for_tests.h"
#include "contest/submission/pointer.h"

namespace noonmark::submission {
namespace {

using namespace std::chrono_literals;

const core::UnixNanos kNoon = std::chrono::sys_days(std::chrono::year(2026) / 11 / 26) + 17h;

AccountId key(std::uint8_t number) {
  AccountId id;
  id.bytes.fill(number);
  return id;
}

hash::Digest digest(std::uint8_t number) {
  hash::Digest digest;
  digest.bytes.fill(number);
  return digest;
}

Open entry_of(std::uint8_t content, std::string_view contest = "tiny") {
  Open open;
  open.tag = tag_of(contest);
  open.content = digest(content);
  open.salt.fill(content);
  open.pointer = pointer_bytes("https://store.example/").value();
  return open;
}

/// A day on a fake subnet: keys 1..n with cold keys 101..; before() blocks before noon, then at noon, then the reveal.
class Day {
 public:
  explicit Day(std::uint8_t keys = 9) : ledger_(kNoon - 1h) {
    contest.id = "tiny";
    next(kNoon - 1h + 12s);
    for (std::uint8_t i = 1; i <= keys; ++i) ledger_.add_neuron(key(i), key(static_cast<std::uint8_t>(100 + i)));
  }
  void next(core::UnixNanos time) { ledger_.make_block(time); }
  void next() { next(ledger_.blocks.back().time + 12s); }
  void commit(std::uint8_t who, const Record& record) { ledger_.commit(key(who), encode(record).value()); }
  void commit_sealed(std::uint8_t who, const Open& open) { commit(who, Sealed{tag_of("tiny"), seal(key(who), open)}); }
  /// From now on everything is after the cut-off.
  void cut_off() {
    next(kNoon + 1s);
    cut_off_ = take_snapshot(ledger_, 1, ledger_.head().value()).value();
    next(kNoon + 13s);
  }
  Collection collection() {
    next(kNoon + 1800s);
    return collect(contest, cut_off_, take_snapshot(ledger_, 1, ledger_.head().value()).value(), lists);
  }
  FakeLedger& ledger() { return ledger_; }
  const Snapshot& snapshot() const { return cut_off_; }

  rules::Contest contest;
  Lists lists;

 private:
  FakeLedger ledger_;
  Snapshot cut_off_;
};

std::string code_of(const Collection& collection, std::uint8_t who) {
  for (const Refused& refused : collection.refused) {
    if (refused.hotkey == key(who)) return refused.code;
  }
  for (const Entrant& entrant : collection.entrants) {
    if (entrant.hotkey == key(who)) return entrant.copy_of ? "copy" : "in";
  }
  return "nothing";
}

TEST(Collect, ASealedEntryCountsFromItsSealAndAnOpenOneFromItself) {
  Day day;
  day.commit_sealed(1, entry_of(11));
  day.next();
  day.commit(2, entry_of(12));
  day.cut_off();
  day.commit(1, entry_of(11));
  const Collection collection = day.collection();
  ASSERT_EQ(collection.entrants.size(), 2U);
  EXPECT_EQ(collection.entrants[0], (Entrant{key(1), 0, 1, digest(11), "https://store.example/", {}}));
  EXPECT_EQ(collection.entrants[1], (Entrant{key(2), 1, 2, digest(12), "https://store.example/", {}}));
  EXPECT_TRUE(collection.refused.empty());
}

TEST(Collect, CF06TheLatestRecordOfAKeyBeforeTheCutOffCountsWithItsBlock) {
  Day day;
  day.commit(1, entry_of(11));
  day.next();
  day.commit(1, entry_of(12));
  day.cut_off();
  day.commit(1, entry_of(13));
  const Collection collection = day.collection();
  ASSERT_EQ(collection.entrants.size(), 1U);
  EXPECT_EQ(collection.entrants[0].content, digest(12));
  EXPECT_EQ(collection.entrants[0].claimed_block, 2U);
}

TEST(Collect, CF07TheBaselineIsRefusedAndOtherContestsArePassedOver) {
  Day day;
  day.contest.baseline_digest = digest(11);
  day.commit(1, entry_of(11));
  day.commit(2, entry_of(12, "other"));
  day.cut_off();
  const Collection collection = day.collection();
  EXPECT_EQ(code_of(collection, 1), "baseline");
  EXPECT_EQ(code_of(collection, 2), "nothing");
}

TEST(Collect, CF08OfTwoRecordsWithTheSameContentTheLaterIsACopy) {
  Day day;
  day.commit(5, entry_of(11));
  day.next();
  day.commit(1, entry_of(11));
  day.cut_off();
  const Collection collection = day.collection();
  EXPECT_EQ(code_of(collection, 5), "in");
  EXPECT_EQ(code_of(collection, 1), "copy");
  EXPECT_EQ(collection.entrants[1].copy_of, key(5));
}

TEST(Collect, CF09ExcludedHotAndColdKeysDontTakePartAndTheReasonIsTold) {
  Day day;
  day.lists.exclusions = {{key(1), {}, "sold copies"}, {key(102), {}, "its owner did"}};
  for (std::uint8_t i = 1; i <= 3; ++i) day.commit(i, entry_of(10 + i));
  day.cut_off();
  const Collection collection = day.collection();
  EXPECT_EQ(code_of(collection, 1), "excluded");
  EXPECT_EQ(code_of(collection, 2), "excluded");
  EXPECT_EQ(collection.refused[0].message, "sold copies");
  EXPECT_EQ(code_of(collection, 3), "in");
}

TEST(Collect, CF10OnePackageOfAKeyIsDeniedAndAnAllowListLetsInOnlyWhatItNames) {
  Day day;
  day.lists.exclusions = {{key(1), digest(11), "stolen weights"}, {key(2), digest(11), "stolen weights"}};
  for (std::uint8_t i = 1; i <= 3; ++i) day.commit(i, entry_of(10 + i));
  day.cut_off();
  const Collection denied = day.collection();
  EXPECT_EQ(code_of(denied, 1), "excluded");
  EXPECT_EQ(code_of(denied, 2), "in");
  day.lists.allowed = {{key(3), digest(13)}, {key(2), digest(99)}};
  const Collection allowed = day.collection();
  EXPECT_EQ(code_of(allowed, 2), "not_allowed");
  EXPECT_EQ(code_of(allowed, 3), "in");
}

TEST(Collect, WhatAnotherKeyEnteredOnAnEarlierDayStaysItsOwn) {
  Day day;
  day.lists.makers = {{digest(1), key(1)}, {digest(2), key(2)}};
  day.commit(1, entry_of(1));  // its maker goes on with it
  day.commit(3, entry_of(2));  // its maker has moved on; a stranger repacked it
  day.commit(2, entry_of(5));
  day.cut_off();
  const Collection collection = day.collection();
  ASSERT_EQ(collection.entrants.size(), 2u);
  EXPECT_EQ(code_of(collection, 3), "entered_before");
}

TEST(Collect, OnlyMakersOfWhatSomebodyOpenedMatterOnADay) {
  Day day;
  day.commit(1, entry_of(1));
  day.commit_sealed(2, entry_of(2));
  day.cut_off();
  day.commit(2, entry_of(2));
  day.next();
  const Snapshot reveal = take_snapshot(day.ledger(), 1, day.ledger().head().value()).value();
  const std::map<hash::Digest, AccountId> all = {{digest(1), key(7)}, {digest(2), key(8)}, {digest(3), key(9)}};
  EXPECT_EQ(makers_on(day.snapshot(), reveal, all),
            (std::map<hash::Digest, AccountId>{{digest(1), key(7)}, {digest(2), key(8)}}));
  EXPECT_EQ(makers_from_json(to_json(all)).value(), all);
}

TEST(Collect, EveryWayNotToRevealHasItsReason) {
  Day day;
  for (std::uint8_t i = 1; i <= 6; ++i) day.commit_sealed(i, entry_of(10 + i));
  day.cut_off();
  // 1 says nothing more; 2 opens something else; 3 evidence; 4 for another contest; 5 vanishes; 6 with another salt.
  day.commit(2, entry_of(99));
  day.commit(3, Evidence{tag_of("tiny"), 1, {}, {}, ""});
  day.commit(4, entry_of(14, "other"));
  day.ledger().blocks.back().commitments.erase(key(5));
  Open salted = entry_of(16);
  salted.salt.fill(0);
  day.commit(6, salted);
  const Collection collection = day.collection();
  EXPECT_EQ(code_of(collection, 1), "never_revealed");
  EXPECT_EQ(code_of(collection, 2), "revealed_otherwise");
  EXPECT_EQ(code_of(collection, 3), "never_revealed");
  EXPECT_EQ(code_of(collection, 4), "never_revealed");
  EXPECT_EQ(code_of(collection, 5), "never_revealed");
  EXPECT_EQ(code_of(collection, 6), "revealed_otherwise");
  EXPECT_TRUE(collection.entrants.empty());
}

TEST(Collect, OnlyRegisteredKeysTakePartAndOnlyWithARecordFromAfterwards) {
  Day day;
  day.ledger().commit(key(50), encode(entry_of(11)).value());
  day.ledger().commit(key(51), encode(entry_of(12)).value());
  day.next();
  day.ledger().add_neuron(key(51), key(151));
  day.cut_off();
  day.ledger().add_neuron(key(50), key(150));
  const Collection collection = day.collection();
  EXPECT_EQ(code_of(collection, 50), "not_registered");
  EXPECT_EQ(code_of(collection, 51), "registered_later");
}

TEST(Collect, CN02APointerFirstSeenAfterTheCutOffClaimsNothingEarlier) {
  Day day;
  day.commit_sealed(1, entry_of(11));
  day.cut_off();
  day.commit(1, entry_of(11));
  // Everybody can read it now: 2 and 3 commit it, open and with a seal of their own.
  day.next();
  day.commit(2, entry_of(11));
  day.commit_sealed(3, entry_of(11));
  const Collection collection = day.collection();
  EXPECT_EQ(code_of(collection, 1), "in");
  EXPECT_EQ(collection.entrants.size(), 1U);
}

TEST(Collect, CN02ACopiedSealOpensForNobodyElse) {
  Day day;
  day.commit_sealed(1, entry_of(11));
  day.next();
  day.commit(2, Sealed{tag_of("tiny"), seal(key(1), entry_of(11))});
  day.cut_off();
  day.commit(1, entry_of(11));
  day.next();
  day.commit(2, entry_of(11));
  const Collection collection = day.collection();
  EXPECT_EQ(code_of(collection, 1), "in");
  EXPECT_EQ(code_of(collection, 2), "revealed_otherwise");
}

TEST(Collect, OfOneColdKeyTheEarliestClaimsCount) {
  Day day;
  day.contest.submission.max_per_coldkey = 1;
  day.ledger().blocks.back().neurons[1].coldkey = key(101);
  day.commit(2, entry_of(12));
  day.next();
  day.commit(1, entry_of(11));
  day.commit(3, entry_of(13));
  day.cut_off();
  const Collection collection = day.collection();
  EXPECT_EQ(code_of(collection, 2), "in");
  EXPECT_EQ(code_of(collection, 1), "too_many_of_owner");
  EXPECT_EQ(code_of(collection, 3), "in");
}

TEST(Collect, JsonComesBackEqual) {
  Day day;
  day.commit(1, entry_of(11));
  day.commit(2, entry_of(11));
  day.commit_sealed(3, entry_of(13));
  day.cut_off();
  const Collection collection = day.collection();
  EXPECT_EQ(collection_from_json(codec::parse_json(codec::write_json(to_json(collection))).value()).value(),
            collection);
}

/// What keys of a random subnet did in a random day, with hostile bytes among it.
void act_at_random(Day& day, core::Philox& random, std::uint8_t keys) {
  for (int i = 0; i < 30; ++i) {
    const auto who = static_cast<std::uint8_t>(1 + random.below(keys));
    const auto content = static_cast<std::uint8_t>(1 + random.below(5));
    switch (random.below(6)) {
      case 0:
        day.commit_sealed(who, entry_of(content));
        break;
      case 1: {
        core::Bytes bytes(random.below(129));
        for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.below(256));
        day.ledger().commit(key(who), std::move(bytes));
        break;
      }
      case 2:
        day.commit(who, Evidence{tag_of("tiny"), 20'000, digest(1), digest(content), "http://v"});
        break;
      default:
        day.commit(who, entry_of(content));
    }
    if (random.below(3) == 0) day.next();
  }
}

TEST(CollectProperty, CN27EveryReaderOfTheSameBlocksCollectsTheSameWhateverTheOrder) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    core::Philox random(seed);
    Day day(8);
    act_at_random(day, random, 8);
    day.cut_off();
    act_at_random(day, random, 8);
    const Collection first = day.collection();
    // Another validator gets the members in another order and looks from a later head.
    FakeLedger other = day.ledger();
    for (auto& state : other.blocks) random.shuffle(std::span(state.neurons));
    other.make_block(kNoon + 9000s);
    const auto at_noon = first_block_at(other, kNoon).value(), at_reveal = first_block_at(other, kNoon + 1800s).value();
    const Collection second = collect(day.contest, take_snapshot(other, 1, *at_noon).value(),
                                      take_snapshot(other, 1, *at_reveal).value(), {});
    EXPECT_EQ(first, second);
    for (std::size_t i = 1; i < first.entrants.size(); ++i) {
      EXPECT_LE(first.entrants[i - 1].claimed_block, first.entrants[i].claimed_block);
    }
  }
}

TEST(CollectProperty, ASquatterNeitherPutsAnybodyOutNorChangesAnOthersClaim) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    core::Philox random(seed, 1);
    Day honest(8);
    act_at_random(honest, random, 7);
    Day squatted = honest;
    // Key 8 names what others have, at any time.
    squatted.commit(8, entry_of(static_cast<std::uint8_t>(1 + random.below(5))));
    honest.cut_off();
    squatted.cut_off();
    Collection with = squatted.collection();
    const Collection without = honest.collection();
    std::erase_if(with.entrants, [](const Entrant& entrant) { return entrant.hotkey == key(8); });
    for (Entrant& entrant : with.entrants) {
      if (entrant.copy_of == key(8)) entrant.copy_of.reset();
    }
    ASSERT_EQ(with.entrants.size(), without.entrants.size());
    for (std::size_t i = 0; i < with.entrants.size(); ++i) {
      EXPECT_EQ(with.entrants[i].hotkey, without.entrants[i].hotkey);
      EXPECT_EQ(with.entrants[i].claimed_block, without.entrants[i].claimed_block);
    }
    EXPECT_EQ(with.refused, without.refused);
  }
}

}  // namespace
}  // namespace noonmark::submission
