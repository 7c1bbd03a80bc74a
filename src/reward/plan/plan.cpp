#include "reward/plan/plan.h"

#include <algorithm>
#include <set>

#include "base/core/check.h"

namespace noonmark::plan {
namespace {

constexpr std::int64_t kTop = 65535;

/// Fractions of a reward can't be lost: share · units · kTop of all contests together stay below 2^63.
static_assert(static_cast<double>(kMaxShare) * kMaxContests * verdict::kWeightUnits * kTop < 9.2e18);

std::vector<const DayResult*> newest_of_each(const std::vector<DayResult>& results) {
  std::map<std::string, const DayResult*> newest;
  for (const DayResult& result : results) {
    CHECK(check(result).ok(), "a result out of range");
    const DayResult*& held = newest[result.day.contest];
    if (held == nullptr || held->day.date < result.day.date) held = &result;
  }
  CHECK(newest.size() <= kMaxContests, "too many contests");
  std::vector<const DayResult*> list;
  for (const auto& [contest, result] : newest) list.push_back(result);
  return list;
}

/// The row in the making: rewards by uid, and what is to be said about each key.
class Row {
 public:
  Row(const book::Metagraph& subnet, const std::map<AccountId, std::string>& excluded) : excluded_(excluded) {
    for (const book::Neuron& neuron : subnet.neurons) neurons_[neuron.hotkey] = &neuron;
  }

  void pay(const DayResult& result) {
    for (const Earning& earning : result.earnings) {
      Account& account = accounts_[earning.hotkey];
      const std::string earned = std::to_string(earning.units) + " of " + std::to_string(verdict::kWeightUnits) +
                                 " of " + result.day.text() + " with share " + std::to_string(result.share);
      const std::string obstacle = obstacle_of(earning);
      if (obstacle.empty()) account.reward += earning.units * result.share;
      account.reason += (account.reason.empty() ? "" : "; ") + earned + (obstacle.empty() ? "" : ": " + obstacle);
    }
  }

  bool pays_anybody() const {
    return std::ranges::any_of(accounts_, [](const auto& item) { return item.second.reward > 0; });
  }

  /// The same for everybody who can be meant.
  void pay_everybody() {
    if (!pay_all_if([](const book::Neuron& neuron) { return !neuron.validator_permit; })) {
      pay_all_if([](const book::Neuron&) { return true; });
    }
  }

  Plan finish(std::size_t min_weights);

 private:
  struct Account {
    std::int64_t reward = 0;
    std::string reason;
  };

  const std::string* exclusion(const book::Neuron& neuron) const {
    for (const AccountId& key : {neuron.hotkey, neuron.coldkey}) {
      const auto found = excluded_.find(key);
      if (found != excluded_.end()) return &found->second;
    }
    return nullptr;
  }

  /// Why the key can't be paid; empty when it can.
  std::string obstacle_of(const Earning& earning) const {
    const auto found = neurons_.find(earning.hotkey);
    if (found == neurons_.end()) return "nothing, because the key isn't registered any more";
    if (found->second->registered_at != earning.registered_at) {
      return "nothing, because the key was registered anew at block " + std::to_string(found->second->registered_at);
    }
    const std::string* reason = exclusion(*found->second);
    return reason == nullptr ? "" : "nothing, because the key is excluded (" + *reason + ")";
  }

  template <class Predicate>
  bool pay_all_if(Predicate meant) {
    bool any = false;
    for (const auto& [hotkey, neuron] : neurons_) {
      if (exclusion(*neuron) != nullptr || !meant(*neuron)) continue;
      any = true;
      Account& account = accounts_[hotkey];
      account.reward = 1;
      account.reason +=
          (account.reason.empty() ? "" : "; ") + std::string("the same as everybody, for want of a winner");
    }
    return any;
  }

  const std::map<AccountId, std::string>& excluded_;
  std::map<AccountId, const book::Neuron*> neurons_;
  std::map<AccountId, Account> accounts_;
};

/// One uid's part on its way to a whole number.
struct Part {
  book::Uid uid = 0;
  std::int64_t value = 0, remainder = 0;
};

/// reward · kTop / largest in whole numbers with the nearest sum.
std::map<book::Uid, std::uint16_t> scaled(const std::map<book::Uid, std::int64_t>& rewards) {
  std::int64_t largest = 0, total = 0;
  for (const auto& [uid, reward] : rewards) {
    largest = std::max(largest, reward);
    total += reward;
  }
  std::map<book::Uid, std::uint16_t> values;
  if (largest == 0) return values;
  std::vector<Part> parts;
  std::int64_t left = (total / largest) * kTop + ((total % largest) * kTop + largest / 2) / largest;
  for (const auto& [uid, reward] : rewards) {
    parts.push_back({uid, reward * kTop / largest, reward * kTop % largest});
    left -= parts.back().value;
  }
  std::ranges::stable_sort(parts, std::ranges::greater{}, &Part::remainder);
  for (Part& part : parts) {
    if (left <= 0) break;
    ++part.value;
    --left;
  }
  for (const Part& part : parts) values[part.uid] = static_cast<std::uint16_t>(part.value);
  return values;
}

Plan Row::finish(std::size_t min_weights) {
  std::map<book::Uid, std::int64_t> rewards;
  for (const auto& [hotkey, account] : accounts_) {
    if (account.reward > 0) rewards[neurons_.at(hotkey)->uid] = account.reward;
  }
  std::map<book::Uid, std::uint16_t> values = scaled(rewards);
  std::erase_if(values, [](const auto& item) { return item.second == 0; });
  Plan plan;
  for (const auto& [hotkey, account] : accounts_) {
    const auto neuron = neurons_.find(hotkey);
    Line line{hotkey, {}, 0, account.reason};
    if (neuron != neurons_.end()) {
      line.uid = neuron->second->uid;
      const auto value = values.find(*line.uid);
      if (value != values.end()) line.value = value->second;
    }
    plan.lines.push_back(std::move(line));
  }
  if (values.empty()) return plan;
  std::set<book::Uid> uids;
  for (const auto& [hotkey, neuron] : neurons_) uids.insert(neuron->uid);
  for (const book::Uid uid : uids) {
    if (values.size() >= min_weights) break;
    values.emplace(uid, std::uint16_t{0});
  }
  for (const auto& [uid, value] : values) plan.weights.push_back({uid, value});
  return plan;
}

}  // namespace

Plan make_plan(const book::Metagraph& subnet, const std::vector<DayResult>& results,
               const std::map<AccountId, std::string>& excluded) {
  Row row(subnet, excluded);
  for (const DayResult* result : newest_of_each(results)) row.pay(*result);
  if (!row.pays_anybody()) row.pay_everybody();
  return row.finish(subnet.rules.min_allowed_weights);
}

core::Result<void> check(const DayResult& result) {
  const auto wrong = [&](const std::string& what) { return core::invalid(result.day.text() + ": " + what); };
  if (result.share < 1 || result.share > kMaxShare) {
    return wrong("the share must be 1 to " + std::to_string(kMaxShare));
  }
  if (result.earnings.size() > kMaxEarnings) return wrong("too many keys earned something");
  std::int64_t left = verdict::kWeightUnits;
  std::set<AccountId> seen;
  for (const Earning& earning : result.earnings) {
    if (earning.units < 1 || earning.units > left)
      return wrong("more than the whole, or less than nothing, was earned");
    left -= earning.units;
    if (!seen.insert(earning.hotkey).second) return wrong(earning.hotkey.ss58() + " stands there twice");
  }
  return {};
}

core::Result<DayResult> result_of(const verdict::Verdict& verdict, const rules::ContestDay& day, int share,
                                  const std::map<AccountId, std::uint64_t>& registrations) {
  DayResult result{day, share, {}};
  for (const verdict::EntryVerdict& entry : verdict.entries) {
    if (entry.weight <= 0) continue;
    const AccountId hotkey =
        TRY(AccountId::parse(entry.facts.name).context("the entry " + entry.facts.name + " isn't named by a hot key"));
    const auto registered = registrations.find(hotkey);
    if (registered == registrations.end()) {
      return core::invalid("the entry of " + entry.facts.name +
                           " earned, but the key wasn't registered at the cut-off");
    }
    result.earnings.push_back({hotkey, registered->second, entry.weight});
  }
  TRY(check(result));
  return result;
}

}  // namespace noonmark::plan
