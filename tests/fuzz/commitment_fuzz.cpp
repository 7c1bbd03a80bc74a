// What a stranger commits on the ledger: any bytes are a record, and one of ours writes the same bytes again.
#include <algorithm>
#include <cstdint>

#include "base/core/check.h"
#include "contest/submission/commitment.h"
#include "contest/submission/pointer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace noonmark;
  const core::ByteView bytes(data, size);
  const submission::Record record = submission::decode(bytes);
  if (!std::holds_alternative<submission::Foreign>(record)) {
    const auto again = submission::encode(record);
    CHECK(again.ok() && std::ranges::equal(*again, bytes));
  }
  const auto place = submission::pointer_text(bytes);
  if (place.ok()) CHECK(std::ranges::equal(submission::pointer_bytes(*place).value(), bytes));
  const auto parsed = submission::pointer_bytes(core::as_text(bytes));
  if (parsed.ok()) CHECK(submission::pointer_text(*parsed).value() == core::as_text(bytes));
  return 0;
}
