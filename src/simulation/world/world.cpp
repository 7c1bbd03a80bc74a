#include "simulation/world/world.h"

#include <algorithm>
#include <map>
#include <set>

#include "contest/submission/collect.h"
#include "contest/submission/pointer.h"
#include "reward/plan/plan.h"
#include "simulation/world/treasurer.h"

namespace noonmark::world {
namespace {

using runtime::InProcessLedger;

constexpr book::NetUid kNetUid = 1;
constexpr core::Nanos kBlockTime = std::chrono::minutes(5);
constexpr std::uint16_t kTempo = 71;                                    // an epoch in 72 blocks: six hours
constexpr core::UnixNanos kStart{std::chrono::seconds(1'767'225'600)};  // 2026-01-01T00:00:00Z
constexpr core::Nanos kSealBefore = std::chrono::hours(1);
constexpr int kVariants = 5;

/// One entry that an actor wants on the ledger: its record of today, and what it opens to.
struct Wish {
  AccountId hotkey;
  submission::Open open;
  bool sealed = true;
};

/// Everything that is known of a package by whoever can look at it: validators, and everybody once it is opened.
struct Known {
  Work work;
  std::set<AccountId> endorsed_by;
};

class World {
 public:
  World(const Cast& cast, const Settings& settings, const verdict::Policy& policy, InProcessLedger& ledger)
      : cast_(cast),
        settings_(settings),
        policy_(policy),
        ledger_(ledger),
        treasurer_(ledger, kNetUid, settings.seed),
        random_(settings.seed) {}

  core::Result<Outcome> run(const OnDay& on_day);

 private:
  // Miners.
  std::vector<Wish> wishes(int day);
  std::vector<Wish> wishes_of(const Miner& miner, std::size_t index, int day);
  Wish enter(const Miner& miner, std::size_t key, const Work& work, bool endorsed = true);
  Work own_work(const Miner& miner, int day, double ratio) const;
  // The day.
  core::Result<void> hold(int day, core::UnixNanos cut_off);
  core::Result<submission::Snapshot> snapshot_at(core::UnixNanos instant);
  core::Result<void> commit(const std::vector<Wish>& wishes, bool opened);
  core::Result<void> judge(const rules::ContestDay& day, const submission::Snapshot& cut_off,
                           const submission::Collection& collection);
  verdict::Verdict verdict_of(std::size_t validator, const submission::Snapshot& cut_off,
                              const submission::Collection& collection, const rules::ContestDay& day);
  core::Result<void> publish(const rules::ContestDay& day, const std::vector<std::optional<hash::Digest>>& winners);
  // Money.
  core::Result<void> pay_until(core::UnixNanos instant);
  core::Result<void> pay();
  core::Result<Treasurer::Row> row_of(std::size_t validator, const book::Metagraph& subnet);
  core::Result<void> advance_to(core::UnixNanos instant);
  core::Result<std::uint64_t> wealth(const std::vector<AccountId>& keys);
  core::Result<void> count(bool end);

  const Cast& cast_;
  const Settings& settings_;
  const verdict::Policy& policy_;
  InProcessLedger& ledger_;
  Treasurer treasurer_;
  core::Philox random_;
  std::map<hash::Digest, Known> known_;
  std::map<AccountId, hash::Digest> entered_;          // the newest content of each key
  std::vector<double> best_;                           // of each miner: the ratio of its best work so far
  std::map<hash::Digest, AccountId> makers_;           // as every validator remembers them
  std::optional<submission::Open> won_;                // what the last winner opened
  std::vector<std::vector<plan::DayResult>> results_;  // of each validator: the newest day
  Outcome outcome_;
};

Work World::own_work(const Miner& miner, int day, double ratio) const {
  Work work;
  work.content = hash::sha256(miner.name + "\n" + std::to_string(day) + "\n" + std::to_string(ratio));
  work.ratio = ratio;
  work.fidelity = 0.97;
  switch (miner.kind) {
    case MinerKind::garbage:
      work.failure = record::Failure{record::Failure::Owner::entry, "invalid", "it broke"};
      break;
    case MinerKind::memory_thief:
      work.ratio *= 0.8;
      work.failure = record::Failure{record::Failure::Owner::entry, "memory", "above the limit"};
      break;
    case MinerKind::look_up:
      work.ratio = 0.05;
      work.fidelity = 0.06;  // a picture of another prompt, which nobody could know
      break;
    case MinerKind::sleeper:
      work.ratio = 0.2;
      work.fidelity = 0.06;  // of the pictures after admission; all that count are drawn then
      break;
    default:
      break;
  }
  return work;
}

Wish World::enter(const Miner& miner, std::size_t key, const Work& work, bool endorsed) {
  const AccountId& hotkey = miner.hotkeys.at(key);
  Known& known = known_[work.content];
  if (known.endorsed_by.empty()) known.work = work;
  if (endorsed) known.endorsed_by.insert(hotkey);
  entered_[hotkey] = work.content;
  Wish wish{hotkey, {submission::tag_of(settings_.contest.id), work.content, {}, {}}};
  const hash::Digest salt = hash::sha256(hotkey.ss58() + work.content.hex());
  std::copy_n(salt.bytes.begin(), wish.open.salt.size(), wish.open.salt.begin());
  wish.open.pointer = submission::pointer_bytes("https://example.org/" + hotkey.ss58().substr(0, 16)).value();
  return wish;
}

std::vector<Wish> World::wishes_of(const Miner& miner, std::size_t index, int day) {
  const bool better = day == 0 || random_.uniform() < settings_.progress;
  const double step = 1 - 0.08 * random_.uniform();  // drawn whether used or not, so that casts can be compared
  switch (miner.kind) {
    case MinerKind::absent:
      return {};
    case MinerKind::copier:
    case MinerKind::squatter: {
      if (!won_ || entered_[miner.hotkeys[0]] == won_->content) return {};
      const Work stolen = known_.at(won_->content).work;
      return {enter(miner, 0, stolen, miner.kind == MinerKind::copier)};
    }
    default:
      break;
  }
  if (!better) return {};
  if (day > 0) best_[index] *= step;
  std::vector<Wish> wishes;
  const bool many = miner.kind == MinerKind::sybil || miner.kind == MinerKind::wide_sybil;
  for (int i = 0; i < (many ? kVariants : 1); ++i) {
    const double ratio = best_[index] * (1 + 0.0001 * i);
    wishes.push_back(enter(miner, static_cast<std::size_t>(i), own_work(miner, day * kVariants + i, ratio)));
  }
  return wishes;
}

std::vector<Wish> World::wishes(int day) {
  std::vector<Wish> all;
  for (std::size_t i = 0; i < cast_.miners.size(); ++i) {
    for (Wish& wish : wishes_of(cast_.miners[i], i, day)) all.push_back(std::move(wish));
  }
  return all;
}

core::Result<void> World::advance_to(core::UnixNanos instant) {
  const book::BlockRef head = TRY(ledger_.head());
  const core::UnixNanos now = TRY(ledger_.block_time(head));
  if (now >= instant) return {};
  return ledger_.advance(static_cast<book::BlockNumber>((instant - now + kBlockTime - core::Nanos(1)) / kBlockTime));
}

core::Result<submission::Snapshot> World::snapshot_at(core::UnixNanos instant) {
  TRY(advance_to(instant));
  const auto block = TRY(submission::first_block_at(ledger_, instant));
  return submission::take_snapshot(ledger_, kNetUid, *block);
}

core::Result<void> World::commit(const std::vector<Wish>& wishes, bool opened) {
  std::vector<InProcessLedger::Asked> asked;
  for (const Wish& wish : wishes) {
    const submission::Record record =
        opened ? submission::Record(wish.open)
               : submission::Record(submission::Sealed{wish.open.tag, submission::seal(wish.hotkey, wish.open)});
    asked.push_back({wish.hotkey, book::Commit{kNetUid, TRY(submission::encode(record))}});
  }
  if (asked.empty()) return {};
  for (const auto& receipt : TRY(ledger_.submit_all(asked))) {
    if (!receipt.ok()) return receipt.error();
    if (!receipt->success) return core::internal("a record was refused: " + receipt->error);
  }
  return {};
}

verdict::Verdict World::verdict_of(std::size_t validator, const submission::Snapshot& cut_off,
                                   const submission::Collection& collection, const rules::ContestDay& day) {
  std::vector<verdict::Evidence> evidence;
  std::set<hash::Digest> taken;
  for (const submission::Entrant& entrant : collection.entrants) {
    const Known& known = known_.at(entrant.content);
    record::EntryFacts facts;
    facts.name = entrant.hotkey.ss58();
    facts.content = entrant.content;
    facts.order = static_cast<int>(evidence.size());
    core::Philox luck(settings_.seed + 1000 * (validator + 1),
                      static_cast<std::uint64_t>(day.date.time_since_epoch().count()) * 1000 + evidence.size());
    const bool endorsed = known.endorsed_by.contains(entrant.hotkey), first = !taken.contains(entrant.content);
    if (endorsed && first) {
      taken.insert(entrant.content);
      evidence.push_back(try_out(known.work, facts, settings_.noise, luck));
    } else {
      evidence.push_back(
          {.facts = facts,
           .refusal = record::Failure{record::Failure::Owner::entry, endorsed ? "copy" : "not_endorsed", "admission"}});
    }
  }
  return verdict::decide(policy_, std::move(evidence), {}, submission::incumbent(day, cut_off));
}

core::Result<void> World::judge(const rules::ContestDay& day, const submission::Snapshot& cut_off,
                                const submission::Collection& collection) {
  std::map<AccountId, std::uint64_t> registered;
  for (const submission::Member& member : cut_off.members) registered[member.hotkey] = member.registered_at;
  std::vector<std::optional<hash::Digest>> winners;
  std::set<hash::Digest> honest;
  for (std::size_t i = 0; i < cast_.validators.size(); ++i) {
    const verdict::Verdict verdict = verdict_of(i, cut_off, collection, day);
    if (verdict.entries.size() != collection.entrants.size()) {
      outcome_.unfinished += static_cast<int>(collection.entrants.size() - verdict.entries.size());
    }
    results_[i] = {TRY(plan::result_of(verdict, day, plan::kMaxShare, registered))};
    const bool somebody = !verdict.winner.empty();
    winners.push_back(somebody ? std::optional(verdict.entries.at(0).facts.content) : std::nullopt);
    if (cast_.validators[i].kind == ValidatorKind::honest) honest.insert(winners.back().value_or(hash::Digest{}));
  }
  ++outcome_.days;
  if (honest.size() == 1) ++outcome_.agreed;
  return publish(day, winners);
}

core::Result<void> World::publish(const rules::ContestDay& day,
                                  const std::vector<std::optional<hash::Digest>>& winners) {
  std::vector<InProcessLedger::Asked> asked;
  for (std::size_t i = 0; i < winners.size(); ++i) {
    const Validator& validator = cast_.validators[i];
    if (validator.kind == ValidatorKind::lazy || validator.kind == ValidatorKind::weight_copier) continue;
    submission::Evidence evidence{submission::tag_of(day.contest),
                                  static_cast<std::uint32_t>(day.date.time_since_epoch().count()),
                                  hash::sha256(day.text() + validator.name), winners[i].value_or(hash::Digest{}),
                                  "https://example.org/" + validator.hotkey.ss58().substr(0, 16)};
    asked.push_back({validator.hotkey, book::Commit{kNetUid, TRY(submission::encode(evidence))}});
  }
  for (const auto& receipt : TRY(ledger_.submit_all(asked))) {
    if (!receipt.ok()) return receipt.error();
    if (!receipt->success) return core::internal("evidence was refused: " + receipt->error);
  }
  return {};
}

core::Result<Treasurer::Row> World::row_of(std::size_t index, const book::Metagraph& subnet) {
  const Validator& validator = cast_.validators[index];
  switch (validator.kind) {
    case ValidatorKind::honest:
      return plan::make_plan(subnet, results_[index]).weights;
    case ValidatorKind::lazy:
      return plan::make_plan(subnet, {}).weights;
    case ValidatorKind::bribed: {
      const book::Neuron* const bought = subnet.find(account_of("bought miner"));
      return bought == nullptr ? Treasurer::Row{} : Treasurer::Row{{bought->uid, 65'535}};
    }
    case ValidatorKind::weight_copier: {
      const auto model = std::ranges::max_element(
          cast_.validators, {}, [&](const Validator& one) { return one.hotkey == validator.hotkey ? 0 : one.stake; });
      const book::Neuron* const neuron = subnet.find(model->hotkey);
      for (const book::WeightRow& row : TRY(ledger_.weights(kNetUid, subnet.at))) {
        if (neuron != nullptr && row.validator == neuron->uid) return row.weights;
      }
      return Treasurer::Row{};
    }
  }
  return Treasurer::Row{};
}

core::Result<void> World::pay() {
  const book::BlockRef head = TRY(ledger_.head());
  const book::Metagraph subnet = TRY(ledger_.metagraph(kNetUid, head));
  std::map<AccountId, Treasurer::Row> rows;
  for (std::size_t i = 0; i < cast_.validators.size(); ++i) {
    rows[cast_.validators[i].hotkey] = TRY(row_of(i, subnet));
  }
  TRY(treasurer_.pay(rows));
  ++outcome_.epochs;
  outcome_.audit = TRY(ledger_.audit());
  if (!outcome_.audit.balanced())
    return core::internal("money was lost or made by block " + std::to_string(head.number));
  return {};
}

/// Pays at the beginning of every epoch until `instant`.
core::Result<void> World::pay_until(core::UnixNanos instant) {
  for (;;) {
    const book::BlockRef head = TRY(ledger_.head());
    // Subnets take turns: an epoch ends with the block after which (number + netuid + 1) mod (tempo + 1) == tempo.
    const std::uint64_t length = kTempo + 1;
    const std::uint64_t left = (length + kTempo - (head.number + kNetUid + 1) % length) % length + 1;
    const core::UnixNanos begin = TRY(ledger_.block_time(head)) + kBlockTime * static_cast<std::int64_t>(left);
    if (begin >= instant) return {};
    TRY(ledger_.advance(static_cast<book::BlockNumber>(left)));
    TRY(pay());
  }
}

core::Result<void> World::hold(int day, core::UnixNanos cut_off) {
  TRY(pay_until(cut_off - kSealBefore));
  TRY(advance_to(cut_off - kSealBefore));
  const std::vector<Wish> entries = wishes(day);
  TRY(commit(entries, false));
  const submission::Snapshot at_cut_off = TRY(snapshot_at(cut_off));
  TRY(commit(entries, true));
  const submission::Snapshot at_reveal = TRY(snapshot_at(cut_off + settings_.contest.submission.reveal));
  submission::Lists lists;
  lists.makers = submission::makers_on(at_cut_off, at_reveal, makers_);
  const submission::Collection collection = submission::collect(settings_.contest, at_cut_off, at_reveal, lists);
  const rules::ContestDay name = TRY(rules::day_at(settings_.contest, cut_off));
  if (collection.entrants.size() + collection.refused.size() != entered_.size()) {
    return core::internal("an entry of " + name.text() + " has no ending");
  }
  TRY(judge(name, at_cut_off, collection));
  for (const submission::Entrant& entrant : collection.entrants) {
    if (known_.at(entrant.content).endorsed_by.contains(entrant.hotkey))
      makers_.emplace(entrant.content, entrant.hotkey);
  }
  const book::BlockRef head = TRY(ledger_.head());
  const submission::Snapshot later = TRY(submission::take_snapshot(ledger_, kNetUid, head));
  const auto winner = submission::incumbent(rules::ContestDay{name.contest, name.date + std::chrono::days(1)}, later);
  for (const Wish& wish : entries) {
    if (winner == wish.open.content) won_ = wish.open;
  }
  return {};
}

core::Result<std::uint64_t> World::wealth(const std::vector<AccountId>& keys) {
  const book::BlockRef head = TRY(ledger_.head());
  const book::Metagraph subnet = TRY(ledger_.metagraph(kNetUid, head));
  std::uint64_t sum = 0;
  for (const AccountId& key : std::set(keys.begin(), keys.end())) {
    const book::Neuron* const neuron = subnet.find(key);
    const book::Account account = TRY(ledger_.account(key, head));
    sum += account.free + account.reserved + (neuron == nullptr ? 0 : neuron->stake);
  }
  return sum;
}

/// Notes what everybody has, or at the `end` what has been added to it.
core::Result<void> World::count(bool end) {
  const auto note = [&](std::vector<Income>& incomes, std::size_t index, const std::string& name,
                        const std::vector<AccountId>& keys) -> core::Result<void> {
    const std::uint64_t all = TRY(wealth(keys));
    if (!end) incomes.push_back({name, all});
    if (end) incomes[index].earned = all - incomes[index].earned;
    return {};
  };
  for (std::size_t i = 0; i < cast_.miners.size(); ++i) {
    std::vector<AccountId> keys = cast_.miners[i].hotkeys;
    keys.insert(keys.end(), cast_.miners[i].coldkeys.begin(), cast_.miners[i].coldkeys.end());
    TRY(note(outcome_.miners, i, cast_.miners[i].name, keys));
  }
  for (std::size_t i = 0; i < cast_.validators.size(); ++i) {
    const Validator& one = cast_.validators[i];
    TRY(note(outcome_.validators, i, one.name, {one.hotkey, one.coldkey}));
  }
  return {};
}

core::Result<Outcome> World::run(const OnDay& on_day) {
  results_.resize(cast_.validators.size());
  for (const Miner& miner : cast_.miners) best_.push_back(miner.skill);
  core::UnixNanos now = kStart;
  for (int day = 0; day < kUncountedDays + settings_.days; ++day) {
    if (day == kUncountedDays) TRY(count(false));
    now = TRY(rules::next_cut_off(settings_.contest.calendar, now));
    TRY(hold(day, now).context("day " + std::to_string(day + 1)));
    if (on_day) on_day(day + 1);
  }
  TRY(pay_until(now + std::chrono::hours(24)));
  TRY(count(true));
  return std::move(outcome_);
}

runtime::Genesis genesis_of(const Cast& cast) {
  runtime::Genesis genesis;
  genesis.chain = "Simulation";
  genesis.sudo = account_of("owner");
  runtime::Genesis::Subnet subnet;
  subnet.owner = genesis.sudo;
  subnet.owner_hotkey = account_of("owner's hot key");
  subnet.tempo = kTempo;
  subnet.weights_rate_limit = 0;
  for (const Validator& one : cast.validators) subnet.neurons.push_back({one.hotkey, one.coldkey, one.stake, true});
  for (const Miner& miner : cast.miners) {
    for (std::size_t i = 0; i < miner.hotkeys.size(); ++i) {
      subnet.neurons.push_back({miner.hotkeys[i], miner.coldkeys[i], 0, false});
    }
  }
  genesis.subnets.push_back(std::move(subnet));
  return genesis;
}

}  // namespace

core::Result<Outcome> play(const Cast& cast, const Settings& settings, const OnDay& on_day) {
  const verdict::Policy policy = TRY(verdict::policy_of(settings.contest));
  const auto runtime = TRY(runtime::Runtime::open(genesis_of(cast)));
  const auto ledger = TRY(InProcessLedger::open(
      *runtime, {.start = kStart, .block_time = kBlockTime, .history = 2 * (kTempo + 1), .trusted = true}));
  return World(cast, settings, policy, *ledger).run(on_day);
}

}  // namespace noonmark::world
