// Foreign bytes as a signed extrinsic of our own chain: what is accepted writes back to the same bytes.
#include <cstdint>

#include "base/core/check.h"
#include "ledger/runtime/runtime.h"
#include "ledger/scale/extrinsic.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace noonmark;
  static const std::unique_ptr<runtime::Runtime> machine = runtime::Runtime::open({}).value();
  const auto parsed = scale::parse_signed(machine->described(), {data, size});
  if (!parsed.ok()) return 0;
  const scale::Unsigned body{parsed->call, parsed->extra, {}};
  CHECK(body.with_signature(parsed->signer, parsed->signature) == core::Bytes(data, data + size));
  CHECK(parsed->era.period == 0 || parsed->era.birth(1'000'000) <= 1'000'000);
  return 0;
}
