#include <cstdint>
#include <string_view>

#include "base/core/check.h"
#include "contest/conduct/conduct.h"
#include "contest/conduct/replay.h"

// A contest's final record. The first byte chooses: verify the rest as it is, or take it for the bodies of records
// (one a line, kinds in order) that are chained first, so that the fuzzer gets past the chain to the stages.
namespace noonmark {
namespace {

void apply_bodies(std::string_view text) {
  conduct::State state;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const auto body = codec::parse_json(line);
    const auto step = conduct::next_step(state);
    if (!body.ok() || !step) return;
    record::SealedRecord record;
    record.kind = conduct::name_of(step->stage);
    if (!state.records.empty()) record.previous = state.records.back();
    record.body = *body;
    if (!conduct::apply(state, record).ok()) return;
  }
}

}  // namespace
}  // namespace noonmark

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace noonmark;
  if (size == 0 || size > 200'000) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 0) {
    apply_bodies(text);
    return 0;
  }
  const auto verified = conduct::verify(text);
  if (verified.ok()) CHECK(conduct::replay(text).ok());
  return 0;
}
