// A release statement from any server: refused, or its signed bytes read as the same release.
#include <cstdint>

#include "base/codec/json.h"
#include "base/codec/text.h"
#include "base/core/check.h"
#include "edge/cli/release.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace noonmark;
  const auto statement = cli::parse_release(core::as_text({data, size}));
  if (!statement.ok()) return 0;
  codec::Json json = codec::parse_json(cli::signed_text(statement->release)).value();
  json["signature"] = "0x" + codec::hex(statement->signature);
  const auto again = cli::parse_release(codec::write_json(json));
  CHECK(again.ok() && again->release == statement->release && again->signature == statement->signature);
  return 0;
}
