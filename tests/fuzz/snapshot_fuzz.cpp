// A snapshot and a collection out of a stranger's evidence: what is accepted writes and reads back unchanged.
#include <cstdint>

#include "base/core/check.h"
#include "contest/submission/collect.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace noonmark;
  const auto json = codec::parse_json(core::as_text({data, size}), {.max_bytes = 1 << 16, .max_depth = 8});
  if (!json.ok()) return 0;
  if (const auto snapshot = submission::snapshot_from_json(*json); snapshot.ok()) {
    CHECK(submission::snapshot_from_json(submission::to_json(*snapshot)).value() == *snapshot);
    rules::Contest contest;
    contest.id = "tiny";
    submission::collect(contest, *snapshot, *snapshot, {});
    submission::incumbent({"tiny", std::chrono::sys_days(std::chrono::days(20'000))}, *snapshot);
  }
  if (const auto collection = submission::collection_from_json(*json); collection.ok()) {
    CHECK(submission::collection_from_json(submission::to_json(*collection)).value() == *collection);
  }
  return 0;
}
