#include "edge/cli/charter_access.h"

#include "base/core/files.h"

namespace noonmark::cli {

Parameter charter_parameter() { return {"--charter", "FILE", "The subnet owner's signed statements", false, false}; }

core::Result<std::optional<charter::Charter>> load_charter(const Context& context, book::Ledger& ledger,
                                                           book::NetUid netuid) {
  const auto file = context.arguments.text("--charter");
  if (!file) return std::optional<charter::Charter>();
  const std::string text = TRY(core::read_text(*file, kMaxCharter));
  const book::BlockRef head = TRY(ledger.head());
  const sign::AccountId owner = TRY(ledger.metagraph(netuid, head)).owner;
  return std::optional(TRY(charter::Charter::verify(text, owner).context(*file)));
}

}  // namespace noonmark::cli
