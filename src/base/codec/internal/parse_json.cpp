#include <charconv>
#include <cmath>

#include <boost/json/basic_parser_impl.hpp>

#include "base/codec/json.h"

namespace noonmark::codec {
namespace {

namespace json = boost::json;

/// Builds our values from Boost.JSON's event parser. A false return stops the parse; `problem` says why.
class Builder {
 public:
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);
  using Ec = boost::system::error_code;
  using Text = boost::core::basic_string_view<char>;

  Json root;
  std::string problem;

  bool on_document_begin(Ec&) { return true; }
  bool on_document_end(Ec&) { return true; }
  bool on_object_begin(Ec& ec) { return open(Json::object(), ec); }
  bool on_object_end(std::size_t, Ec&) { return close(); }
  bool on_array_begin(Ec& ec) { return open(Json::array(), ec); }
  bool on_array_end(std::size_t, Ec&) { return close(); }
  bool on_key_part(Text text, std::size_t, Ec&) { return append(text); }
  bool on_key(Text text, std::size_t, Ec&) {
    append(text);
    keys_.back() = std::exchange(text_, {});
    return true;
  }
  bool on_string_part(Text text, std::size_t, Ec&) { return append(text); }
  bool on_string(Text text, std::size_t, Ec& ec) {
    append(text);
    return add(Json(std::exchange(text_, {})), ec);
  }
  bool on_number_part(Text text, Ec&) { return append(text); }
  bool on_int64(std::int64_t value, Text, Ec& ec) {
    text_.clear();
    return add(Json(value), ec);
  }
  bool on_uint64(std::uint64_t, Text, Ec& ec) { return refuse("an integer does not fit 64 signed bits", ec); }
  bool on_double(double nearly, Text text, Ec& ec) {
    // Boost.JSON's own value may be off by the last bit, and what is written has to read back the same.
    append(text);
    const std::string digits = std::exchange(text_, {});
    double value = nearly;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (read.ec == std::errc::result_out_of_range) value = nearly;  // too large, or so small that it is 0
    if (!std::isfinite(value)) return refuse("a number is too large", ec);
    return add(Json(value), ec);
  }
  bool on_bool(bool value, Ec& ec) { return add(Json(value), ec); }
  bool on_null(Ec& ec) { return add(Json(), ec); }
  bool on_comment_part(Text, Ec&) { return true; }
  bool on_comment(Text, Ec&) { return true; }

 private:
  bool append(Text text) {
    text_.append(text.data(), text.size());
    return true;
  }
  bool refuse(std::string why, Ec& ec) {
    problem = std::move(why);
    ec = boost::system::errc::make_error_code(boost::system::errc::invalid_argument);
    return false;
  }
  bool open(Json container, Ec&) {
    open_.push_back(std::move(container));
    keys_.emplace_back();
    return true;
  }
  bool close() {
    Json done = std::move(open_.back());
    open_.pop_back();
    keys_.pop_back();
    Ec ec;
    return add(std::move(done), ec);
  }
  bool add(Json value, Ec& ec) {
    if (open_.empty()) {
      root = std::move(value);
      return true;
    }
    Json& parent = open_.back();
    if (parent.is_array()) {
      parent.push_back(std::move(value));
      return true;
    }
    const bool fresh = parent.as_object().emplace(keys_.back(), std::move(value)).second;
    return fresh || refuse("the key \"" + keys_.back() + "\" stands twice in one object", ec);
  }

  std::vector<Json> open_;
  std::vector<std::string> keys_;
  std::string text_;
};

}  // namespace

core::Result<Json> parse_json(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.max_bytes)
    return core::exhausted("JSON of " + std::to_string(text.size()) + " bytes is longer than the limit of " +
                           std::to_string(limits.max_bytes));
  json::parse_options options;
  options.max_depth = limits.max_depth;
  json::basic_parser<Builder> parser(options);
  boost::system::error_code failure;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), failure);
  Builder& builder = parser.handler();
  if (!builder.problem.empty()) return core::invalid("JSON: " + builder.problem);
  if (!failure && used < text.size()) failure = json::make_error_code(json::error::extra_data);
  if (failure == json::make_error_code(json::error::too_deep))
    return core::exhausted("JSON is nested deeper than " + std::to_string(limits.max_depth) + " levels");
  if (failure) return core::invalid("JSON is malformed at byte " + std::to_string(used) + ": " + failure.message());
  return std::move(builder.root);
}

}  // namespace noonmark::codec
