#include "reward/plan/plan.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <gtest/gtest.h>

#include "base/core/random.h"
#include "contest/verdict/decide.h"

namespace noonmark::plan {
namespace {

AccountId key(int number) {
  AccountId account;
  account.bytes[0] = static_cast<std::uint8_t>(number);
  account.bytes[1] = static_cast<std::uint8_t>(number >> 8);
  account.bytes[31] = 1;
  return account;
}

/// `validators` keys with a permit from uid 0 on, then `miners` without; key(uid) is registered at block 10 + uid.
book::Metagraph subnet(int validators, int miners) {
  book::Metagraph graph;
  for (int uid = 0; uid < validators + miners; ++uid) {
    book::Neuron neuron;
    neuron.uid = static_cast<book::Uid>(uid);
    neuron.hotkey = key(uid);
    neuron.coldkey = key(1000 + uid);
    neuron.validator_permit = uid < validators;
    neuron.registered_at = static_cast<std::uint64_t>(10 + uid);
    graph.neurons.push_back(neuron);
  }
  return graph;
}

rules::ContestDay day(const std::string& contest, int number) {
  return {contest, std::chrono::sys_days(std::chrono::days(20'000 + number))};
}

Earning earning(int uid, std::int64_t units) { return {key(uid), static_cast<std::uint64_t>(10 + uid), units}; }

std::map<book::Uid, int> values(const Plan& plan) {
  std::map<book::Uid, int> result;
  for (const book::Weight& weight : plan.weights) result[weight.uid] = weight.value;
  return result;
}

using Values = std::map<book::Uid, int>;

const Line& line_of(const Plan& plan, const AccountId& hotkey) {
  return *std::ranges::find(plan.lines, hotkey, &Line::hotkey);
}

TEST(Plan, CF45SharesOfTheContestBecomeTheRow) {
  const DayResult result{day("a", 1), 1, {earning(2, 800'000'000), earning(3, 160'000'000), earning(4, 40'000'000)}};
  EXPECT_EQ(values(make_plan(subnet(2, 5), {result})), (Values{{2, 65535}, {3, 13107}, {4, 3277}}));
}

TEST(Plan, CF46WinnerTakesAllIsOneWeight) {
  const DayResult result{day("a", 1), 1, {earning(4, verdict::kWeightUnits)}};
  EXPECT_EQ(values(make_plan(subnet(2, 5), {result})), (Values{{4, 65535}}));
}

TEST(Plan, CF49WithoutAnyResultAllMinersGetTheSame) {
  EXPECT_EQ(values(make_plan(subnet(2, 3), {})), (Values{{2, 65535}, {3, 65535}, {4, 65535}}));
  EXPECT_EQ(values(make_plan(subnet(2, 0), {})), (Values{{0, 65535}, {1, 65535}}));
  EXPECT_TRUE(make_plan(subnet(0, 0), {}).weights.empty());
  EXPECT_EQ(values(make_plan(subnet(1, 2), {{day("a", 1), 1, {}}})), (Values{{1, 65535}, {2, 65535}}));
}

TEST(Plan, CF50AndCF51TheNewestFinishedDayPays) {
  const DayResult old{day("a", 1), 1, {earning(2, verdict::kWeightUnits)}};
  const DayResult fresh{day("a", 2), 1, {earning(3, verdict::kWeightUnits)}};
  EXPECT_EQ(values(make_plan(subnet(2, 3), {fresh, old})), (Values{{3, 65535}}));
  EXPECT_EQ(values(make_plan(subnet(2, 3), {old})), (Values{{2, 65535}}));  // the second day isn't finished yet
}

TEST(Plan, ContestsShareByTheirParts) {
  const DayResult first{day("a", 1), 3, {earning(2, verdict::kWeightUnits)}};
  const DayResult second{day("b", 1), 1, {earning(3, verdict::kWeightUnits)}};
  EXPECT_EQ(values(make_plan(subnet(2, 3), {first, second})), (Values{{2, 65535}, {3, 21845}}));
  const DayResult nobody{day("c", 1), 900, {}};
  EXPECT_EQ(values(make_plan(subnet(2, 3), {first, nobody, second})), (Values{{2, 65535}, {3, 21845}}));
}

TEST(Plan, CF54AKeyThatIsGoneOrReplacedGetsNothingAndNobodyGainsOnAnother) {
  const DayResult result{day("a", 1), 1, {earning(2, 600'000'000), earning(3, 300'000'000), earning(4, 100'000'000)}};
  const Values others{{3, 65535}, {4, 21845}};
  book::Metagraph gone = subnet(2, 5);
  gone.neurons[2].hotkey = key(77);
  const Plan plan = make_plan(gone, {result});
  EXPECT_EQ(values(plan), others);
  EXPECT_FALSE(line_of(plan, key(2)).uid);
  EXPECT_NE(line_of(plan, key(2)).reason.find("isn't registered any more"), std::string::npos);

  book::Metagraph again = subnet(2, 5);
  again.neurons[2].registered_at = 99;
  EXPECT_EQ(values(make_plan(again, {result})), others);
}

TEST(Plan, CF09ExcludedKeysGetNothingByHotkeyOrByColdkey) {
  const DayResult result{day("a", 1), 1, {earning(2, 600'000'000), earning(3, 400'000'000)}};
  for (const AccountId& excluded : {key(2), key(1002)}) {
    const Plan plan = make_plan(subnet(2, 5), {result}, {{excluded, "copied others"}});
    EXPECT_EQ(values(plan), (Values{{3, 65535}}));
    EXPECT_NE(line_of(plan, key(2)).reason.find("copied others"), std::string::npos);
    EXPECT_FALSE(values(make_plan(subnet(2, 5), {}, {{excluded, "copied others"}})).contains(2));
  }
}

TEST(Plan, CN15ALoneWinnerGetsAllWhateverTheShare) {
  for (const int share : {1, 7, kMaxShare}) {
    for (const std::int64_t units : {std::int64_t{1}, std::int64_t{12345}, verdict::kWeightUnits}) {
      EXPECT_EQ(values(make_plan(subnet(2, 9), {{day("a", 1), share, {earning(5, units)}}})), (Values{{5, 65535}}));
    }
  }
}

TEST(Plan, RowsAreFilledUpToTheSubnetsMinimum) {
  book::Metagraph graph = subnet(2, 3);
  graph.rules.min_allowed_weights = 4;
  const DayResult result{day("a", 1), 1, {earning(3, verdict::kWeightUnits)}};
  EXPECT_EQ(values(make_plan(graph, {result})), (Values{{0, 0}, {1, 0}, {2, 0}, {3, 65535}}));
  graph.rules.min_allowed_weights = 1024;
  EXPECT_EQ(make_plan(graph, {result}).weights.size(), 5u);
}

TEST(Plan, ChecksForeignResults) {
  EXPECT_FALSE(check({day("a", 1), 0, {}}).ok());
  EXPECT_FALSE(check({day("a", 1), kMaxShare + 1, {}}).ok());
  EXPECT_FALSE(check({day("a", 1), 1, {earning(1, 0)}}).ok());
  EXPECT_FALSE(check({day("a", 1), 1, {earning(1, verdict::kWeightUnits), earning(2, 1)}}).ok());
  EXPECT_FALSE(check({day("a", 1), 1, {earning(1, 1), earning(1, 1)}}).ok());
  const DayResult good{day("a", 1), 2, {earning(1, 5), earning(2, 7)}};
  EXPECT_EQ(day_result_from_json(to_json(good)).value(), good);
  codec::Json bad = to_json(good);
  bad["earnings"].as_array()[0]["units"] = std::int64_t{-5};
  EXPECT_FALSE(day_result_from_json(bad).ok());
  EXPECT_FALSE(weights_from_json(codec::parse_json("[[1,2],[1,3]]").value()).ok());
  EXPECT_FALSE(weights_from_json(codec::parse_json("[[1,65536]]").value()).ok());
  EXPECT_FALSE(weights_from_json(codec::parse_json("[[1]]").value()).ok());
}

// --- properties over random subnets and results ---------------------------------------------------------------------

std::vector<DayResult> random_results(core::Philox& random, int neurons) {
  std::vector<DayResult> results;
  const std::uint64_t contests = 1 + random.below(4);
  for (std::uint64_t contest = 0; contest < contests; ++contest) {
    DayResult result{day(std::string(1, static_cast<char>('a' + contest)), static_cast<int>(random.below(3))),
                     static_cast<int>(1 + random.below(kMaxShare)),
                     {}};
    std::int64_t left = verdict::kWeightUnits;
    std::vector<int> uids(static_cast<std::size_t>(neurons));
    std::iota(uids.begin(), uids.end(), 0);
    random.shuffle(std::span(uids));
    const std::uint64_t winners = random.below(static_cast<std::uint64_t>(neurons) + 1);
    for (std::uint64_t i = 0; i < winners && left > 0; ++i) {
      const auto units = static_cast<std::int64_t>(1 + random.below(static_cast<std::uint64_t>(left)) / (1 + i % 3));
      result.earnings.push_back(earning(uids[i], units));
      left -= units;
    }
    results.push_back(std::move(result));
  }
  return results;
}

std::map<book::Uid, std::int64_t> rewards(const std::vector<DayResult>& results) {
  std::map<book::Uid, std::int64_t> sum;
  for (const DayResult& result : results) {
    for (const Earning& item : result.earnings) {
      sum[static_cast<book::Uid>(item.registered_at - 10)] += item.units * result.share;
    }
  }
  return sum;
}

TEST(PlanProperties, CF52AndCN16SharesAreKeptSumsConservedAndOrderToo) {
  core::Philox random(20261126);
  for (int round = 0; round < 2000; ++round) {
    const int neurons = static_cast<int>(1 + random.below(256));
    std::vector<DayResult> results = random_results(random, neurons);
    const auto earned = rewards(results);
    if (earned.empty()) continue;
    const Plan plan = make_plan(subnet(0, neurons), results);
    const auto row = values(plan);
    std::int64_t total = 0, largest = 0, sum = 0;
    for (const auto& [uid, reward] : earned) {
      total += reward;
      largest = std::max(largest, reward);
    }
    int top = 0;
    for (const auto& [uid, value] : row) {
      sum += value;
      top = std::max(top, value);
    }
    ASSERT_EQ(top, 65535);
    const double exact = static_cast<double>(total) / static_cast<double>(largest) * 65535;
    ASSERT_LE(std::abs(static_cast<double>(sum) - exact), 0.5 + 1e-6);
    for (const auto& [uid, reward] : earned) {
      const int value = row.contains(uid) ? row.at(uid) : 0;
      const double share = static_cast<double>(reward) / static_cast<double>(total);
      ASSERT_LE(std::abs(static_cast<double>(value) / static_cast<double>(sum) - share), 1.0001 / 65535);
      for (const auto& [other, less] : earned) {
        if (reward <= less) continue;
        ASSERT_GE(value, row.contains(other) ? row.at(other) : 0);
      }
    }
    random.shuffle(std::span(results));
    for (DayResult& result : results) random.shuffle(std::span(result.earnings));
    book::Metagraph graph = subnet(0, neurons);
    random.shuffle(std::span(graph.neurons));
    ASSERT_EQ(make_plan(graph, results).weights, plan.weights);
  }
}

TEST(PlanProperties, CF54RemovingAKeyKeepsAllOthersProportions) {
  core::Philox random(7);
  for (int round = 0; round < 500; ++round) {
    const int neurons = static_cast<int>(3 + random.below(40));
    const std::vector<DayResult> results = random_results(random, neurons);
    auto earned = rewards(results);
    if (earned.size() < 3) continue;
    book::Metagraph graph = subnet(0, neurons);
    auto gone = earned.begin();
    std::advance(gone, random.below(earned.size()));
    graph.neurons[gone->first].hotkey = key(999);
    earned.erase(gone);
    const auto row = values(make_plan(graph, results));
    std::int64_t total = 0;
    double sum = 0;
    for (const auto& [uid, reward] : earned) total += reward;
    for (const auto& [uid, value] : row) sum += value;
    for (const auto& [uid, reward] : earned) {
      const double value = row.contains(uid) ? row.at(uid) : 0;
      ASSERT_NEAR(value / sum, static_cast<double>(reward) / static_cast<double>(total), 1.0001 / 65535);
    }
  }
}

/// A verdict on entries of the given generation times, each named by its miner's key.
verdict::Verdict verdict_on(const std::vector<double>& ratios, const std::vector<double>& shares) {
  verdict::Policy policy;
  policy.weights = {{record::Metric::generation_time, 1}};
  policy.shares = shares;
  std::vector<verdict::Evidence> evidence;
  for (std::size_t i = 0; i < ratios.size(); ++i) {
    verdict::Evidence item;
    item.facts.name = key(static_cast<int>(i)).ss58();
    item.facts.content = hash::sha256(item.facts.name);
    item.facts.order = static_cast<int>(i) + 1;
    item.metrics[record::Metric::generation_time] = {ratios[i], ratios[i] * 0.9999, ratios[i] * 1.0001};
    item.fidelity = verdict::Faithfulness{1, 1};
    evidence.push_back(std::move(item));
  }
  return verdict::decide(policy, std::move(evidence));
}

std::map<AccountId, std::uint64_t> registrations(int count) {
  std::map<AccountId, std::uint64_t> blocks;
  for (int uid = 0; uid < count; ++uid) blocks[key(uid)] = static_cast<std::uint64_t>(10 + uid);
  return blocks;
}

TEST(PlanProperties, CN15OneMoreEntryMovesNobodyByMoreThanTheStatedBound) {
  const std::vector<double> shares = {0.5, 0.25, 0.15, 0.1};
  core::Philox random(15);
  for (int round = 0; round < 200; ++round) {
    std::vector<double> slots;  // far enough apart that nothing ties
    for (int slot = 0; slot < 12; ++slot) slots.push_back(0.2 + 0.05 * slot);
    random.shuffle(std::span(slots));
    const std::uint64_t count = 1 + random.below(8);
    std::vector<double> ratios(slots.begin(), slots.begin() + static_cast<std::ptrdiff_t>(count));
    const auto share_of = [&](const std::vector<double>& list) {
      const auto result =
          result_of(verdict_on(list, shares), day("a", 1), 1, registrations(static_cast<int>(list.size()))).value();
      const auto row = values(make_plan(subnet(0, 12), {result}));
      double sum = 0;
      for (const auto& [uid, value] : row) sum += value;
      std::vector<double> part(12);
      for (const auto& [uid, value] : row) part[uid] = value / sum;
      return part;
    };
    const auto before = share_of(ratios);
    ratios.push_back(slots[count]);
    const auto after = share_of(ratios);
    const double bound = static_cast<double>(verdict::influence_bound(shares, count)) / verdict::kWeightUnits;
    for (std::uint64_t i = 0; i < count; ++i) ASSERT_LE(std::abs(before[i] - after[i]), bound + 2.0 / 65535);
  }
}

TEST(PlanProperties, CN16ACopyAddsNothing) {
  const verdict::Verdict alone = verdict_on({0.5, 0.7}, {0.7, 0.3});
  const auto result = result_of(alone, day("a", 1), 1, registrations(4)).value();
  EXPECT_EQ(values(make_plan(subnet(0, 4), {result})), (Values{{0, 65535}, {1, 28086}}));
  verdict::Policy policy;
  policy.weights = {{record::Metric::generation_time, 1}};
  policy.shares = {0.7, 0.3};
  std::vector<verdict::Evidence> evidence;
  for (int i = 0; i < 4; ++i) {
    verdict::Evidence item;
    item.facts.name = key(i).ss58();
    item.facts.content = hash::sha256(i == 1 ? "second" : "first");
    item.facts.order = i + 1;
    const double ratio = i == 1 ? 0.7 : 0.5;
    item.metrics[record::Metric::generation_time] = {ratio, ratio * 0.99, ratio * 1.01};
    item.fidelity = verdict::Faithfulness{1, 1};
    evidence.push_back(std::move(item));
  }
  const auto copied = result_of(verdict::decide(policy, evidence), day("a", 1), 1, registrations(4)).value();
  EXPECT_EQ(copied.earnings, result.earnings);
}

TEST(Plan, AVerdictBecomesAResultOnlyForKeysOfTheSnapshot) {
  verdict::Verdict verdict = verdict_on({0.5}, {1.0});
  EXPECT_TRUE(result_of(verdict, day("a", 1), 1, registrations(1)).ok());
  EXPECT_FALSE(result_of(verdict, day("a", 1), 1, {}).ok());
  verdict.entries[0].facts.name = "fast";
  EXPECT_FALSE(result_of(verdict, day("a", 1), 1, registrations(1)).ok());
}

}  // namespace
}  // namespace noonmark::plan
