#include "edge/miner/status.h"

#include <algorithm>

namespace noonmark::miner {
namespace {

using codec::Json;

std::string block_text(const std::optional<book::BlockNumber>& block) {
  return block ? "block " + std::to_string(*block) : "no block yet";
}

class Asker {
 public:
  Asker(const Ticket& ticket, const rules::Contest& contest, const submission::Lists& lists, book::Ledger& ledger)
      : ticket_(ticket), contest_(contest), lists_(lists), ledger_(ledger) {}

  core::Result<Status> ask() {
    if (ticket_.stage == Stage::planned)
      return Status{"planned", "not on the ledger yet; submit --resume sends it", {}, {}, {}};
    if (ticket_.stage == Stage::missed) return Status{"missed", "it wasn't opened in time", {}, {}, {}};
    const auto cut_off = TRY(submission::first_block_at(ledger_, ticket_.cut_off));
    const std::string entered = "in " + block_text(ticket_.entered);
    if (!cut_off) {
      return Status{
          ticket_.sealed ? "sealed" : "open", entered + "; collected at the cut-off", ticket_.cut_off, {}, {}};
    }
    const core::UnixNanos until = ticket_.cut_off + contest_.submission.reveal;
    const auto reveal = TRY(submission::first_block_at(ledger_, until));
    if (!reveal && ticket_.sealed && ticket_.stage == Stage::entered) {
      return Status{"to_open", entered + "; has to be opened now: submit --resume", until, {}, {}};
    }
    if (!reveal) return Status{"opened", "in " + block_text(ticket_.opened), until, {}, {}};
    return judged(*cut_off, *reveal);
  }

 private:
  core::Result<Status> judged(const book::BlockRef& cut_off, const book::BlockRef& reveal) {
    const auto collection =
        submission::collect(contest_, TRY(submission::take_snapshot(ledger_, ticket_.netuid, cut_off)),
                            TRY(submission::take_snapshot(ledger_, ticket_.netuid, reveal)), lists_);
    for (const submission::Refused& refused : collection.refused) {
      if (refused.hotkey == ticket_.hotkey) return Status{"refused", refused.message, {}, refused.code, {}};
    }
    const auto mine = std::ranges::find(collection.entrants, ticket_.hotkey, &submission::Entrant::hotkey);
    if (mine == collection.entrants.end() || mine->content != ticket_.open.content) {
      return Status{"over", "another record of this key stood at the cut-off", {}, {}, {}};
    }
    const auto place = static_cast<std::size_t>(mine - collection.entrants.begin()) + 1;
    const std::string claim = "claim " + std::to_string(place) + " of " + std::to_string(collection.entrants.size()) +
                              ", of block " + std::to_string(mine->claimed_block) +
                              (mine->copy_of ? ", after " + mine->copy_of->ss58() + " with the same content" : "");
    // Who claimed the content first has it, unless that one's package can't be fetched or isn't its own.
    return by_voices(claim, mine->copy_of ? "copy" : "");
  }

  core::Result<Status> by_voices(const std::string& claim, const std::string& code) {
    const book::BlockRef head = TRY(ledger_.head());
    const submission::Snapshot now = TRY(submission::take_snapshot(ledger_, ticket_.netuid, head));
    const std::chrono::sys_days date = TRY(rules::local_date(contest_.calendar, ticket_.cut_off));
    const auto day = static_cast<std::uint32_t>(date.time_since_epoch().count());
    Status status;
    status.code = code;
    bool later = false;
    for (const book::Commitment& commitment : now.commitments) {
      const submission::Record record = submission::decode(commitment.data);
      const auto* evidence = std::get_if<submission::Evidence>(&record);
      const submission::Member* member = now.find(commitment.hotkey);
      if (evidence == nullptr || evidence->tag != ticket_.open.tag || member == nullptr) continue;
      if (!member->validator_permit) continue;
      later = later || evidence->day > day;
      if (evidence->day != day) continue;
      status.voices.push_back(
          {member->hotkey, member->stake, evidence->winner, evidence->url + "/evidence/" + evidence->bundle.hex()});
    }
    status.state = later ? "over" : "measuring";
    status.message = claim + (later ? "; later days have been judged since" : "; no validator has judged the day yet");
    if (status.voices.empty()) return status;
    // The day after this one has this day's winner as its incumbent.
    const bool won = submission::incumbent({contest_.id, date + std::chrono::days(1)}, now) == ticket_.open.content;
    if (!later) status.state = won && code.empty() ? "won" : "lost";
    status.message = claim + "; " + std::to_string(status.voices.size()) + " validators have judged";
    return status;
  }

  const Ticket& ticket_;
  const rules::Contest& contest_;
  const submission::Lists& lists_;
  book::Ledger& ledger_;
};

}  // namespace

core::Result<Status> status_of(const Ticket& ticket, const rules::Contest& contest, const submission::Lists& lists,
                               book::Ledger& ledger) {
  return Asker(ticket, contest, lists, ledger).ask();
}

codec::Json to_json(const Status& status, const Ticket& ticket) {
  Json voices = Json::array();
  for (const Voice& voice : status.voices) {
    voices.push_back(Json::object({{"validator", voice.validator.ss58()},
                                   {"stake", std::to_string(voice.stake)},
                                   {"winner", voice.winner == hash::Digest{} ? Json() : Json(voice.winner.hex())},
                                   {"evidence", voice.evidence}}));
  }
  Json json = Json::object({{"contest", ticket.contest},
                            {"hotkey", ticket.hotkey.ss58()},
                            {"netuid", static_cast<int>(ticket.netuid)},
                            {"content", "sha256:" + ticket.open.content.hex()},
                            {"sealed", ticket.sealed},
                            {"state", status.state},
                            {"message", status.message},
                            {"voices", std::move(voices)}});
  if (status.until) json["until"] = rules::to_text(*status.until);
  if (!status.code.empty()) json["code"] = status.code;
  if (ticket.entered) json["entered"] = static_cast<std::int64_t>(*ticket.entered);
  if (ticket.opened) json["opened"] = static_cast<std::int64_t>(*ticket.opened);
  return json;
}

}  // namespace noonmark::miner
