#include <algorithm>

#include "base/core/check.h"
#include "model/package/manifest.h"

// Whatever is accepted is written and read back the same, and names only files inside of its directory.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace noonmark;
  const auto parsed = package::parse_manifest(core::as_text({data, size}));
  if (!parsed.ok()) return 0;
  const std::string text = package::manifest_text(*parsed);
  const auto again = package::parse_manifest(text);
  CHECK(again.ok(), "a written manifest isn't accepted");
  CHECK(package::manifest_text(*again) == text);
  CHECK(package::content_digest(*again) == package::content_digest(*parsed));
  for (const package::FileEntry& file : parsed->files) {
    CHECK(!file.path.empty() && file.path.front() != '/' && file.path.find('\\') == std::string::npos);
    CHECK(("/" + file.path + "/").find("/../") == std::string::npos);
  }
  return 0;
}
