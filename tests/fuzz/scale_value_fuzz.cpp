// Foreign bytes as a value of any type that finney's metadata has (our own chain's, where finney's isn't installed).
// The first two bytes choose the type.
#include <cstdint>

#include "ledger/runtime/runtime.h"
#include "ledger/scale/real_metadata_for_tests.h"
#include "ledger/scale/value.h"

namespace {

using namespace noonmark;

scale::Metadata any_metadata() {
  if (const auto real = scale::real_metadata("mainnet")) return scale::decode_metadata(*real).value();
  return runtime::Runtime::open({}).value()->described();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const scale::Metadata metadata = any_metadata();
  if (size < 2) return 0;
  const auto type = static_cast<scale::TypeId>((data[0] | data[1] << 8) % metadata.types.size());
  scale::Reader reader({data + 2, size - 2});
  const auto value = scale::decode_value(metadata, type, reader);
  if (value.ok()) (void)value->inner();
  return 0;
}
