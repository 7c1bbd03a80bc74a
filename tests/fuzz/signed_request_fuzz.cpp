#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/codec/text.h"
#include "base/core/bytes.h"
#include "base/core/check.h"
#include "net/signed/stamp.h"

// Header fields of a signed request, one "name: value" a line. There is one form only: what is accepted is written
// again as it came.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace noonmark;
  std::string_view text = core::as_text({data, size});
  http::Headers headers;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::size_t colon = line.find(": ");
    if (colon != std::string_view::npos) {
      headers.add(std::string(line.substr(0, colon)), std::string(line.substr(colon + 2)));
    }
  }
  const auto stamp = signed_http::read_stamp(headers);
  if (!stamp.ok()) return 0;
  CHECK(*headers.find("noonmark-account") == stamp->account.ss58());
  CHECK(*headers.find("noonmark-nonce") == codec::hex(stamp->nonce));
  CHECK(*headers.find("noonmark-time") == std::to_string(stamp->time_ms));
  CHECK(*headers.find("noonmark-signature") == codec::hex(stamp->signature));
  return 0;
}
