#include "model/pipelines/internal/words.h"

#include <algorithm>
#include <cstdlib>
#include <memory>

#include <utf8proc.h>

namespace noonmark::pipelines {
namespace {

enum class Class { space, letter, number, other };

/// The White_Space property of Unicode.
bool is_space(char32_t c) {
  return (c >= 0x9 && c <= 0xd) || c == 0x20 || c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
         c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

Class classify(char32_t c) {
  if (is_space(c)) return Class::space;
  const utf8proc_category_t category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  if (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) return Class::letter;
  if (category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO) return Class::number;
  return Class::other;
}

core::Result<std::u32string> normalise(std::string_view text) {
  struct Free {
    void operator()(utf8proc_uint8_t* memory) const { std::free(memory); }
  };
  utf8proc_uint8_t* raw = nullptr;
  const utf8proc_ssize_t length =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                   &raw, static_cast<utf8proc_option_t>(UTF8PROC_COMPOSE | UTF8PROC_STABLE));
  const std::unique_ptr<utf8proc_uint8_t, Free> composed(raw);
  if (length < 0) return core::invalid("the text is not valid UTF-8");
  std::u32string lowered;
  for (utf8proc_ssize_t at = 0; at < length;) {
    utf8proc_int32_t c = 0;
    const utf8proc_ssize_t used = utf8proc_iterate(raw + at, length - at, &c);
    if (used <= 0) return core::invalid("the text is not valid UTF-8");
    at += used;
    if (c == 0x130) {
      // The one letter whose lower-case form is two characters.
      lowered += U"i\u0307";
    } else {
      lowered += static_cast<char32_t>(utf8proc_tolower(c));
    }
  }
  return lowered;
}

std::size_t contraction_length(std::u32string_view rest) {
  for (const std::u32string_view form : {U"'s", U"'t", U"'re", U"'ve", U"'m", U"'ll", U"'d"}) {
    if (rest.starts_with(form)) return form.size();
  }
  return 0;
}

/// Length of the word that begins here. Requires: it does not begin with white space.
std::size_t word_length(std::u32string_view rest) {
  if (const std::size_t length = contraction_length(rest); length > 0) return length;
  const Class first = classify(rest.front());
  std::size_t length = 1;
  if (first == Class::number) return length;
  while (length < rest.size() && classify(rest[length]) == first) ++length;
  return length;
}

void append_utf8(char32_t c, std::string& text) {
  std::array<utf8proc_uint8_t, 4> bytes{};
  const utf8proc_ssize_t count = utf8proc_encode_char(static_cast<utf8proc_int32_t>(c), bytes.data());
  text.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(count));
}

}  // namespace

core::Result<std::vector<std::string>> split_words(std::string_view text) {
  const std::u32string characters = TRY(normalise(text));
  std::vector<std::string> words;
  for (std::size_t at = 0; at < characters.size();) {
    if (is_space(characters[at])) {
      ++at;
      continue;
    }
    const std::size_t length = word_length(std::u32string_view(characters).substr(at));
    std::string word;
    for (const char32_t c : std::u32string_view(characters).substr(at, length)) append_utf8(c, word);
    words.push_back(std::move(word));
    at += length;
  }
  return words;
}

const std::array<std::string, 256>& byte_alphabet() {
  static const std::array<std::string, 256> alphabet = [] {
    std::array<std::string, 256> symbols;
    char32_t next = 0x100;
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const bool printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
      append_utf8(printable ? static_cast<char32_t>(byte) : next++, symbols[byte]);
    }
    return symbols;
  }();
  return alphabet;
}

}  // namespace noonmark::pipelines
