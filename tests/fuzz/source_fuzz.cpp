// Foreign texts as package sources and as a hub's listings: what is accepted writes out again as the same source, and
// no accepted path leaves the package.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/core/bytes.h"
#include "base/core/check.h"
#include "edge/source/hub.h"
#include "edge/source/source.h"
#include "model/package/manifest.h"

using namespace noonmark;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = core::as_text({data, size});
  if (const auto read = source::parse_source(text); read.ok()) {
    const auto again = source::parse_source(source::to_text(*read));
    CHECK(again.ok() && *again == *read, "a source must read back as itself");
  }
  const auto json = codec::parse_json(text);
  if (!json.ok()) return 0;
  const package::Limits limits;
  const auto listing = source::parse_listing(*json, {"owner", "name", "main", "folder"}, limits);
  if (!listing.ok()) return 0;
  package::Limits deep = limits;
  deep.path_bytes += 100;
  deep.path_depth += 1;
  for (const source::HubFile& file : listing->files) CHECK(package::check_path(file.path, deep).ok());
  (void)source::choose_model_files(*listing, limits);
  return 0;
}
