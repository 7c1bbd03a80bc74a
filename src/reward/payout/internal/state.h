#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/core/result.h"
#include "ledger/book/types.h"

namespace noonmark::payout {

/// How far a row is on its way to the ledger.
enum class Phase {
  setting,     ///< SetWeights was sent, or was about to be.
  committing,  ///< CommitWeights was sent, or was about to be.
  committed,   ///< The ledger has the commit.
  revealing,   ///< RevealWeights was sent, or was about to be.
};

struct Pending {
  Phase phase = Phase::setting;
  book::RevealWeights row;     ///< A plain set leaves the salt empty.
  book::BlockNumber sent = 0;  ///< The ledger's head when the last call was sent.
  bool operator==(const Pending& other) const {
    return phase == other.phase && sent == other.sent && row.netuid == other.row.netuid &&
           row.weights == other.row.weights && row.salt == other.row.salt && row.version == other.row.version;
  }
};

/// What a payout must not forget.
struct State {
  book::AccountId hotkey;
  book::NetUid netuid = 0;
  std::optional<book::BlockNumber> last_set;    ///< Where the last row, or its commit, was included.
  std::optional<book::BlockNumber> last_shown;  ///< Where the last commit's row was shown.
  book::BlockNumber not_before = 0;             ///< After a refusal.
  std::optional<Pending> pending;
  bool operator==(const State&) const = default;
};

std::string to_text(const State& state);
/// Fails: corrupt.
core::Result<State> parse_state(std::string_view text);

}  // namespace noonmark::payout
