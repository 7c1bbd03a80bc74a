#include "contest/verdict/decide.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <tuple>

#include "contest/verdict/internal/reasons.h"

namespace noonmark::verdict {
namespace {

using record::Metric;

/// The name of the entry whose content this one repeats, or nothing.
using Originals = std::map<hash::Digest, std::string>;

bool faster(const record::Metrics& metrics) {
  const auto found = metrics.find(Metric::generation_time);
  return found != metrics.end() && found->second.high < 1;
}

/// What a record may hold: ratios that are numbers between their bounds.
record::Metrics usable(record::Metrics metrics) {
  std::erase_if(metrics, [](const auto& item) {
    const auto& [ratio, low, high] = item.second;
    return !(low >= 0 && low <= ratio && ratio > 0 && ratio <= high && std::isfinite(high));
  });
  return metrics;
}

std::optional<Faithfulness> usable(const std::optional<Faithfulness>& fidelity) {
  const auto share = [](double value) { return value >= 0 && value <= 1; };
  return fidelity && share(fidelity->mean) && share(fidelity->minimum) ? fidelity : std::nullopt;
}

EntryVerdict judge(const Policy& policy, Evidence& evidence, Originals& originals) {
  EntryVerdict result{.facts = std::move(evidence.facts)};
  const auto settle = [&](Status status, std::string reason) {
    result.status = status;
    result.reason = std::move(reason);
    return result;
  };
  if (evidence.refusal) {
    // Its content may be somebody else's under a false claim, so it makes nobody a copy.
    result.failure = std::move(evidence.refusal);
    return settle(Status::refused, internal::of_failure(*result.failure));
  }
  const auto [original, is_new] = originals.try_emplace(result.facts.content, result.facts.name);
  if (!is_new) {
    return settle(Status::copy, "the same content as " + original->second);
  }
  result.metrics = usable(std::move(evidence.metrics));
  result.fidelity = usable(evidence.fidelity);
  if (evidence.failure || !result.fidelity || !result.metrics.contains(Metric::generation_time)) {
    result.failure =
        evidence.failure ? std::move(*evidence.failure) : internal::not_measured(result.fidelity.has_value());
    return settle(Status::failed, internal::of_failure(*result.failure));
  }
  result.score = score_of(result.metrics, *result.fidelity, policy);
  if (!faithful(*result.fidelity, policy)) {
    return settle(Status::not_faithful, internal::of_fidelity(*result.fidelity, policy));
  }
  const bool slow = policy.require_faster && !faster(result.metrics);
  if (slow || !(result.score.low > 0)) {
    return settle(Status::not_faster, internal::of_slowness(result.metrics, slow));
  }
  return settle(Status::ranked, internal::of_speed(result.metrics));
}

/// Up to which score an entry still counts as tied.
double reach(const EntryVerdict& entry, const Policy& policy) {
  return std::min(entry.score.high, entry.score.value + policy.tie_reach) + policy.tie_margin;
}

/// Takes the entry of the next rank out of `left`, which is sorted by age; see decide().
EntryVerdict take_next(std::vector<EntryVerdict>& left, const Policy& policy) {
  const auto by = [](auto value) { return [value](const auto& a, const auto& b) { return value(a) < value(b); }; };
  const auto low = [](const EntryVerdict& entry) { return entry.score.low; };
  const auto value = [](const EntryVerdict& entry) { return entry.score.value; };
  const double bar = std::max_element(left.begin(), left.end(), by(low))->score.low;
  const auto best = std::max_element(left.begin(), left.end(), by(value));
  const auto chosen =
      std::find_if(left.begin(), left.end(), [&](const EntryVerdict& entry) { return reach(entry, policy) >= bar; });
  CHECK(chosen != left.end(), "the entry with the highest low bound is always a candidate");
  EntryVerdict result = *chosen;
  if (chosen->score.value < best->score.value) {
    result.reason += "; cannot be told apart from " + best->facts.name + ", and its content is older";
  }
  left.erase(chosen);
  return result;
}

/// Puts the reigning winner first unless an entry before it passed the margin. True when it was moved.
bool keep_incumbent(std::vector<EntryVerdict>& ranked, const hash::Digest& incumbent, const Policy& policy) {
  const auto reigning = std::find_if(ranked.begin(), ranked.end(),
                                     [&](const EntryVerdict& entry) { return entry.facts.content == incumbent; });
  if (reigning == ranked.end() || reigning == ranked.begin()) {
    return false;
  }
  const double needed = reigning->score.value * (1 + policy.dethrone_margin);
  if (std::any_of(ranked.begin(), reigning, [&](const EntryVerdict& entry) { return entry.score.value > needed; })) {
    return false;
  }
  reigning->reason += "; the reigning winner, whose score nobody passed by the margin";
  std::rotate(ranked.begin(), reigning, reigning + 1);
  return true;
}

/// Ranked entries in order of rank, then the others.
std::vector<EntryVerdict> put_in_order(std::vector<EntryVerdict> entries, const Policy& policy) {
  std::vector<EntryVerdict> left, others;
  for (EntryVerdict& entry : entries) (entry.status == Status::ranked ? left : others).push_back(std::move(entry));
  std::vector<EntryVerdict> result;
  while (!left.empty()) {
    result.push_back(take_next(left, policy));
  }
  const auto place = [](const EntryVerdict& entry) {
    return std::make_tuple(entry.status, -entry.score.value, entry.facts.order, entry.facts.content);
  };
  std::sort(others.begin(), others.end(),
            [&](const EntryVerdict& a, const EntryVerdict& b) { return place(a) < place(b); });
  std::move(others.begin(), others.end(), std::back_inserter(result));
  return result;
}

}  // namespace

Verdict decide(const Policy& policy, std::vector<Evidence> evidence, const std::optional<hash::Digest>& baseline,
               const std::optional<hash::Digest>& incumbent) {
  CHECK(validate(policy).ok(), "decide() needs a valid policy");
  std::sort(evidence.begin(), evidence.end(), [](const Evidence& a, const Evidence& b) {
    return std::tie(a.facts.order, a.facts.content, a.facts.name) <
           std::tie(b.facts.order, b.facts.content, b.facts.name);
  });
  Originals originals;
  if (baseline) {
    originals.emplace(*baseline, "the baseline");
  }
  std::vector<EntryVerdict> entries;
  for (auto& one : evidence) {
    entries.push_back(judge(policy, one, originals));
  }
  Verdict verdict{.policy = policy.name, .entries = put_in_order(std::move(entries), policy), .winner = ""};
  const auto first_other = std::find_if(verdict.entries.begin(), verdict.entries.end(),
                                        [](const EntryVerdict& entry) { return entry.status != Status::ranked; });
  std::vector<EntryVerdict> ranked(verdict.entries.begin(), first_other);
  if (incumbent && keep_incumbent(ranked, *incumbent, policy)) {
    verdict.incumbent_stays = true;
    std::move(ranked.begin(), ranked.end(), verdict.entries.begin());
  }
  const auto weights = weights_by_rank(policy.shares, ranked.size());
  for (std::size_t i = 0; i < verdict.entries.size(); ++i) {
    verdict.entries[i].rank = static_cast<int>(i) + 1;
    verdict.entries[i].weight = i < weights.size() ? weights[i] : 0;
  }
  if (!ranked.empty()) {
    verdict.winner = verdict.entries.front().facts.name;
    verdict.unassigned = 0;
  }
  return verdict;
}

std::vector<std::int64_t> weights_by_rank(const std::vector<double>& shares, std::size_t ranked) {
  std::vector<std::int64_t> weights(ranked, 0);
  const std::size_t paid = std::min(ranked, shares.size());
  const double total = std::accumulate(shares.begin(), shares.begin() + static_cast<std::ptrdiff_t>(paid), 0.0);
  if (paid == 0 || !(total > 0)) {
    return weights;
  }
  std::vector<std::pair<double, std::size_t>> remainders;  // negative, so that sorting puts the largest first
  std::int64_t left = kWeightUnits;
  for (std::size_t rank = 0; rank < paid; ++rank) {
    const double exact = shares[rank] / total * static_cast<double>(kWeightUnits);
    weights[rank] = std::min(left, static_cast<std::int64_t>(exact));
    left -= weights[rank];
    remainders.emplace_back(static_cast<double>(weights[rank]) - exact, rank);
  }
  std::sort(remainders.begin(), remainders.end());
  for (std::size_t i = 0; left > 0; ++i, --left) {
    ++weights[remainders[i % paid].second];
  }
  return weights;
}

std::int64_t influence_bound(const std::vector<double>& shares, std::size_t ranked) {
  const auto before = weights_by_rank(shares, ranked);
  const auto after = weights_by_rank(shares, ranked + 1);
  std::int64_t bound = 0;
  for (std::size_t rank = 0; rank < ranked; ++rank) {
    bound = std::max({bound, std::abs(before[rank] - after[rank]), std::abs(before[rank] - after[rank + 1])});
  }
  return bound;
}

}  // namespace noonmark::verdict
