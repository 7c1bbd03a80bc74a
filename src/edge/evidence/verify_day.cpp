#include "edge/evidence/verify_day.h"

#include <algorithm>
#include <map>

#include "edge/evidence/internal/examination.h"
#include "edge/evidence/internal/find_evidence.h"

namespace noonmark::evidence {
namespace {

book::Rao stake_of(const book::Metagraph& subnet, const AccountId& hotkey) {
  const book::Neuron* neuron = subnet.find(hotkey);
  return neuron == nullptr ? 0 : neuron->stake;
}

/// Evidence counts of keys that had a validator permit when they gave it: anybody registered can write such a record,
/// and nobody may make a day fail by writing nonsense. Where the node forgot that block, the head decides.
void drop_strangers(book::Ledger& ledger, const book::Metagraph& subnet, std::vector<Found>& found) {
  std::erase_if(found, [&](const Found& one) {
    const auto block = ledger.block(one.block);
    const auto then = block.ok() ? ledger.metagraph(subnet.netuid, *block) : core::Result<book::Metagraph>(subnet);
    const book::Neuron* neuron = (then.ok() ? *then : subnet).find(one.hotkey);
    return neuron == nullptr || !neuron->validator_permit;
  });
}

View view_of(const AccountId& validator, const verdict::EntryVerdict& entry) {
  View view{validator, std::string(verdict::name_of(entry.status)), entry.rank, entry.weight, {}, {}};
  const auto time = entry.metrics.find(record::Metric::generation_time);
  if (time != entry.metrics.end()) view.time = time->second;
  if (entry.fidelity) view.fidelity = entry.fidelity->mean;
  return view;
}

/// What the examined validator says of the entrant; nothing when it says nothing.
std::optional<View> view_of(const Examination& examined, const submission::Entrant& entrant) {
  const AccountId& validator = examined.report.hotkey;
  if (std::ranges::find(examined.bundle->left_out, entrant.hotkey, &LeftOut::hotkey) !=
      examined.bundle->left_out.end()) {
    return View{validator, "left out", 0, 0, {}, {}};
  }
  if (!examined.judgement) return std::nullopt;
  const std::string name = entrant.hotkey.ss58();
  for (const verdict::EntryVerdict& entry : examined.judgement->entries) {
    if (entry.facts.name == name) return view_of(validator, entry);
  }
  return std::nullopt;
}

void measure_spread(EntryComparison& entry) {
  double smallest = 0, largest = 0, low = 0, high = 0;
  bool any = false;
  for (const View& view : entry.views) {
    if (!view.time) continue;
    smallest = any ? std::min(smallest, view.time->ratio) : view.time->ratio;
    largest = any ? std::max(largest, view.time->ratio) : view.time->ratio;
    low = any ? std::max(low, view.time->low) : view.time->low;
    high = any ? std::min(high, view.time->high) : view.time->high;
    any = true;
  }
  if (!any) return;
  entry.spread = record::rounded(largest / smallest - 1);
  entry.overlap = low <= high;
}

/// Sound validators have the same collection, so any of them names the entries.
std::vector<EntryComparison> compare_entries(const std::vector<Examination>& examined) {
  std::vector<EntryComparison> entries;
  for (const Examination& one : examined) {
    if (!one.report.sound()) continue;
    if (entries.empty()) {
      for (const submission::Entrant& entrant : one.bundle->collection.entrants) {
        entries.push_back({entrant.hotkey, entrant.content, {}, 0, true});
      }
    }
    for (std::size_t i = 0; i < entries.size() && i < one.bundle->collection.entrants.size(); ++i) {
      if (auto view = view_of(one, one.bundle->collection.entrants[i])) entries[i].views.push_back(*std::move(view));
    }
  }
  for (EntryComparison& entry : entries) measure_spread(entry);
  return entries;
}

/// By stake, so that a crowd of small validators doesn't outvote a large one. Without any stake all count alike.
void count_winners(DayReport& report) {
  std::map<std::optional<hash::Digest>, double> behind;
  double total = 0;
  const bool staked =
      std::ranges::any_of(report.validators, [](const auto& one) { return one.sound() && one.stake > 0; });
  for (const ValidatorReport& one : report.validators) {
    if (!one.sound()) continue;
    const double stake = staked ? static_cast<double>(one.stake) : 1;
    behind[one.winner] += stake;
    total += stake;
  }
  double most = 0;
  for (const auto& [winner, stake] : behind) {
    if (stake <= most) continue;
    most = stake;
    report.winner = winner;
  }
  report.agreement = total > 0 ? record::rounded(most / total) : 0;
}

/// Keeps what checking didn't need. What can't be had is no fault of the day.
void mirror_blobs(Sources& sources, const std::vector<Examination>& examined, std::uint64_t budget) {
  for (const Examination& one : examined) {
    if (!one.report.sound()) continue;
    for (const Blob& blob : one.bundle->blobs) {
      if (blob.size > budget || blob.size > kMaxRecord) continue;
      const auto bytes = sources.get(blob.digest, blob.size, one.report.url);
      if (bytes.ok()) budget -= blob.size;
    }
  }
}

}  // namespace

const Check* ValidatorReport::mismatch() const {
  const auto found = std::ranges::find(checks, Check::Answer::differs, &Check::answer);
  return found == checks.end() ? nullptr : &*found;
}

bool ValidatorReport::sound() const { return !checks.empty() && mismatch() == nullptr; }

bool DayReport::ok() const {
  return !validators.empty() && std::ranges::all_of(validators, [](const auto& one) { return one.sound(); });
}

core::Result<DayReport> verify_day(book::Ledger& ledger, book::NetUid netuid, const rules::ContestDay& day,
                                   const Fetch& fetch, const VerifySettings& settings) {
  const book::BlockRef head = TRY(ledger.head());
  const book::Metagraph subnet = TRY(ledger.metagraph(netuid, head));
  std::vector<Found> found = TRY(find_evidence(ledger, netuid, day, head));
  drop_strangers(ledger, subnet, found);
  if (found.empty()) {
    return core::not_found("nobody gave evidence for " + day.text() + " on subnet " + std::to_string(netuid) +
                           "; it comes when validators have held the contest");
  }
  std::ranges::stable_sort(found, std::ranges::greater{},
                           [&](const Found& one) { return stake_of(subnet, one.hotkey); });
  Sources sources(fetch, settings.mirror);
  for (const Found& one : found) sources.add(one.evidence.url);
  Examiner examiner{ledger, netuid, day, head, sources, settings};
  std::vector<Examination> examined;
  for (const Found& one : found) {
    examined.emplace_back(examiner, one);
    examined.back().report.stake = stake_of(subnet, one.hotkey);
    TRY(examined.back().run());
  }
  DayReport report;
  report.day = day;
  report.head = head;
  for (const Examination& one : examined) {
    report.validators.push_back(one.report);
    if (!one.report.sound()) continue;
    report.cut_off = one.bundle->cut_off.block;
    report.reveal = one.bundle->reveal.block;
  }
  for (const book::Neuron& neuron : subnet.neurons) {
    const bool spoke = std::ranges::find(found, neuron.hotkey, &Found::hotkey) != found.end();
    if (neuron.validator_permit && !spoke) report.silent.push_back(neuron.hotkey);
  }
  report.entries = compare_entries(examined);
  count_winners(report);
  if (settings.mirror != nullptr) mirror_blobs(sources, examined, settings.max_mirror_bytes);
  return report;
}

}  // namespace noonmark::evidence
