#include "edge/miner/submitter.h"

#include <algorithm>

#include "base/core/files.h"
#include "contest/rules/contest_day.h"
#include "contest/submission/pointer.h"
#include "contest/submission/snapshot.h"

namespace noonmark::miner {
namespace {

using core::ErrorKind;
using namespace std::chrono_literals;

constexpr core::Nanos kInclusion = 14min;  // longer than an era of 64 blocks of 12 s: then it is in, or never
constexpr core::Nanos kGlance = 6s;        // half a block

/// A ledger that refuses may take the same record later (it bounds how often a key commits); giving up costs the entry.
bool may_pass(const core::Error& error) {
  return error.kind == ErrorKind::unavailable || error.kind == ErrorKind::timeout || error.kind == ErrorKind::denied;
}

}  // namespace

Submitter::Submitter(const rules::Contest& contest, book::NetUid netuid, const std::filesystem::path& state,
                     Means means)
    : contest_(contest),
      netuid_(netuid),
      file_(ticket_file(state, contest.id, netuid, means.hotkey.account())),
      means_(std::move(means)) {}

core::Result<Ticket> Submitter::plan(const hash::Digest& content, std::string_view pointer,
                                     const std::optional<submission::Salt>& salt) {
  Ticket ticket;
  ticket.contest = contest_.id;
  ticket.definition = rules::digest_of(contest_);
  ticket.netuid = netuid_;
  ticket.hotkey = means_.hotkey.account();
  ticket.sealed = salt.has_value();
  ticket.open = {submission::tag_of(contest_.id), content, salt.value_or(submission::Salt{}),
                 TRY(submission::pointer_bytes(pointer))};
  const auto before = load_ticket(file_);
  if (!before.ok() && before.error().kind != ErrorKind::not_found) return before.error();
  if (before.ok()) {
    const core::UnixNanos now = means_.clock.now();
    if (before->sealed && before->stage == Stage::entered && now >= before->cut_off && now < open_until(*before)) {
      return core::conflict("the sealed entry of this key waits to be opened until " +
                            rules::to_text(open_until(*before)) + "; run 'noonmark submit --resume' first");
    }
    TRY(save_ticket(file_.string() + ".before", *before));
  }
  TRY(save_ticket(file_, ticket));
  return ticket;
}

core::Result<Ticket> Submitter::enter() {
  Ticket ticket = TRY(load_ticket(file_));
  if (ticket.stage != Stage::planned) return ticket;
  const core::Bytes data = TRY(submission::encode(ticket.first_record()));
  const book::BlockRef head = TRY(means_.ledger.head());
  std::optional<book::BlockNumber> block = TRY(standing(data, head));
  if (!block) block = TRY(send(data));
  ticket.cut_off = TRY(cut_off_for(*block));
  ticket.entered = block;
  ticket.stage = Stage::entered;
  TRY(save_ticket(file_, ticket));
  return ticket;
}

core::Result<Ticket> Submitter::open() {
  Ticket ticket = TRY(load_ticket(file_));
  while (ticket.sealed && ticket.stage == Stage::entered) {
    const auto done = try_to_open(ticket);
    if (!done.ok() && !may_pass(done.error())) return done.error();
    if (done.ok() && *done) break;
    // Long after its time, an unreachable ledger is the answer; a day more of asking changes nothing.
    if (!done.ok() && means_.clock.now() > open_until(ticket) + kInclusion) return done.error();
    const core::UnixNanos until = means_.clock.now() < ticket.cut_off ? ticket.cut_off : open_until(ticket);
    TRY(wait(done.ok() ? "waiting for the cut-off" : done.error().message, until));
  }
  if (ticket.stage == Stage::missed) {
    return core::conflict("the entry wasn't opened before " + rules::to_text(open_until(ticket)) +
                          " and doesn't take part; enter it again");
  }
  return ticket;
}

/// True when there is nothing more to do.
core::Result<bool> Submitter::try_to_open(Ticket& ticket) {
  const book::BlockRef head = TRY(means_.ledger.head());
  // Not before the block that closes the day is final: opened earlier, everybody could still copy it.
  if (TRY(means_.ledger.block_time(head)) < ticket.cut_off) return false;
  const core::Bytes data = TRY(submission::encode(ticket.open));
  std::optional<book::BlockNumber> block = TRY(standing(data, head));
  if (!block) {
    const auto late = TRY(submission::first_block_at(means_.ledger, open_until(ticket)));
    const core::Bytes first = TRY(submission::encode(ticket.first_record()));
    const bool ours = TRY(standing(first, head)).has_value();
    if (!late && !ours) {
      return core::conflict("another record of this key has replaced the sealed entry; enter the package again");
    }
    if (!late) block = TRY(send(data));
  }
  // What the block of the reveal shows counts; a record in that very block is in time.
  const auto last = TRY(submission::first_block_at(means_.ledger, open_until(ticket)));
  ticket.opened = block;
  ticket.stage = block && (!last || *block <= last->number) ? Stage::opened : Stage::missed;
  TRY(save_ticket(file_, ticket));
  return true;
}

/// The block since which the key's record at `at` has been exactly `data`.
core::Result<std::optional<book::BlockNumber>> Submitter::standing(const core::Bytes& data, const book::BlockRef& at) {
  const std::vector<book::Commitment> all = TRY(means_.ledger.commitments(netuid_, at));
  const auto mine = std::ranges::find(all, means_.hotkey.account(), &book::Commitment::hotkey);
  if (mine == all.end() || mine->data != data) return std::optional<book::BlockNumber>{};
  return std::optional(mine->block);
}

core::Result<book::BlockNumber> Submitter::send(const core::Bytes& data) {
  const book::BlockRef head = TRY(means_.ledger.head());
  const book::Metagraph graph = TRY(means_.ledger.metagraph(netuid_, head));
  if (std::ranges::find(graph.neurons, means_.hotkey.account(), &book::Neuron::hotkey) == graph.neurons.end()) {
    return core::denied("the hot key " + means_.hotkey.account().ss58() + " isn't registered on subnet " +
                        std::to_string(netuid_) + "; register it first");
  }
  const book::Receipt receipt =
      TRY(means_.ledger.submit(book::Commit{netuid_, data}, means_.hotkey, kInclusion).context("committing the entry"));
  if (!receipt.success) return core::denied("the ledger refuses the entry: " + receipt.error);
  const auto block = TRY(standing(data, receipt.block));
  if (block) return *block;
  return core::conflict("another record of this key replaced the entry at once; is it submitted from elsewhere too?");
}

core::Result<core::UnixNanos> Submitter::time_of(book::BlockNumber number) {
  const book::BlockRef block = TRY(means_.ledger.block(number));
  return means_.ledger.block_time(block);
}

/// The cut-off at which a record of this block counts first.
core::Result<core::UnixNanos> Submitter::cut_off_for(book::BlockNumber number) {
  const core::UnixNanos time = TRY(time_of(number));
  const core::UnixNanos last = TRY(rules::last_cut_off(contest_.calendar, time));
  // The first block after a cut-off is the one that is looked at, and still counts.
  if (number > 1 && TRY(time_of(number - 1)) < last) return last;
  return rules::next_cut_off(contest_.calendar, time);
}

core::Result<void> Submitter::wait(std::string_view doing, core::UnixNanos until) {
  if (means_.stop) return core::cancelled("stopped; 'noonmark submit --resume' goes on");
  if (means_.waiting) means_.waiting(doing, until);
  const core::Nanos left = until - means_.clock.now();
  means_.clock.sleep_for(std::clamp(left, core::Nanos(1s), kGlance));
  return {};
}

}  // namespace noonmark::miner
