#include "ledger/node/internal/parameters.h"

#include <algorithm>
#include <charconv>

#include "base/codec/text.h"

namespace noonmark::node::internal {
namespace {

core::Error wrong(std::size_t i, std::string_view what) {
  return core::invalid("parameter " + std::to_string(i + 1) + " must be " + std::string(what));
}

}  // namespace

core::Result<core::Bytes> parse_hex0x(std::string_view text) {
  if (!text.starts_with("0x")) return core::invalid("bytes are written as 0x and hexadecimal digits");
  return codec::parse_hex(text.substr(2));
}

core::Result<std::string> Parameters::text(std::size_t i) const {
  if (!has(i) || !values_[i].is_string()) return wrong(i, "a text");
  return values_[i].as_string();
}

core::Result<core::Bytes> Parameters::bytes(std::size_t i) const {
  if (!has(i) || !values_[i].is_string()) return wrong(i, "bytes, written as 0x and hexadecimal digits");
  auto bytes = parse_hex0x(values_[i].as_string());
  if (!bytes.ok()) return wrong(i, "bytes, written as 0x and hexadecimal digits");
  return bytes;
}

core::Result<std::optional<book::BlockHash>> Parameters::hash(std::size_t i) const {
  if (!has(i)) return std::optional<book::BlockHash>();
  const core::Bytes raw = TRY(bytes(i));
  book::BlockHash hash;
  if (raw.size() != hash.bytes.size()) return wrong(i, "a block's hash of 32 bytes");
  std::copy(raw.begin(), raw.end(), hash.bytes.begin());
  return std::optional(hash);
}

core::Result<std::uint64_t> Parameters::number(std::size_t i, std::uint64_t most) const {
  std::uint64_t value = 0;
  bool read = false;
  if (has(i) && values_[i].is_integer() && values_[i].as_integer() >= 0) {
    value = static_cast<std::uint64_t>(values_[i].as_integer());
    read = true;
  } else if (has(i) && values_[i].is_string() && values_[i].as_string().starts_with("0x")) {
    const std::string& text = values_[i].as_string();
    const auto [end, failure] = std::from_chars(text.data() + 2, text.data() + text.size(), value, 16);
    read = failure == std::errc() && end == text.data() + text.size();
  }
  if (!read || value > most) return wrong(i, "a number from 0 to " + std::to_string(most));
  return value;
}

core::Result<std::vector<core::Bytes>> Parameters::byte_strings(std::size_t i, std::size_t most) const {
  if (!has(i) || !values_[i].is_array() || values_[i].as_array().size() > most) {
    return wrong(i, "an array of at most " + std::to_string(most) + " byte strings");
  }
  std::vector<core::Bytes> found;
  for (const codec::Json& item : values_[i].as_array()) {
    if (!item.is_string()) return wrong(i, "an array of byte strings");
    found.push_back(TRY(parse_hex0x(item.as_string())));
  }
  return found;
}

}  // namespace noonmark::node::internal
