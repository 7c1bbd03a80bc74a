#include "edge/openai/order.h"

#include <array>

#include "base/core/random.h"

namespace noonmark::openai {

std::string_view media_type(const http::Request& request) {
  const std::string_view type = request.headers.find("Content-Type").value_or("application/json");
  return type.substr(0, type.find(';'));
}

core::Result<void> expect_json(const http::Request& request) {
  if (http::equal_ignoring_case(media_type(request), "application/json")) return {};
  return core::usage("the body must be application/json");
}

std::uint64_t random_seed() {
  std::array<std::uint8_t, 6> random{};
  core::fill_secure_random(random);
  std::uint64_t seed = 0;
  for (const std::uint8_t byte : random) seed = seed << 8 | byte;
  return seed;
}

std::vector<Kind> all_kinds() {
  std::vector<Kind> all = image_kinds();
  for (const Kind& kind : text_kinds()) all.push_back(kind);
  return all;
}

}  // namespace noonmark::openai
