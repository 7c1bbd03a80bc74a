#include "base/core/random.h"
#include "edge/openai/order.h"
#include "edge/openai/units.h"
#include "trial/runner/text_words.h"

namespace noonmark::openai {
namespace {

template <bool chat>
core::Result<Order> read(const http::Request& request) {
  TRY(expect_json(request));
  runner::TextWireRequest wire = TRY(runner::parse_text_request(request.body, chat));
  // Another text each time, as callers expect, and the means to get this one again.
  if (!wire.seeded) wire.text.seed = random_seed();
  Order order;
  order.model = wire.model;
  order.job_path = chat ? runner::kChatPath : runner::kCompletionsPath;
  order.fields.add("x-noonmark-seed", std::to_string(wire.text.seed));
  order.units = units_of(wire);
  order.streams = wire.stream;
  order.write = [wire = std::move(wire)](const std::string& model) mutable {
    wire.model = model;
    return runner::write_text_request(wire);
  };
  return order;
}

}  // namespace

std::vector<Kind> text_kinds() {
  constexpr std::string_view kTask = "chat", kDoes = "writes";
  return {{runner::kChatPath, kTask, kDoes, read<true>}, {runner::kCompletionsPath, kTask, kDoes, read<false>}};
}

}  // namespace noonmark::openai
