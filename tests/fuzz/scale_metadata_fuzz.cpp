// Foreign bytes as a chain's metadata: what is accepted writes and reads back unchanged.
#include <cstdint>

#include "base/core/check.h"
#include "ledger/scale/metadata.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace noonmark;
  const auto metadata = scale::decode_metadata({data, size});
  if (!metadata.ok()) return 0;
  const core::Bytes written = scale::encode_metadata(*metadata);
  CHECK(scale::encode_metadata(scale::decode_metadata(written).value()) == written);
  for (scale::TypeId type = 0; type < metadata->types.size(); ++type) (void)metadata->is_empty(type);
  (void)metadata->call("System", "remark");
  (void)metadata->storage("System", "Account");
  metadata->error_name(data[0], data[0]);
  return 0;
}
