#include "reward/payout/payout.h"

#include <algorithm>
#include <array>

#include "base/core/files.h"
#include "reward/payout/internal/state.h"

namespace noonmark::payout {
namespace {

constexpr std::uint64_t kMaxFile = 4 << 20;
constexpr std::size_t kSaltWords = 16;

std::string at_block(book::BlockNumber number) { return "block " + std::to_string(number); }

}  // namespace

class Payout::Machine {
 public:
  Machine(book::Ledger& ledger, const sign::Sr25519Pair& hotkey, std::filesystem::path file, Random random,
          const Settings& settings, State state)
      : ledger_(ledger),
        hotkey_(hotkey),
        file_(std::move(file)),
        random_(std::move(random)),
        settings_(settings),
        state_(std::move(state)) {}

  core::Result<Outcome> tick(const MakeRow& make_row);

 private:
  /// The subnet at the head, and this key in it.
  struct View {
    book::Metagraph subnet;
    book::Neuron self;
    book::BlockNumber head() const { return subnet.at.number; }
  };
  /// What settling the pending call came to; nothing when no call is pending any more.
  using Settled = core::Result<std::optional<Outcome>>;

  Settled settle(const View& view);
  Settled settle_set(const View& view);
  Settled settle_commit(const View& view);
  Settled settle_missing_commit(const View& view);
  Settled settle_reveal(const View& view, const book::WeightCommit& commit);
  core::Result<std::optional<book::WeightCommit>> open_commit(const View& view);
  core::Result<bool> row_stands(const View& view);

  core::Result<Outcome> begin(const View& view, std::vector<book::Weight> weights);
  core::Result<Outcome> send(const View& view, const book::Call& call);
  core::Result<Outcome> succeed(const book::Receipt& receipt);
  core::Result<Outcome> refuse(const View& view, const std::string& why);

  core::Result<Outcome> forget(Outcome outcome);
  core::Result<void> save() { return core::write_file_atomic(file_, std::string_view(to_text(state_)), 0600); }
  book::BlockNumber due(const View& view) const;
  bool may_still_land(const View& view) const { return view.head() <= state_.pending->sent + settings_.in_flight; }
  Outcome waiting(std::string message, book::BlockNumber next) const {
    return {Status::waiting, std::move(message), next};
  }
  std::uint64_t random_below(std::uint64_t bound);
  std::vector<std::uint16_t> make_salt();

  book::Ledger& ledger_;
  const sign::Sr25519Pair& hotkey_;
  const std::filesystem::path file_;
  const Random random_;
  const Settings settings_;
  State state_;
};

core::Result<Outcome> Payout::Machine::tick(const MakeRow& make_row) {
  const book::BlockRef head = TRY(ledger_.head());
  View view{TRY(ledger_.metagraph(state_.netuid, head)), {}};
  const auto self = std::ranges::find(view.subnet.neurons, state_.hotkey, &book::Neuron::hotkey);
  if (self == view.subnet.neurons.end()) {
    return forget({Status::deregistered,
                   state_.hotkey.ss58() + " isn't registered on subnet " + std::to_string(state_.netuid) +
                       "; register it to set weights",
                   head.number + settings_.retry_min});
  }
  view.self = *self;
  if (state_.pending) {
    if (auto outcome = TRY(settle(view))) return *outcome;
  }
  if (!view.self.validator_permit) {
    return Outcome{Status::no_permit,
                   "the key has no validator permit on subnet " + std::to_string(state_.netuid) +
                       "; it needs more stake than the last of the validators",
                   view.head() + settings_.retry_min};
  }
  if (view.subnet.rules.weights_version > settings_.version_key) {
    return Outcome{Status::outdated,
                   "the subnet asks for version " + std::to_string(view.subnet.rules.weights_version) +
                       " and this program is " + std::to_string(settings_.version_key) + "; update it",
                   view.head() + settings_.retry_min};
  }
  if (view.head() < due(view)) return waiting("the next row is due at " + at_block(due(view)), due(view));
  std::vector<book::Weight> weights = TRY(make_row(view.subnet));
  if (weights.empty()) {
    return Outcome{Status::nobody, "there is nobody to pay on the subnet", view.head() + settings_.retry_min};
  }
  return begin(view, std::move(weights));
}

/// Rows are a whole epoch apart, wherever the ledger draws the line between epochs: so no epoch sees two.
book::BlockNumber Payout::Machine::due(const View& view) const {
  const book::Hyperparameters& rules = view.subnet.rules;
  const std::uint64_t apart = std::max<std::uint64_t>(settings_.interval, std::uint64_t{rules.tempo} + 1);
  std::uint64_t block = state_.not_before;
  if (state_.last_set) block = std::max(block, *state_.last_set + apart);
  if (state_.last_shown && !rules.commit_reveal) block = std::max(block, *state_.last_shown + apart);
  // Without a file that remembers, the ledger does: registering counts as an update, so only a later one is a row.
  if (!state_.last_set && view.self.last_update > view.self.registered_at) {
    block = std::max(block, view.self.last_update + apart);
  }
  if (view.self.last_update != 0) block = std::max(block, view.self.last_update + rules.weights_rate_limit);
  return static_cast<book::BlockNumber>(block);
}

// --- a new row ------------------------------------------------------------------------------------------------------

core::Result<Outcome> Payout::Machine::begin(const View& view, std::vector<book::Weight> weights) {
  Pending pending;
  pending.row = {state_.netuid, std::move(weights), {}, settings_.version_key};
  if (!view.subnet.rules.commit_reveal) {
    state_.pending = pending;
    return send(view, book::SetWeights{state_.netuid, pending.row.weights, pending.row.version});
  }
  pending.phase = Phase::committing;
  pending.row.salt = make_salt();
  state_.pending = pending;
  return send(view, book::CommitWeights{state_.netuid, book::weight_commit_digest(state_.hotkey, pending.row)});
}

/// What an answer that isn't one says of the call: nothing. It stays pending, and settle() finds out.
core::Result<Outcome> Payout::Machine::send(const View& view, const book::Call& call) {
  state_.pending->sent = view.head();
  TRY(save());
  const auto receipt = ledger_.submit(call, hotkey_, settings_.call_limit);
  if (receipt.ok()) return receipt->success ? succeed(*receipt) : refuse(view, receipt->error);
  if (receipt.error().kind == core::ErrorKind::denied) return refuse(view, receipt.error().message);
  return receipt.error();
}

core::Result<Outcome> Payout::Machine::succeed(const book::Receipt& receipt) {
  const book::BlockNumber block = receipt.block.number;
  switch (state_.pending->phase) {
    case Phase::setting:
      state_.last_set = block;
      return forget({Status::set, "the row stands on the ledger since " + at_block(block), block + settings_.interval});
    case Phase::committing:
      state_.last_set = block;
      state_.pending->phase = Phase::committed;
      TRY(save());
      return Outcome{Status::committed, "the row is committed to since " + at_block(block), block + 1};
    case Phase::committed:
    case Phase::revealing:
      break;
  }
  state_.last_shown = block;
  return forget({Status::revealed, "the row stands on the ledger since " + at_block(block), block + 1});
}

core::Result<Outcome> Payout::Machine::refuse(const View& view, const std::string& why) {
  const std::uint64_t range = std::uint64_t{settings_.retry_max} - settings_.retry_min + 1;
  state_.not_before = view.head() + settings_.retry_min + static_cast<book::BlockNumber>(random_below(range));
  if (state_.pending->phase == Phase::revealing) {
    state_.pending->phase = Phase::committed;
  } else {
    state_.pending.reset();
  }
  TRY(save());
  return Outcome{Status::refused, "the ledger refused the row: " + why, state_.not_before};
}

core::Result<Outcome> Payout::Machine::forget(Outcome outcome) {
  if (state_.pending) {
    state_.pending.reset();
    TRY(save());
  }
  return outcome;
}

// --- a row on its way -----------------------------------------------------------------------------------------------

Payout::Machine::Settled Payout::Machine::settle(const View& view) {
  if (state_.pending->phase == Phase::setting) return settle_set(view);
  const auto commit = TRY(open_commit(view));
  if (state_.pending->phase == Phase::committing) {
    if (!commit) return settle_commit(view);
    state_.last_set = static_cast<book::BlockNumber>(commit->block);
    state_.pending->phase = Phase::committed;
    TRY(save());
  }
  return commit ? settle_reveal(view, *commit) : settle_missing_commit(view);
}

/// The ledger notes when a row was last set; the call was sent after the block `sent`, so it can't be in that one.
Payout::Machine::Settled Payout::Machine::settle_set(const View& view) {
  if (view.self.last_update > state_.pending->sent) {
    state_.last_set = static_cast<book::BlockNumber>(view.self.last_update);
    return std::optional(TRY(forget(
        {Status::set, "the row stands on the ledger since " + at_block(*state_.last_set), *state_.last_set + 1})));
  }
  return settle_commit(view);
}

/// A call that didn't come to the ledger so far: it may still, or it never can.
Payout::Machine::Settled Payout::Machine::settle_commit(const View& view) {
  if (may_still_land(view)) {
    const book::BlockNumber next = state_.pending->sent + settings_.in_flight + 1;
    return std::optional(
        waiting("a row sent after " + at_block(state_.pending->sent) + " may still be included", next));
  }
  state_.pending.reset();
  TRY(save());
  return std::optional<Outcome>();
}

Payout::Machine::Settled Payout::Machine::settle_missing_commit(const View& view) {
  if (TRY(row_stands(view))) {
    state_.last_shown = view.head();
    return std::optional(TRY(forget({Status::revealed, "the row stands on the ledger", view.head() + 1})));
  }
  return std::optional(TRY(forget(
      {Status::expired, "the ledger dropped a commit before its row was shown; a new row comes next", view.head()})));
}

Payout::Machine::Settled Payout::Machine::settle_reveal(const View& view, const book::WeightCommit& commit) {
  Pending& pending = *state_.pending;
  if (!view.subnet.rules.commit_reveal) {
    return std::optional(TRY(
        forget({Status::expired, "the subnet doesn't hide weights any more; a plain row comes next", view.head()})));
  }
  if (view.head() >= commit.last_reveal) {
    return std::optional(
        TRY(forget({Status::expired,
                    "the window for showing the row ended at " +
                        at_block(static_cast<book::BlockNumber>(commit.last_reveal)) + "; a new row comes next",
                    view.head()})));
  }
  if (view.head() < commit.first_reveal) {
    const auto first = static_cast<book::BlockNumber>(commit.first_reveal);
    return std::optional(waiting("the row can be shown from " + at_block(first) + " on", first));
  }
  if (pending.phase == Phase::revealing && may_still_land(view) &&
      pending.sent + settings_.in_flight < commit.last_reveal) {
    return std::optional(waiting("the row is being shown", pending.sent + settings_.in_flight + 1));
  }
  // A pause after a refusal must not outlast the window.
  const std::uint64_t latest =
      commit.last_reveal - std::min<std::uint64_t>(commit.last_reveal - commit.first_reveal, settings_.retry_min);
  if (pending.phase == Phase::committed && view.head() < std::min<std::uint64_t>(state_.not_before, latest)) {
    const auto next = static_cast<book::BlockNumber>(std::min<std::uint64_t>(state_.not_before, latest));
    return std::optional(waiting("showing the row is tried again at " + at_block(next), next));
  }
  pending.phase = Phase::revealing;
  const book::RevealWeights row = pending.row;
  return std::optional(TRY(send(view, row)));
}

core::Result<std::optional<book::WeightCommit>> Payout::Machine::open_commit(const View& view) {
  const book::BlockHash digest = book::weight_commit_digest(state_.hotkey, state_.pending->row);
  const auto commits = TRY(ledger_.weight_commits(state_.netuid, state_.hotkey, view.subnet.at));
  const auto found = std::ranges::find(commits, digest, &book::WeightCommit::digest);
  if (found == commits.end()) return std::optional<book::WeightCommit>();
  return std::optional(*found);
}

core::Result<bool> Payout::Machine::row_stands(const View& view) {
  const auto rows = TRY(ledger_.weights(state_.netuid, view.subnet.at));
  const auto row = std::ranges::find(rows, view.self.uid, &book::WeightRow::validator);
  if (row == rows.end()) return false;
  std::vector<book::Weight> wanted = state_.pending->row.weights, found = row->weights;
  const auto is_zero = [](const book::Weight& weight) { return weight.value == 0; };
  std::erase_if(wanted, is_zero);
  std::erase_if(found, is_zero);
  std::ranges::sort(wanted);
  std::ranges::sort(found);
  return wanted == found;
}

std::uint64_t Payout::Machine::random_below(std::uint64_t bound) {
  std::array<std::uint8_t, 8> bytes{};
  random_(bytes);
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8 | byte;
  return value % bound;  // of 2^64: the bias of so small a bound is nothing
}

std::vector<std::uint16_t> Payout::Machine::make_salt() {
  std::array<std::uint8_t, 2 * kSaltWords> bytes{};
  random_(bytes);
  std::vector<std::uint16_t> salt;
  for (std::size_t i = 0; i < kSaltWords; ++i) {
    salt.push_back(static_cast<std::uint16_t>(bytes[2 * i] | bytes[2 * i + 1] << 8));
  }
  return salt;
}

// --- the outside ----------------------------------------------------------------------------------------------------

std::string_view name_of(Status status) {
  constexpr std::array<std::string_view, 10> kNames = {"set",     "committed", "revealed",  "waiting",      "refused",
                                                       "expired", "nobody",    "no_permit", "deregistered", "outdated"};
  return kNames[static_cast<std::size_t>(status)];
}

core::Result<Payout> Payout::open(book::Ledger& ledger, book::NetUid netuid, const sign::Sr25519Pair& hotkey,
                                  const std::filesystem::path& file, Random random, const Settings& settings) {
  CHECK(settings.retry_min <= settings.retry_max, "an empty range of blocks");
  State state;
  state.hotkey = hotkey.account();
  state.netuid = netuid;
  const auto text = core::read_text(file, kMaxFile);
  if (text.ok()) {
    const State found = TRY(parse_state(*text).context("payout file " + file.string()));
    if (found.hotkey != state.hotkey || found.netuid != netuid) {
      return core::conflict(file.string() + " belongs to " + found.hotkey.ss58() + " on subnet " +
                            std::to_string(found.netuid) + "; name another file");
    }
    state = found;
  } else if (text.error().kind != core::ErrorKind::not_found) {
    return text.error();
  }
  return Payout(std::make_unique<Machine>(ledger, hotkey, file, std::move(random), settings, std::move(state)));
}

Payout::Payout(std::unique_ptr<Machine> machine) : machine_(std::move(machine)) {}
Payout::Payout(Payout&&) noexcept = default;
Payout& Payout::operator=(Payout&&) noexcept = default;
Payout::~Payout() = default;

core::Result<Outcome> Payout::tick(const MakeRow& make_row) { return machine_->tick(make_row); }

}  // namespace noonmark::payout
