#include <cstddef>
#include <cstdint>

#include "base/core/bytes.h"
#include "base/core/check.h"
#include "edge/tester/messages.h"

// What testers and validators say to each other: what is accepted is written again and read as the same.
namespace {

using namespace noonmark;

template <class Message>
void check(const codec::Json& json, core::Result<Message> (*read)(const codec::Json&)) {
  const auto message = read(json);
  if (!message.ok()) return;
  const codec::Json again = tester::to_json(*message);
  const auto reread = read(again);
  CHECK(reread.ok());
  CHECK(tester::to_json(*reread) == again);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto json = codec::parse_json(core::as_text({data, size}));
  if (!json.ok()) return 0;
  check(*json, tester::hello_from_json);
  check(*json, tester::work_from_json);
  check(*json, tester::brief_from_json);
  check(*json, tester::findings_from_json);
  return 0;
}
