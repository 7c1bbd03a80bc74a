// A charter from anywhere: refused or accepted whole, and a line that reads is the line that is written.
#include <cstdint>

#include "base/core/check.h"
#include "contest/charter/charter.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace noonmark;
  const std::string_view text = core::as_text({data, size});
  const auto line = charter::read_line(text);
  if (line.ok()) CHECK(charter::line_of(*line) == text);
  const auto charter = charter::Charter::verify(text, {});
  if (charter.ok()) CHECK(charter->text() == text);
  return 0;
}
