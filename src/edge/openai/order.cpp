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

int status_of(const core::Error& error) {
  if (error.kind == core::ErrorKind::usage) return 415;
  return error.kind == core::ErrorKind::exhausted ? 413 : 400;
}

std::uint64_t random_seed() {
  std::array<std::uint8_t, 6> random{};
  core::fill_secure_random(random);
  std::uint64_t seed = 0;
  for (const std::uint8_t byte : random) seed = seed << 8 | byte;
  return seed;
}

std::optional<std::string_view> name_in(std::string_view pattern, std::string_view path) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == path ? std::optional(std::string_view()) : std::nullopt;
  const std::string_view before = pattern.substr(0, star), after = pattern.substr(star + 1);
  // Something must be left for the star.
  if (path.size() < pattern.size() || !path.starts_with(before) || !path.ends_with(after)) return std::nullopt;
  return path.substr(star, path.size() - before.size() - after.size());
}

http::Response json_response(const codec::Json& json, int status) {
  http::Response response;
  response.status = status;
  response.headers.add("Content-Type", "application/json");
  response.body = codec::write_json(json);
  return response;
}

std::vector<Kind> all_kinds() {
  std::vector<Kind> all = image_kinds();
  for (const Kind& kind : text_kinds()) all.push_back(kind);
  for (const Kind& kind : embedding_kinds()) all.push_back(kind);
  return all;
}

}  // namespace noonmark::openai
