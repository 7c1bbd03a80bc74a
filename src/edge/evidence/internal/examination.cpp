#include "edge/evidence/internal/examination.h"

#include <algorithm>
#include <set>

#include "base/codec/text.h"
#include "contest/conduct/derive.h"
#include "contest/entry/admission.h"
#include "contest/rules/calendar.h"
#include "model/package/endorsement.h"
#include "model/package/manifest.h"

namespace noonmark::evidence {
namespace {

using codec::Json;

const std::string kSame;

std::string difference(const Json& told, const Json& found) {
  const auto first = conduct::first_difference(told, found);
  if (!first) return "";
  return "$" + first->path + ": told " + first->left + ", found " + first->right;
}

std::string winner_text(const std::optional<hash::Digest>& winner) { return winner ? winner->hex() : "nobody"; }

/// A row as the epoch sees it: what has no weight isn't there.
std::vector<book::Weight> in_force(std::vector<book::Weight> row) {
  std::erase_if(row, [](const book::Weight& weight) { return weight.value == 0; });
  std::ranges::sort(row);
  return row;
}

std::string row_text(const std::vector<book::Weight>& row) {
  constexpr std::size_t kShown = 4;
  std::string text;
  for (std::size_t i = 0; i < std::min(row.size(), kShown); ++i) {
    text += (i == 0 ? "" : " ") + std::to_string(row[i].uid) + ":" + std::to_string(row[i].value);
  }
  return row.empty() ? "no row" : text + (row.size() > kShown ? " …" : "");
}

const LeftOut* find_left_out(const Bundle& bundle, const AccountId& hotkey) {
  const auto found = std::ranges::find(bundle.left_out, hotkey, &LeftOut::hotkey);
  return found == bundle.left_out.end() ? nullptr : &*found;
}

/// Why `sighting` isn't what the record must hold of `entrant`; empty when it is.
std::string compare(const submission::Entrant& entrant, const entry::Sighting* sighting) {
  if (sighting == nullptr) return entrant.hotkey.ss58() + " takes part but is neither in the record nor left out";
  if (sighting->name != entrant.hotkey.ss58()) {
    return "where the record has " + sighting->name + ", the collection has " + entrant.hotkey.ss58();
  }
  if (sighting->package && sighting->package->content != entrant.content) {
    return "the package of " + sighting->name + " is " + sighting->package->content.hex() + ", claimed was " +
           entrant.content.hex();
  }
  return "";
}

}  // namespace

core::Result<std::optional<book::BlockRef>> Examiner::first_block(core::UnixNanos instant) {
  const auto known = blocks.find(instant);
  if (known != blocks.end()) return known->second;
  return blocks.emplace(instant, TRY(submission::first_block_at(ledger, instant))).first->second;
}

core::Result<const submission::Snapshot*> Examiner::snapshot(core::UnixNanos instant) {
  auto known = snapshots.find(instant);
  if (known == snapshots.end()) {
    const auto block = TRY(first_block(instant));
    if (!block) return nullptr;
    known = snapshots.emplace(instant, TRY(submission::take_snapshot(ledger, netuid, *block))).first;
  }
  return &known->second;
}

Examination::Examination(Examiner& examiner, const Found& found) : examiner_(examiner), found_(found) {
  report.hotkey = found.hotkey;
  report.url = found.evidence.url;
  report.evidence_block = found.block;
  report.bundle = found.evidence.bundle;
  if (found.evidence.winner != hash::Digest{}) report.winner = found.evidence.winner;
}

core::Result<void> Examination::run() {
  struct Step {
    const char* what;
    Finding (Examination::*check)();
  };
  constexpr Step kSteps[] = {{"bundle", &Examination::check_bundle},
                             {"contest", &Examination::check_contest},
                             {"cut-off snapshot", &Examination::check_cut_off},
                             {"reveal snapshot", &Examination::check_reveal},
                             {"lists", &Examination::check_lists},
                             {"collection", &Examination::check_collection},
                             {"record", &Examination::check_record},
                             {"inputs", &Examination::check_inputs},
                             {"entries", &Examination::check_entries},
                             {"winner", &Examination::check_winner},
                             {"plan", &Examination::check_plan}};
  for (const Step& step : kSteps) {
    const std::string wrong = TRY((this->*step.check)());
    report.checks.push_back({step.what, wrong.empty() ? Check::Answer::same : Check::Answer::differs, wrong});
    if (!wrong.empty()) return {};
  }
  report.checks.push_back(TRY(check_weights()));
  return {};
}

Examination::Finding Examination::check_bundle() {
  const auto bytes = examiner_.sources.get(found_.evidence.bundle, kMaxBundle, found_.evidence.url);
  if (!bytes.ok()) return bytes.error().message;
  auto opened = open(core::as_text(*bytes));
  if (!opened.ok()) return opened.error().message;
  if (opened->validator != found_.hotkey) return "it is the bundle of " + opened->validator.ss58();
  if (opened->day != examiner_.day) return "it is the bundle of " + opened->day.text();
  if (opened->netuid != examiner_.netuid) return "it is of subnet " + std::to_string(opened->netuid);
  bundle = *std::move(opened);
  return kSame;
}

Examination::Finding Examination::check_contest() {
  if (bundle->contest.id != examiner_.day.contest) return "the contest held was " + bundle->contest.id;
  const hash::Digest digest = rules::digest_of(bundle->contest);
  if (examiner_.settings.contest && digest != *examiner_.settings.contest) {
    return "another definition was held: told " + digest.hex() + ", expected " + examiner_.settings.contest->hex();
  }
  const auto cut_off = rules::cut_off_of(bundle->contest.calendar, examiner_.day.date);
  if (!cut_off.ok()) return cut_off.error().message;
  cut_off_ = *cut_off;
  return kSame;
}

Examination::Finding Examination::check_snapshot(core::UnixNanos instant, const submission::Snapshot& told) {
  const submission::Snapshot* own = TRY(examiner_.snapshot(instant));
  if (own == nullptr) return "the ledger has no block yet at or after " + rules::to_text(instant);
  return difference(submission::to_json(told), submission::to_json(*own));
}

Examination::Finding Examination::check_cut_off() {
  const std::string wrong = TRY(check_snapshot(cut_off_, bundle->cut_off));
  if (wrong.empty()) own_cut_off_ = TRY(examiner_.snapshot(cut_off_));
  return wrong;
}

Examination::Finding Examination::check_reveal() {
  const core::UnixNanos instant = cut_off_ + bundle->contest.submission.reveal;
  const std::string wrong = TRY(check_snapshot(instant, bundle->reveal));
  if (wrong.empty()) own_reveal_ = TRY(examiner_.snapshot(instant));
  return wrong;
}

Examination::Finding Examination::check_lists() {
  const auto& wanted = examiner_.settings.lists;
  if (!wanted || (wanted->exclusions == bundle->lists.exclusions && wanted->allowed == bundle->lists.allowed))
    return kSame;
  return std::string("the exclusions or allowed packages aren't those of the subnet's owner");
}

Examination::Finding Examination::check_collection() {
  const submission::Collection own = submission::collect(bundle->contest, *own_cut_off_, *own_reveal_, bundle->lists);
  return difference(submission::to_json(bundle->collection), submission::to_json(own));
}

Examination::Finding Examination::check_record() {
  if (!bundle->record) return kSame;
  const auto bytes = examiner_.sources.get(*bundle->record, kMaxRecord, found_.evidence.url);
  if (!bytes.ok()) return bytes.error().message;
  auto verified = conduct::verify(core::as_text(*bytes));
  if (!verified.ok()) return verified.error().message;
  replay_ = *std::move(verified);
  const conduct::Opened& opened = *replay_->state.opened;
  if (opened.contest_digest != rules::digest_of(bundle->contest))
    return std::string("it is the record of another contest");
  if (opened.cut_off_ns != cut_off_.time_since_epoch().count())
    return std::string("it is the record of another cut-off");
  return kSame;
}

Examination::Finding Examination::check_inputs() {
  if (!replay_) return kSame;
  const core::Bytes& beacon = replay_->state.drawn->beacon;
  if (std::ranges::equal(beacon, own_reveal_->block.hash.bytes)) return kSame;
  return "they were drawn from " + codec::hex(beacon) + ", not from the hash of block " +
         std::to_string(own_reveal_->block.number) + ", " + codec::hex(own_reveal_->block.hash.bytes);
}

Examination::Finding Examination::check_entries() {
  static const std::vector<entry::Sighting> kNone;
  const auto& candidates = replay_ ? replay_->state.admitted->candidates : kNone;
  std::set<hash::Digest> contents;
  std::size_t next = 0;
  for (const submission::Entrant& entrant : bundle->collection.entrants) {
    if (const LeftOut* left_out = find_left_out(*bundle, entrant.hotkey)) {
      if (left_out->failure.code != "copy" || contents.contains(entrant.content)) continue;
      return entrant.hotkey.ss58() + " was left out as a copy, but nobody before it has that content";
    }
    const std::string wrong = compare(entrant, next < candidates.size() ? &candidates[next] : nullptr);
    if (!wrong.empty()) return wrong;
    contents.insert(entrant.content);
    ++next;
  }
  if (next < candidates.size()) return "the record has " + candidates[next].name + ", who doesn't take part";
  return check_manifests();
}

Examination::Finding Examination::check_manifests() {
  for (const submission::Entrant& entrant : bundle->collection.entrants) {
    const auto blob = std::ranges::find(bundle->blobs, "manifest " + entrant.hotkey.ss58(), &Blob::what);
    if (blob == bundle->blobs.end()) continue;
    const auto bytes = examiner_.sources.get(blob->digest, package::Limits{}.manifest_bytes, found_.evidence.url);
    if (!bytes.ok()) return bytes.error().message;
    const auto manifest = package::parse_manifest(core::as_text(*bytes));
    if (!manifest.ok()) return blob->what + ": " + manifest.error().message;
    if (package::content_digest(*manifest) != entrant.content) return blob->what + " is that of another package";
    const auto endorsed = package::check_endorsement(*manifest, entrant.hotkey);
    if (!endorsed.ok()) return blob->what + ": " + endorsed.error().message;
  }
  return kSame;
}

Examination::Finding Examination::check_winner() {
  Outcome outcome;
  if (replay_) {
    auto computed = outcome_of(*replay_->state.verdict, examiner_.day, plan::kMaxShare, *own_cut_off_);
    if (!computed.ok()) return computed.error().message;
    outcome = *std::move(computed);
    judgement = TRY(verdict::verdict_from_json(*replay_->state.verdict));
    const auto reigning = submission::incumbent(examiner_.day, *own_cut_off_);
    if (reigning != replay_->state.opened->reigning) {
      return "the reigning winner is " + winner_text(reigning) + ", the record has " +
             winner_text(replay_->state.opened->reigning);
    }
  }
  if (outcome.winner != bundle->winner || outcome.winner != report.winner) {
    return "it is " + winner_text(outcome.winner) + "; told " + winner_text(bundle->winner) + ", on the ledger " +
           winner_text(report.winner);
  }
  return kSame;
}

Examination::Finding Examination::check_plan() {
  const Planned& planned = bundle->plan;
  const auto told = std::ranges::find(planned.results, examiner_.day, &plan::DayResult::day);
  if (told == planned.results.end()) return std::string("the day's own result isn't in it");
  plan::DayResult own{examiner_.day, told->share, {}};
  if (replay_) {
    own = TRY(outcome_of(*replay_->state.verdict, examiner_.day, told->share, *own_cut_off_)).result;
  }
  const std::string wrong = difference(plan::to_json(*told), plan::to_json(own));
  if (!wrong.empty()) return "result " + wrong;
  std::set<std::string> contests;
  for (const plan::DayResult& result : planned.results) {
    if (!contests.insert(result.day.contest).second) return result.day.contest + " stands in it twice";
  }
  if (planned.block.number < own_reveal_->block.number || planned.block.number > found_.block) {
    return "it is for block " + std::to_string(planned.block.number) +
           ", which isn't between the reveal and the evidence";
  }
  const book::BlockRef block = TRY(examiner_.ledger.block(planned.block.number));
  if (block != planned.block) return "the ledger's block " + std::to_string(block.number) + " is another one";
  const book::Metagraph subnet = TRY(examiner_.ledger.metagraph(examiner_.netuid, block));
  const plan::Plan made = plan::make_plan(subnet, planned.results, excluded_keys(bundle->lists));
  return difference(plan::to_json(planned.weights), plan::to_json(made.weights));
}

// --- weights on the ledger ------------------------------------------------------------------------------------------

core::Result<book::BlockRef> Examination::end_of_day() {
  const core::UnixNanos next = TRY(rules::next_cut_off(bundle->contest.calendar, cut_off_));
  const auto block = TRY(examiner_.first_block(next));
  return block.value_or(examiner_.head);
}

/// Whether `row` is the plan for the subnet as it was at `block`: keys come and go between two rows.
core::Result<bool> Examination::row_follows(const std::vector<book::Weight>& row, book::BlockNumber block) {
  const auto at = examiner_.ledger.block(block);
  if (!at.ok()) return false;
  const auto subnet = examiner_.ledger.metagraph(examiner_.netuid, *at);
  if (!subnet.ok()) return false;  // a node that forgot so old a state
  return row == in_force(plan::make_plan(*subnet, bundle->plan.results, excluded_keys(bundle->lists)).weights);
}

core::Result<Check> Examination::check_weights() {
  const book::BlockRef end = TRY(end_of_day());
  const book::Metagraph subnet = TRY(examiner_.ledger.metagraph(examiner_.netuid, end));
  const auto self = std::ranges::find(subnet.neurons, found_.hotkey, &book::Neuron::hotkey);
  if (self == subnet.neurons.end()) {
    return Check{"weights", Check::Answer::open,
                 "the validator isn't registered at block " + std::to_string(end.number)};
  }
  const auto rows = TRY(examiner_.ledger.weights(examiner_.netuid, end));
  const auto found = std::ranges::find(rows, self->uid, &book::WeightRow::validator);
  const std::vector<book::Weight> row = found == rows.end() ? std::vector<book::Weight>{} : in_force(found->weights);
  const auto planned = in_force(bundle->plan.weights);
  const auto set_at = static_cast<book::BlockNumber>(self->last_update);
  bool follows = row == planned || TRY(row_follows(row, end.number));
  if (!follows && set_at > 0) follows = TRY(row_follows(row, set_at)) || TRY(row_follows(row, set_at - 1));
  const std::string where = " at block " + std::to_string(end.number);
  if (follows) return Check{"weights", Check::Answer::same, row_text(row) + where};
  const std::string told = "planned " + row_text(planned) + ", on the ledger " + row_text(row) + where;
  const book::Hyperparameters& rules = subnet.rules;
  const std::uint64_t epochs = 2 + (rules.commit_reveal ? rules.reveal_period_epochs : 0);
  const std::uint64_t last = found_.block + epochs * (std::uint64_t{rules.tempo} + 1) + 100;
  if (end.number < last) {
    return Check{"weights", Check::Answer::open, told + "; there is time until block " + std::to_string(last)};
  }
  if (bundle->plan.results.size() > 1) {
    return Check{"weights", Check::Answer::open,
                 told + "; another contest of the subnet may have changed the row since"};
  }
  return Check{"weights", Check::Answer::differs, told};
}

}  // namespace noonmark::evidence
