#include "trial/record/internal/lists.h"

#include <algorithm>

#include "base/codec/text.h"

namespace noonmark::record::internal {

codec::Json texts_to_json(const std::vector<std::string>& texts) {
  auto result = codec::Json::array();
  for (const auto& text : texts) {
    result.push_back(bounded(text));
  }
  return result;
}

std::string bounded(std::string_view text, std::size_t max_bytes) {
  std::string result(text.substr(0, max_bytes));
  // A cut may have fallen inside a character: drop its beginning.
  for (int byte = 0; byte < 3 && text.size() > max_bytes && !result.empty() && !codec::is_utf8(result); ++byte) {
    result.pop_back();
  }
  if (!codec::is_utf8(result)) {
    std::replace_if(
        result.begin(), result.end(), [](char byte) { return static_cast<unsigned char>(byte) >= 0x80; }, '?');
  }
  return result;
}

bool is_word(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '_' || letter == '-';
  });
}

bool is_hex_or_empty(std::string_view text, std::size_t digits) {
  return text.empty() || (text.size() == digits && std::all_of(text.begin(), text.end(), [](char digit) {
                            return (digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f');
                          }));
}

}  // namespace noonmark::record::internal
