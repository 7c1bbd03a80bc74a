#include "simulation/world/treasurer.h"

namespace noonmark::world {

core::Result<void> Treasurer::make_block(const std::vector<runtime::InProcessLedger::Asked>& asked) {
  if (asked.empty()) return {};
  const auto receipts = TRY(ledger_.submit_all(asked));
  for (std::size_t i = 0; i < receipts.size(); ++i) {
    if (!receipts[i].ok()) return receipts[i].error();
    if (!receipts[i]->success) return core::internal(asked[i].signer.ss58() + ": " + receipts[i]->error);
  }
  return {};
}

core::Result<void> Treasurer::pay(const std::map<AccountId, Row>& rows) {
  std::vector<runtime::InProcessLedger::Asked> shown, committed;
  for (auto& [hotkey, reveal] : hidden_) shown.push_back({hotkey, std::move(reveal)});
  hidden_.clear();
  TRY(make_block(shown));
  for (const auto& [hotkey, row] : rows) {
    if (row.empty()) continue;
    book::RevealWeights reveal{netuid_, row, {}, 0};
    for (int i = 0; i < 8; ++i) reveal.salt.push_back(static_cast<std::uint16_t>(random_.uint32()));
    committed.push_back({hotkey, book::CommitWeights{netuid_, book::weight_commit_digest(hotkey, reveal)}});
    hidden_.emplace(hotkey, std::move(reveal));
  }
  return make_block(committed);
}

}  // namespace noonmark::world
