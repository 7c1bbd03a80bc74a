#include <cmath>

namespace noonmark::codec::internal {
/// toml++ 3.3 meets some malformed input ("[[[") with an assertion of its own. Thrown instead, it is one more refusal.
struct TomlAssertion {};
[[noreturn]] void toml_assertion_failed() { throw TomlAssertion(); }
}  // namespace noonmark::codec::internal

#define TOML_EXCEPTIONS 1
#define TOML_ASSERT(expression)                                              \
  do {                                                                       \
    if (!(expression)) ::noonmark::codec::internal::toml_assertion_failed(); \
  } while (false)

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

/// Bytes outside ASCII are taken on comment lines only. toml++ 3.3 asks whether such a character is white space with a
/// switch that takes some for impossible, which is undefined behaviour, and does so inside of strings too where what
/// comes before is malformed. Basic strings have escapes for the rest of Unicode.
core::Result<void> check_ascii(std::string_view text) {
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::string_view content = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(content.size() + 1, text.size()));
    const std::size_t begin = content.find_first_not_of(" \t");
    if (begin != std::string_view::npos && content[begin] == '#') continue;
    for (const char c : content)
      if (static_cast<unsigned char>(c) >= 0x80)
        return core::invalid("TOML line " + std::to_string(line) +
                             ": outside of comment lines write letters beyond ASCII as \\uXXXX in double quotes");
  }
  return {};
}

}  // namespace

core::Result<Json> parse_toml(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.max_bytes)
    return core::exhausted("TOML of " + std::to_string(text.size()) + " bytes is longer than the limit of " +
                           std::to_string(limits.max_bytes));
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  TRY(check_ascii(text));
  try {
    return convert(toml::parse(text), limits.max_depth);
  } catch (const toml::parse_error& failure) {
    const auto& where = failure.source().begin;
    return core::invalid("TOML is malformed at line " + std::to_string(where.line) + ", column " +
                         std::to_string(where.column) + ": " + std::string(failure.description()));
  } catch (const internal::TomlAssertion&) {
    return core::invalid("TOML is malformed: a key or a table's name is missing");
  }
}

}  // namespace noonmark::codec
