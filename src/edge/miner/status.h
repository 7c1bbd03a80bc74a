#pragma once

#include <optional>
#include <string>
#include <vector>

#include "contest/submission/collect.h"
#include "edge/miner/ticket.h"
#include "ledger/book/ledger.h"

namespace noonmark::miner {

/// What one validator says of the day.
struct Voice {
  AccountId validator;
  book::Rao stake = 0;
  hash::Digest winner;   ///< Zeros: nobody.
  std::string evidence;  ///< Where its evidence lies: URL/evidence/<digest>.
};

/// Where an entry is on its way through the day.
struct Status {
  /// "planned", "sealed", "open", "to_open", "opened", "missed", "refused", "measuring", "won", "lost", "over".
  std::string state;
  std::string message;                   ///< One sentence for people.
  std::optional<core::UnixNanos> until;  ///< When the state ends by the calendar.
  std::string code;                      ///< Of a refusal; see submission::collect().
  std::vector<Voice> voices;             ///< By validator.
};

/// Asks the ledger. What a contest's validators think is read from their evidence records; while there are none, they
/// measure. Fails: as the ledger.
core::Result<Status> status_of(const Ticket& ticket, const rules::Contest& contest, const submission::Lists& lists,
                               book::Ledger& ledger);

codec::Json to_json(const Status& status, const Ticket& ticket);

}  // namespace noonmark::miner
