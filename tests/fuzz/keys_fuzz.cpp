// Foreign text as the gateway's key file: what is accepted writes out again as the same keys.
#include <cstddef>
#include <cstdint>

#include "base/core/bytes.h"
#include "base/core/check.h"
#include "edge/openai/keys.h"

using namespace noonmark;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto keys = openai::parse_keys(core::as_text({data, size}));
  if (!keys.ok()) return 0;
  const auto again = openai::parse_keys(openai::write_keys(*keys));
  CHECK(again.ok() && *again == *keys, "keys must read back as themselves");
  return 0;
}
