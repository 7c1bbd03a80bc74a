#include <cstdint>
#include <string_view>

#include "base/core/check.h"
#include "crypto/sign/key_file.h"

// The text of a key file: there is one form only, so what is accepted is written again byte for byte.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace noonmark;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto key = sign::decode_key(text);
  if (key.ok()) CHECK(sign::encode_key(*key) == text);
  return 0;
}
