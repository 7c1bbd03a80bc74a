#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/codec/fields.h"
#include "base/codec/json.h"
#include "base/core/result.h"

namespace noonmark::record::internal {

template <class Item>
codec::Json list_to_json(const std::vector<Item>& items) {
  auto result = codec::Json::array();
  for (const auto& item : items) {
    result.push_back(to_json(item));
  }
  return result;
}

/// Reads the array `key` with `read`; a problem names the place, e.g. "measurement.turns[3]".
template <class Item>
std::vector<Item> list_from(codec::Fields& fields, std::string_view key, std::size_t max_items,
                            core::Result<Item> (*read)(const codec::Json&)) {
  std::vector<Item> result;
  for (const auto& json : fields.array(key, max_items)) {
    auto item = read(json);
    if (!item.ok()) {
      fields.fail(key, "item " + std::to_string(result.size()) + ": " + item.error().message);
      return {};
    }
    result.push_back(*std::move(item));
  }
  return result;
}

/// Reads the member `key` with `read`.
template <class Item>
Item item_from(codec::Fields& fields, std::string_view key, core::Result<Item> (*read)(const codec::Json&)) {
  auto item = read(fields.child(key));
  if (!item.ok()) {
    fields.fail(key, item.error().message);
    return {};
  }
  return *std::move(item);
}

/// Reads the word `key` with `parse`.
template <class Value>
Value word_from(codec::Fields& fields, std::string_view key, core::Result<Value> (*parse)(std::string_view)) {
  const auto text = fields.text(key, 64);
  auto value = parse(text);
  if (!value.ok()) {
    fields.fail(key, value.error().message);
    return {};
  }
  return *value;
}

codec::Json texts_to_json(const std::vector<std::string>& texts);

/// The text as it may stand in a record: valid UTF-8 (other bytes become '?'), at most `max_bytes`.
std::string bounded(std::string_view text, std::size_t max_bytes = 4096);

/// [a-z0-9_-]{1,64}
bool is_word(std::string_view text);

/// Lower-case hexadecimal of exactly `digits` digits, or nothing.
bool is_hex_or_empty(std::string_view text, std::size_t digits);

}  // namespace noonmark::record::internal
