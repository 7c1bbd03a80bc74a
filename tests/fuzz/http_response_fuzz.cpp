// Foreign bytes as an HTTP response: cut into pieces they give the same response as whole, within the limits.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/core/bytes.h"
#include "base/core/check.h"
#include "net/http/reader.h"

namespace {

using namespace noonmark;

constexpr http::MessageLimits kLimits{2048, 4096};

std::optional<http::Response> read(std::string_view bytes, std::size_t piece, bool head) {
  http::ResponseReader reader(kLimits, head);
  std::string pending;
  while (!reader.done()) {
    const auto taken = reader.feed(pending);
    if (!taken.ok()) return std::nullopt;
    CHECK(*taken <= pending.size());
    pending.erase(0, *taken);
    if (reader.done()) break;
    if (bytes.empty()) {
      if (!reader.finish().ok()) return std::nullopt;
      break;
    }
    pending += bytes.substr(0, piece);
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  http::Response response = reader.take();
  CHECK(response.body.size() <= kLimits.body_bytes);
  return response;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const bool head = (data[0] & 1) != 0;
  const std::size_t piece = 1 + data[0] / 4;
  const std::string_view bytes = core::as_text({data + 1, size - 1});
  const auto whole = read(bytes, bytes.size() + 1, head);
  const auto pieces = read(bytes, piece, head);
  CHECK(whole.has_value() == pieces.has_value(), "the same bytes must be refused however they arrive");
  if (whole) {
    CHECK(whole->status == pieces->status && whole->body == pieces->body && whole->keep_alive == pieces->keep_alive);
    CHECK(whole->headers.fields().size() == pieces->headers.fields().size());
  }
  return 0;
}
