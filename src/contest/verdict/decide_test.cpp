#include "contest/verdict/decide.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include <gtest/gtest.h>

#include "base/codec/json.h"
#include "base/core/random.h"

namespace noonmark::verdict {
namespace {

using record::Failure;
using record::Metric;

Policy policy() {
  Policy result;
  result.weights = {{Metric::generation_time, 1}};
  result.mean_floor = 0.8;
  result.minimum_floor = 0.5;
  result.minimum_full = 0.75;
  result.shares = {0.6, 0.2, 0.1, 0.06, 0.04};
  return result;
}

/// A faithful entry with time ratio `ratio`, whose interval reaches `spread` to both sides.
Evidence entry(const std::string& name, int order, double ratio, double spread = 0.01) {
  return {.facts = {.name = name, .content = hash::sha256(name), .order = order},
          .metrics = {{Metric::generation_time, {ratio, ratio * (1 - spread), ratio * (1 + spread)}}},
          .fidelity = Faithfulness{1, 1}};
}

const EntryVerdict& find(const Verdict& verdict, const std::string& name) {
  const auto found = std::find_if(verdict.entries.begin(), verdict.entries.end(),
                                  [&](const EntryVerdict& candidate) { return candidate.facts.name == name; });
  CHECK(found != verdict.entries.end());
  return *found;
}

std::string names(const Verdict& verdict) {
  std::string result;
  for (const auto& one : verdict.entries) {
    result += (result.empty() ? "" : " ") + one.facts.name;
  }
  return result;
}

std::int64_t sum_of_weights(const Verdict& verdict) {
  return std::accumulate(verdict.entries.begin(), verdict.entries.end(), std::int64_t{0},
                         [](std::int64_t sum, const EntryVerdict& one) { return sum + one.weight; });
}

TEST(Decide, RanksByScoreAndPaysByRank) {
  const auto verdict = decide(policy(), {entry("slow", 0, 0.9), entry("fast", 1, 0.4), entry("middle", 2, 0.6)});
  EXPECT_EQ(names(verdict), "fast middle slow");
  EXPECT_EQ(verdict.winner, "fast");
  EXPECT_EQ(verdict.entries[0].rank, 1);
  EXPECT_EQ(verdict.entries[0].weight, 666'666'667);
  EXPECT_EQ(verdict.entries[1].weight, 222'222'222);
  EXPECT_EQ(verdict.entries[2].weight, 111'111'111);
  EXPECT_EQ(verdict.unassigned, 0);
  EXPECT_NE(verdict.entries[0].reason.find("2.50 times the baseline's speed"), std::string::npos);
}

TEST(Decide, GivesATieToTheEarliestContent) {
  const auto verdict = decide(policy(), {entry("late", 5, 0.500), entry("early", 2, 0.503)});
  EXPECT_EQ(names(verdict), "early late");
  EXPECT_NE(verdict.entries[0].reason.find("cannot be told apart from late"), std::string::npos);
}

TEST(Decide, FollowsChainsOfTiesFromTheTop) {
  // a and b overlap, b and c overlap, a is better than c with confidence; c is the earliest of all.
  const auto a = entry("a", 3, 0.490);
  const auto b = entry("b", 2, 0.500);
  const auto c = entry("c", 1, 0.510);
  EXPECT_EQ(names(decide(policy(), {a, b, c})), "b a c");
  // Without a, c cannot be told apart from b and is older.
  EXPECT_EQ(names(decide(policy(), {b, c})), "c b");
}

TEST(Decide, DoesNotLetAnUnsteadyEntryTieWithEverybody) {
  const auto unsteady = entry("unsteady", 0, 0.8, 0.2);  // its interval reaches down to 0.64
  const auto steady = entry("steady", 1, 0.65);
  EXPECT_EQ(decide(policy(), {unsteady, steady}).winner, "steady");
  // Nor does an unsteady leader tie everybody with itself: the steady one is better than "early" with confidence.
  const auto early = entry("early", 0, 0.70);
  const auto wild = entry("wild", 2, 0.6, 0.3);
  EXPECT_EQ(names(decide(policy(), {early, steady, wild})), "steady early wild");
}

TEST(Decide, GivesNothingToEntriesThatAreNotBetterThanTheBaseline) {
  const auto verdict = decide(policy(), {entry("same", 0, 1.0), entry("unclear", 1, 0.995), entry("slower", 2, 1.5)});
  EXPECT_EQ(verdict.winner, "");
  EXPECT_EQ(sum_of_weights(verdict), 0);
  EXPECT_EQ(verdict.unassigned, kWeightUnits);
  for (const auto& one : verdict.entries) {
    EXPECT_EQ(one.status, Status::not_faster);
    EXPECT_NE(one.reason.find("not faster than the baseline"), std::string::npos);
  }
  EXPECT_EQ(names(verdict), "unclear same slower");
}

TEST(Decide, WantsAWinnerToBeFasterEvenWhenItSavesMuchElsewhere) {
  auto both = policy();
  both.weights[Metric::peak_memory] = 3;
  auto small = entry("small", 0, 1.05);
  small.metrics[Metric::peak_memory] = {0.1, 0.1, 0.1};
  EXPECT_EQ(decide(both, {small}).entries[0].status, Status::not_faster);
  both.require_faster = false;
  EXPECT_EQ(decide(both, {small}).winner, "small");
  auto greedy = entry("greedy", 0, 0.9);
  greedy.metrics[Metric::peak_memory] = {3, 3, 3};
  const auto verdict = decide(both, {greedy});
  EXPECT_EQ(verdict.entries[0].status, Status::not_faster);
  EXPECT_NE(verdict.entries[0].reason.find("all in all"), std::string::npos);
}

TEST(Decide, NamesEveryFateWithItsReason) {
  auto unfaithful = entry("unfaithful", 1, 0.2);
  unfaithful.fidelity = Faithfulness{0.7, 0.3};
  auto one_bad = entry("one-bad", 2, 0.2);
  one_bad.fidelity = Faithfulness{0.95, 0.3};
  auto hangs = entry("hangs", 3, 0.2);
  hangs.failure = Failure{Failure::Owner::entry, "timeout", "no answer within 5 s"};
  auto unlucky = entry("unlucky", 4, 0.2);
  unlucky.failure = Failure{Failure::Owner::validator, "unfit_host", "too much else ran"};
  auto wrong = entry("wrong", 5, 0.2);
  wrong.refusal = Failure{Failure::Owner::entry, "wrong_digest", "unet/model.onnx differs from its manifest"};
  auto unmeasured = entry("unmeasured", 6, 0.2);
  unmeasured.metrics.clear();
  auto copy = entry("copy", 7, 0.2);
  copy.facts.content = hash::sha256("original");
  auto same = entry("same-as-baseline", 8, 0.2);
  same.facts.content = hash::sha256("baseline");
  const auto verdict =
      decide(policy(), {copy, entry("original", 0, 0.5), unfaithful, one_bad, hangs, unlucky, wrong, unmeasured, same},
             hash::sha256("baseline"));
  EXPECT_EQ(verdict.winner, "original");
  EXPECT_EQ(find(verdict, "original").weight, kWeightUnits);
  const std::map<std::string, std::pair<Status, std::string>> expected = {
      {"unfaithful", {Status::not_faithful, "the mean fidelity 0.70 lies below the floor 0.80"}},
      {"one-bad", {Status::not_faithful, "the smallest fidelity 0.30 lies below the floor 0.50"}},
      {"hangs", {Status::failed, "timeout: no answer within 5 s"}},
      {"unlucky", {Status::failed, "the validator's fault"}},
      {"wrong", {Status::refused, "wrong_digest"}},
      {"unmeasured", {Status::failed, "generation time was not measured"}},
      {"copy", {Status::copy, "the same content as original"}},
      {"same-as-baseline", {Status::copy, "the same content as the baseline"}}};
  for (const auto& [name, fate] : expected) {
    EXPECT_EQ(find(verdict, name).status, fate.first) << name;
    EXPECT_NE(find(verdict, name).reason.find(fate.second), std::string::npos) << find(verdict, name).reason;
    EXPECT_EQ(find(verdict, name).weight, 0) << name;
    EXPECT_GT(find(verdict, name).rank, 1) << name;
  }
}

TEST(Decide, DoesNotLetARefusedEntryMakeOthersItsCopies) {
  auto thief = entry("thief", 0, 0.2);
  thief.facts.content = hash::sha256("victim");
  thief.refusal = Failure{Failure::Owner::entry, "wrong_digest", "claims content that it does not have"};
  EXPECT_EQ(decide(policy(), {thief, entry("victim", 1, 0.5)}).winner, "victim");
}

TEST(Decide, KeepsTheReigningWinnerWithinTheMargin) {
  const auto reigning = entry("reigning", 7, 0.50, 0.001);
  const auto incumbent = hash::sha256("reigning");
  const auto close = entry("close", 8, 0.4915, 0.001);  // score 0.5085, 1.7 % better
  const auto clear = entry("clear", 9, 0.48, 0.001);    // score 0.52, 4 % better
  const auto kept = decide(policy(), {reigning, close}, std::nullopt, incumbent);
  EXPECT_EQ(kept.winner, "reigning");
  EXPECT_TRUE(kept.incumbent_stays);
  EXPECT_EQ(kept.entries[0].rank, 1);
  EXPECT_GT(kept.entries[0].weight, kept.entries[1].weight);
  EXPECT_EQ(decide(policy(), {reigning, close}).winner, "close");
  const auto lost = decide(policy(), {reigning, close, clear}, std::nullopt, incumbent);
  EXPECT_EQ(lost.winner, "clear");
  EXPECT_FALSE(lost.incumbent_stays);
  EXPECT_EQ(decide(policy(), {close, clear}, std::nullopt, incumbent).winner, "clear");
}

TEST(Weights, SumExactlyFallWithRankAndGiveALoneEntryAll) {
  core::Philox random(3);
  for (int round = 0; round < 500; ++round) {
    std::vector<double> shares(1 + random.below(12));
    for (double& share : shares) {
      share = random.uniform() + 1e-9;
    }
    std::sort(shares.rbegin(), shares.rend());
    for (std::size_t ranked = 1; ranked < 15; ++ranked) {
      const auto weights = weights_by_rank(shares, ranked);
      ASSERT_EQ(weights.size(), ranked);
      EXPECT_EQ(std::accumulate(weights.begin(), weights.end(), std::int64_t{0}), kWeightUnits);
      EXPECT_TRUE(std::is_sorted(weights.rbegin(), weights.rend()));
      EXPECT_GE(weights.back(), 0);
    }
    EXPECT_EQ(weights_by_rank(shares, 1)[0], kWeightUnits);
  }
  EXPECT_TRUE(weights_by_rank({1}, 0).empty());
}

/// Any evidence whatsoever: few orders and contents, so that ties and copies are frequent; odd numbers.
std::vector<Evidence> anything(core::Philox& random) {
  std::vector<Evidence> result(random.below(9));
  for (std::size_t i = 0; i < result.size(); ++i) {
    auto& one = result[i];
    one.facts = {.name = "entry" + std::to_string(i),
                 .content = hash::sha256(std::to_string(random.below(8))),
                 .order = static_cast<int>(random.below(4))};
    const auto number = [&] {
      const double odd[] = {0, -1, std::nan(""), 1e300, 1};
      return random.below(16) == 0 ? odd[random.below(5)] : 0.3 + 0.8 * random.uniform();
    };
    const double ratio = number();
    const double spread = 0.1 * random.uniform();
    if (random.below(8) > 0) one.metrics[Metric::generation_time] = {ratio, ratio * (1 - spread), ratio * (1 + spread)};
    if (random.below(8) > 0)
      one.metrics[Metric::peak_memory] =
          random.below(4) > 0 ? record::Interval{ratio, ratio, ratio} : record::Interval{number(), number(), number()};
    if (random.below(8) > 0)
      one.fidelity = Faithfulness{random.below(8) > 0 ? 1 : number(), random.below(8) > 0 ? 1 : number()};
    if (random.below(12) == 0) one.failure = Failure{static_cast<Failure::Owner>(random.below(3)), "crash", "broke"};
    if (random.below(16) == 0) one.refusal = Failure{Failure::Owner::entry, "format", "bad"};
  }
  return result;
}

// C-N14, C-N15, C-N16 on anything.
TEST(DecideProperties, HoldForAnyEvidence) {
  core::Philox random(42);
  int with_winner = 0;
  for (int round = 0; round < 3000; ++round) {
    auto chosen = policy();
    chosen.weights[Metric::peak_memory] = 1;
    if (random.below(3) == 0) chosen.name = kEdgeMaxxing;
    auto evidence = anything(random);
    std::optional<hash::Digest> incumbent;
    if (random.below(2) == 0) incumbent = hash::sha256(std::to_string(random.below(8)));
    const auto verdict = decide(chosen, evidence, hash::sha256("7"), incumbent);
    random.shuffle(std::span(evidence));
    ASSERT_EQ(decide(chosen, evidence, hash::sha256("7"), incumbent), verdict) << "order of input";

    ASSERT_EQ(verdict.entries.size(), evidence.size());
    ASSERT_EQ(sum_of_weights(verdict) + verdict.unassigned, kWeightUnits);
    ASSERT_EQ(verdict.unassigned > 0, verdict.winner.empty());
    with_winner += verdict.winner.empty() ? 0 : 1;
    std::set<hash::Digest> paid_contents;
    for (std::size_t i = 0; i < verdict.entries.size(); ++i) {
      const auto& one = verdict.entries[i];
      ASSERT_EQ(one.rank, static_cast<int>(i) + 1);
      ASSERT_FALSE(one.reason.empty());
      ASSERT_LE(one.weight, verdict.entries[i > 0 ? i - 1 : 0].weight);
      ASSERT_TRUE(one.status == Status::ranked || one.weight == 0);
      if (one.status == Status::ranked) {
        ASSERT_TRUE(paid_contents.insert(one.facts.content).second) << "equal content is paid once";
        ASSERT_LT(one.metrics.at(Metric::generation_time).high, 1);
        ASSERT_GT(one.score.low, 0);
      }
      // Whoever is better with confidence ranks before.
      for (std::size_t j = i + 1; j < verdict.entries.size(); ++j) {
        const auto& later = verdict.entries[j];
        if (later.status == Status::ranked && !(verdict.incumbent_stays && i == 0)) {
          ASSERT_LE(later.score.low, one.score.high + chosen.tie_margin);
        }
      }
    }
  }
  EXPECT_GT(with_winner, 500);
}

TEST(DecideProperties, AVerdictReadsBackAsItWasWritten) {
  core::Philox random(43);
  for (int round = 0; round < 300; ++round) {
    auto evidence = anything(random);
    const auto verdict = decide(policy(), evidence);
    const auto text = codec::write_json(to_json(verdict));
    const auto parsed = codec::parse_json(text);
    ASSERT_TRUE(parsed.ok());
    const auto again = verdict_from_json(*parsed);
    ASSERT_TRUE(again.ok()) << again.error().message;
    ASSERT_EQ(codec::write_json(to_json(*again)), text);
    ASSERT_EQ(*again, verdict);
  }
}

TEST(DecideProperties, CopiesAddNothing) {
  core::Philox random(44);
  for (int round = 0; round < 500; ++round) {
    std::vector<Evidence> evidence;
    for (int i = 0; i < 5; ++i) {
      evidence.push_back(entry("e" + std::to_string(i), i, 0.3 + 0.6 * random.uniform()));
    }
    const auto before = decide(policy(), evidence);
    const auto copied = random.below(5);
    for (int k = 0; k < 3; ++k) {
      auto copy = evidence[copied];
      copy.facts.name = "copy" + std::to_string(k);
      copy.facts.order = 10 + k;
      copy.metrics[Metric::generation_time] = {0.1, 0.1, 0.1};  // however lucky its measurement
      evidence.push_back(copy);
    }
    const auto after = decide(policy(), evidence);
    for (const auto& one : before.entries) {
      EXPECT_EQ(find(after, one.facts.name).weight, one.weight);
    }
  }
}

TEST(DecideProperties, OneMoreEntryHasBoundedInfluence) {
  core::Philox random(45);
  for (int round = 0; round < 500; ++round) {
    const auto count = 1 + random.below(8);
    std::vector<Evidence> evidence;
    for (std::uint64_t i = 0; i < count; ++i) {  // ratios so far apart that nothing is tied
      evidence.push_back(
          entry("e" + std::to_string(i), static_cast<int>(i), 0.2 + 0.08 * static_cast<double>(i), 0.001));
    }
    const auto before = decide(policy(), evidence);
    evidence.push_back(entry("new", 99, 0.16 + 0.08 * static_cast<double>(random.below(10)) + 0.01, 0.001));
    const auto after = decide(policy(), evidence);
    const auto bound = influence_bound(policy().shares, count);
    EXPECT_LT(bound, count == 1 ? kWeightUnits : kWeightUnits * 6 / 10);
    for (const auto& one : before.entries) {
      EXPECT_LE(std::abs(find(after, one.facts.name).weight - one.weight), bound);
    }
  }
}

TEST(Decide, ManyEntriesStayCheap) {
  std::vector<Evidence> evidence;
  for (int i = 0; i < 2000; ++i) {
    evidence.push_back(entry("e" + std::to_string(i), i, 0.3 + 0.0003 * i));
  }
  const auto verdict = decide(policy(), evidence);
  EXPECT_EQ(verdict.entries.size(), 2000u);
  EXPECT_EQ(sum_of_weights(verdict), kWeightUnits);
}

}  // namespace
}  // namespace noonmark::verdict
