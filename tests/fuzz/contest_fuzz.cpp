#include <cstdint>
#include <string_view>

#include "base/core/check.h"
#include "contest/rules/contest.h"
#include "contest/rules/inputs.h"

// A contest's file: what is accepted comes back equal from its JSON form, and its inputs can be drawn.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace noonmark;
  if (size > 20'000) return 0;
  const auto contest = rules::parse_contest({reinterpret_cast<const char*>(data), size});
  if (!contest.ok()) return 0;
  const auto again = rules::contest_from_json(rules::to_json(*contest));
  CHECK(again.ok(), again.error().message);
  CHECK(*again == *contest);
  const auto inputs = rules::draw_inputs(contest->inputs, rules::digest_of(*contest), core::as_bytes("beacon"));
  CHECK(inputs.size() == static_cast<std::size_t>(contest->inputs.count));
  CHECK(rules::inputs_from_json(rules::to_json(inputs)).value() == inputs);
  CHECK(rules::next_cut_off(contest->calendar, core::UnixNanos()).ok());
  return 0;
}
