#define TOML_EXCEPTIONS 0
#include <cmath>

#include <toml++/toml.h>

#include "base/codec/json.h"

namespace noonmark::codec {
namespace {

core::Result<Json> convert(const toml::node& node, std::size_t depth) {
  if (depth == 0) return core::exhausted("TOML is nested too deeply");
  if (const auto* table = node.as_table()) {
    Json object = Json::object();
    for (const auto& [key, member] : *table) object[std::string_view(key)] = TRY(convert(member, depth - 1));
    return object;
  }
  if (const auto* items = node.as_array()) {
    Json array = Json::array();
    for (const auto& item : *items) array.push_back(TRY(convert(item, depth - 1)));
    return array;
  }
  if (const auto* text = node.as_string()) return Json(text->get());
  if (const auto* number = node.as_integer()) return Json(number->get());
  if (const auto* flag = node.as_boolean()) return Json(flag->get());
  const auto line = std::to_string(node.source().begin.line);
  if (const auto* number = node.as_floating_point()) {
    if (!std::isfinite(number->get())) return core::invalid("TOML line " + line + ": numbers must be finite");
    return Json(number->get());
  }
  return core::invalid("TOML line " + line + ": write dates and times as strings, e.g. \"12:00\"");
}

}  // namespace

core::Result<Json> parse_toml(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.max_bytes)
    return core::exhausted("TOML of " + std::to_string(text.size()) + " bytes is longer than the limit of " +
                           std::to_string(limits.max_bytes));
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    const auto& where = parsed.error().source().begin;
    return core::invalid("TOML is malformed at line " + std::to_string(where.line) + ", column " +
                         std::to_string(where.column) + ": " + std::string(parsed.error().description()));
  }
  return convert(parsed.table(), limits.max_depth);
}

}  // namespace noonmark::codec
