// Foreign bytes as runner requests, answers and words: what is accepted reads back the same; what is kept for the
// record is clean.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/codec/text.h"
#include "base/core/bytes.h"
#include "base/core/check.h"
#include "trial/runner/protocol.h"

namespace {

using namespace noonmark;

void check_request(std::string_view text, runner::Purpose purpose) {
  const auto request = runner::parse_request(text, purpose);
  if (!request.ok()) return;
  (void)runner::with_pictures(*request);
  const auto written = runner::write_request(*request);
  CHECK(written.ok(), "an accepted request can be written");
  const auto again = runner::parse_request(*written, purpose);
  CHECK(again.ok(), "and read again");
  CHECK(runner::write_request(*again).value() == *written, "and has not changed");
}

void check_answer(std::string_view text) {
  const auto images = runner::parse_answer(text, {1, 8, 8});
  if (!images.ok()) return;
  CHECK(images->size() == 1 && images->front().width == 8 && images->front().height == 8 &&
        images->front().channels == 3);
  const auto written = runner::write_answer(*images, image::Format::png, 0);
  CHECK(written.ok());
  CHECK(runner::parse_answer(*written, {1, 8, 8}).value() == *images, "a picture survives the road");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = core::as_text({data, size});
  for (const auto purpose :
       {runner::Purpose::generation, runner::Purpose::edit, runner::Purpose::variation, runner::Purpose::upscale}) {
    check_request(text, purpose);
  }
  check_answer(text);
  for (const std::string& cleaned : {runner::clean_text(text, 64), runner::error_message(text)}) {
    CHECK(cleaned.size() <= 1000 && codec::is_utf8(cleaned));
    CHECK(cleaned.find('\0') == std::string::npos && cleaned.find('\x1b') == std::string::npos);
  }
  return 0;
}
