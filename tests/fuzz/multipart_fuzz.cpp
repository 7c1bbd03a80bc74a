// Foreign bytes as forms: what is accepted lies within the body, within the limits.
#include <cstddef>
#include <cstdint>

#include "base/core/bytes.h"
#include "base/core/check.h"
#include "net/http/multipart.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace noonmark;
  const std::string_view text = core::as_text({data, size});
  const std::size_t line = std::min(text.find('\n'), text.size());
  const http::FormLimits limits{.parts = 4, .header_bytes = 200, .name_bytes = 20};
  const std::string_view body = text.substr(line);
  for (const std::string_view type : {text.substr(0, line), std::string_view("multipart/form-data; boundary=x")}) {
    const auto parts = http::parse_form(type, body, limits);
    if (!parts.ok()) continue;
    CHECK(parts->size() <= limits.parts);
    for (const http::FormPart& part : *parts) {
      CHECK(!part.name.empty() && part.name.size() <= limits.name_bytes);
      CHECK(part.content.empty() || (part.content.data() >= body.data() &&
                                     part.content.data() + part.content.size() <= body.data() + body.size()));
    }
  }
  return 0;
}
