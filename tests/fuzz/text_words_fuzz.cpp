// Foreign bytes as requests for text: what is accepted reads back the same.
#include <cstddef>
#include <cstdint>

#include "base/core/bytes.h"
#include "base/core/check.h"
#include "trial/runner/text_words.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace noonmark;
  for (const bool chat : {false, true}) {
    const auto request = runner::parse_text_request(core::as_text({data, size}), chat);
    if (!request.ok()) continue;
    const auto written = runner::write_text_request(*request);
    CHECK(written.ok(), "an accepted request can be written");
    const auto again = runner::parse_text_request(*written, chat);
    CHECK(again.ok(), "and read again");
    CHECK(runner::write_text_request(*again).value() == *written, "and has not changed");
  }
  return 0;
}
