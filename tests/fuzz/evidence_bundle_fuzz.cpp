// Foreign bytes as a validator's bundle: refused, or accepted and then written and read back unchanged. The signature
// keeps the fuzzer out of open()'s end, so the body goes through its own reader too. Ranges of the HTTP side come
// along.
#include <cstddef>
#include <cstdint>

#include "base/core/check.h"
#include "edge/evidence/bundle.h"
#include "edge/evidence/shelf.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace noonmark;
  const std::string_view text = core::as_text({data, size});
  static_cast<void>(evidence::open(text));
  if (const auto range = evidence::parse_range(text, 1000); range && range->satisfiable) {
    CHECK(range->begin < range->end && range->end <= 1000);
  }
  const auto json = codec::parse_json(text, {.max_bytes = 1 << 18, .max_depth = 32});
  if (!json.ok()) return 0;
  const auto bundle = evidence::bundle_from_json(*json);
  if (!bundle.ok()) return 0;
  const codec::Json written = evidence::to_json(*bundle);
  const auto again = evidence::bundle_from_json(written);
  CHECK(again.ok(), "what was accepted must be accepted again");
  CHECK(evidence::to_json(*again) == written, "and must not have changed");
  return 0;
}
