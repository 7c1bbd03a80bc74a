// Foreign bytes as a link's message: what is accepted writes out again as the same bytes.
#include <cstddef>
#include <cstdint>

#include "base/core/bytes.h"
#include "base/core/check.h"
#include "serving/link/message.h"

using namespace noonmark;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = core::as_text({data, size});
  if (const auto read = link::decode(bytes, {}); read.ok()) {
    CHECK(link::encode(*read) == bytes, "a message must read back as itself");
  }
  return 0;
}
