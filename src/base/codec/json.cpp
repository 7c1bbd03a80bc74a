#include "base/codec/json.h"

#include <charconv>
#include <cmath>

namespace noonmark::codec {
namespace {

void write_string(std::string_view text, std::string& out) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (byte < 0x20) {
          out += "\\u00";
          out += kHex[byte >> 4];
          out += kHex[byte & 15];
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

void write_double(double value, std::string& out) {
  CHECK(std::isfinite(value), "JSON has no NaN and no infinity");
  char buffer[32];
  const auto [end, failure] = std::to_chars(buffer, buffer + sizeof buffer, value);
  CHECK(failure == std::errc());
  const std::string_view text(buffer, static_cast<std::size_t>(end - buffer));
  out += text;
  if (text.find_first_of(".e") == std::string_view::npos) out += ".0";  // stays a double when read back
}

bool fits_on_one_line(const Json::Array& items) {
  if (items.size() > 16) return false;
  for (const Json& item : items)
    if (item.is_array() || item.is_object() || item.is_string()) return false;
  return true;
}

/// One writer for both forms.
class Writer {
 public:
  explicit Writer(bool pretty) : pretty_(pretty) {}

  void write(const Json& value, int depth) {
    if (value.is_null()) {
      out_ += "null";
    } else if (value.is_bool()) {
      out_ += value.as_bool() ? "true" : "false";
    } else if (value.is_integer()) {
      out_ += std::to_string(value.as_integer());
    } else if (value.is_double()) {
      write_double(value.as_number(), out_);
    } else if (value.is_string()) {
      write_string(value.as_string(), out_);
    } else if (value.is_array()) {
      write_array(value.as_array(), depth);
    } else {
      write_object(value.as_object(), depth);
    }
  }

  std::string take() { return std::move(out_); }

 private:
  void break_line(int depth) {
    if (!pretty_) return;
    out_ += '\n';
    out_.append(static_cast<std::size_t>(depth) * 2, ' ');
  }

  void write_array(const Json::Array& items, int depth) {
    const bool one_line = fits_on_one_line(items);
    out_ += '[';
    bool first = true;
    for (const Json& item : items) {
      if (!first) out_ += pretty_ && one_line ? ", " : ",";
      first = false;
      if (!one_line) break_line(depth + 1);
      write(item, depth + 1);
    }
    if (!one_line) break_line(depth);
    out_ += ']';
  }

  void write_object(const Json::Object& members, int depth) {
    out_ += '{';
    bool first = true;
    for (const auto& [key, member] : members) {
      if (!first) out_ += ',';
      first = false;
      break_line(depth + 1);
      write_string(key, out_);
      out_ += pretty_ ? ": " : ":";
      write(member, depth + 1);
    }
    if (!members.empty()) break_line(depth);
    out_ += '}';
  }

  bool pretty_;
  std::string out_;
};

}  // namespace

Json::Json(std::uint64_t value) : value_(static_cast<std::int64_t>(value)) {
  CHECK(value <= static_cast<std::uint64_t>(INT64_MAX), "an integer in JSON must fit 64 signed bits");
}

bool Json::as_bool() const {
  CHECK(is_bool());
  return std::get<bool>(value_);
}
std::int64_t Json::as_integer() const {
  CHECK(is_integer());
  return std::get<std::int64_t>(value_);
}
double Json::as_number() const {
  CHECK(is_number());
  return is_integer() ? static_cast<double>(std::get<std::int64_t>(value_)) : std::get<double>(value_);
}
const std::string& Json::as_string() const {
  CHECK(is_string());
  return std::get<std::string>(value_);
}
const Json::Array& Json::as_array() const {
  CHECK(is_array());
  return std::get<Array>(value_);
}
Json::Array& Json::as_array() {
  CHECK(is_array());
  return std::get<Array>(value_);
}
const Json::Object& Json::as_object() const {
  CHECK(is_object());
  return std::get<Object>(value_);
}
Json::Object& Json::as_object() {
  CHECK(is_object());
  return std::get<Object>(value_);
}

const Json* Json::find(std::string_view key) const {
  if (!is_object()) return nullptr;
  const auto found = as_object().find(key);
  return found == as_object().end() ? nullptr : &found->second;
}

Json& Json::operator[](std::string_view key) { return as_object()[std::string(key)]; }

void Json::push_back(Json value) { as_array().push_back(std::move(value)); }

std::string write_json(const Json& value) {
  Writer writer(false);
  writer.write(value, 0);
  return writer.take();
}

std::string write_pretty(const Json& value) {
  Writer writer(true);
  writer.write(value, 0);
  return writer.take();
}

}  // namespace noonmark::codec
