#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/core/result.h"

namespace noonmark::codec {

/// A JSON value: null, boolean, 64-bit integer, double, string, array or object with sorted, unique keys.
/// A value type without invariants beyond that; safe to read from many threads.
class Json {
 public:
  using Array = std::vector<Json>;
  using Object = std::map<std::string, Json, std::less<>>;

  Json() = default;
  Json(std::nullptr_t) {}                                        // NOLINT(google-explicit-constructor)
  Json(bool value) : value_(value) {}                            // NOLINT(google-explicit-constructor)
  Json(int value) : value_(static_cast<std::int64_t>(value)) {}  // NOLINT(google-explicit-constructor)
  Json(std::int64_t value) : value_(value) {}                    // NOLINT(google-explicit-constructor)
  /// Requires value <= INT64_MAX.
  Json(std::uint64_t value);                                    // NOLINT(google-explicit-constructor)
  Json(double value) : value_(value) {}                         // NOLINT(google-explicit-constructor)
  Json(const char* value) : value_(std::string(value)) {}       // NOLINT(google-explicit-constructor)
  Json(std::string value) : value_(std::move(value)) {}         // NOLINT(google-explicit-constructor)
  Json(std::string_view value) : value_(std::string(value)) {}  // NOLINT(google-explicit-constructor)
  Json(Array value) : value_(std::move(value)) {}               // NOLINT(google-explicit-constructor)
  Json(Object value) : value_(std::move(value)) {}              // NOLINT(google-explicit-constructor)

  static Json array() { return Json(Array{}); }
  static Json object() { return Json(Object{}); }
  static Json object(std::initializer_list<Object::value_type> members) { return Json(Object(members)); }

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  bool is_bool() const { return std::holds_alternative<bool>(value_); }
  bool is_integer() const { return std::holds_alternative<std::int64_t>(value_); }
  bool is_double() const { return std::holds_alternative<double>(value_); }
  bool is_number() const { return is_integer() || is_double(); }
  bool is_string() const { return std::holds_alternative<std::string>(value_); }
  bool is_array() const { return std::holds_alternative<Array>(value_); }
  bool is_object() const { return std::holds_alternative<Object>(value_); }

  // Each requires the matching kind (CHECK).
  bool as_bool() const;
  std::int64_t as_integer() const;
  double as_number() const;  ///< integer or double
  const std::string& as_string() const;
  const Array& as_array() const;
  Array& as_array();
  const Object& as_object() const;
  Object& as_object();

  /// The member called `key`, or nullptr; nullptr too when this is no object.
  const Json* find(std::string_view key) const;
  /// The member called `key`, created as null where missing. Requires an object.
  Json& operator[](std::string_view key);
  /// Appends. Requires an array.
  void push_back(Json value);

  bool operator==(const Json&) const = default;

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> value_;
};

/// What a parser of foreign JSON refuses to go beyond.
struct JsonLimits {
  std::size_t max_bytes = 16u << 20;
  std::size_t max_depth = 32;
};

/// Parses one JSON document (RFC 8259, UTF-8). Duplicate keys, trailing text, numbers outside int64/finite double are
/// refused. Fails: invalid (with the byte offset), exhausted (limits).
core::Result<Json> parse_json(std::string_view text, const JsonLimits& limits = {});

/// Parses TOML 1.0. Refused: dates and times (write strings), bytes outside ASCII but on comment lines (write \uXXXX).
/// Fails: invalid (with line and column), exhausted.
core::Result<Json> parse_toml(std::string_view text, const JsonLimits& limits = {});

/// The one canonical form, for hashing and signing: keys sorted by bytes, no white space, integers in decimal, doubles
/// in the shortest form that reads back the same (always with '.' or 'e'), only '"', '\\' and control characters
/// escaped. parse_json(write_json(x)) == x. Requires every double to be finite.
std::string write_json(const Json& value);

/// The same values for people: two spaces of indentation; short arrays of numbers on one line.
std::string write_pretty(const Json& value);

}  // namespace noonmark::codec
