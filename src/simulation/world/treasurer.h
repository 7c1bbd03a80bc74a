#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/core/random.h"
#include "ledger/runtime/in_process_ledger.h"
#include "simulation/world/actors.h"

namespace noonmark::world {

/// Brings validators' rows of weights onto the ledger as reward/payout does, without its files and its clock: a row's
/// hash, with a salt, in one epoch, and the row in the next. The calls are made in one block for everybody.
class Treasurer {
 public:
  using Row = std::vector<book::Weight>;
  Treasurer(runtime::InProcessLedger& ledger, book::NetUid netuid, std::uint64_t seed)
      : ledger_(ledger), netuid_(netuid), random_(seed, 77) {}

  /// Shows what was committed an epoch ago and commits to `rows`, by hot key. One block is made, or two.
  /// Fails: as the ledger; internal when it refuses a call.
  core::Result<void> pay(const std::map<AccountId, Row>& rows);

 private:
  core::Result<void> make_block(const std::vector<runtime::InProcessLedger::Asked>& asked);

  runtime::InProcessLedger& ledger_;
  const book::NetUid netuid_;
  core::Philox random_;
  std::map<AccountId, book::RevealWeights> hidden_;
};

}  // namespace noonmark::world
