#include "model/pipelines/internal/words.h"

#include <algorithm>
#include <cstdlib>
#include <memory>

#include <utf8proc.h>

#include "model/pipelines/characters.h"

namespace noonmark::pipelines {
namespace {

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
  const CharacterClass first = class_of(rest.front());
  std::size_t length = 1;
  if (first == CharacterClass::number) return length;
  while (length < rest.size() && class_of(rest[length]) == first) ++length;
  return length;
}

}  // namespace

core::Result<std::vector<std::string>> split_words(std::string_view text) {
  const std::u32string characters = TRY(normalise(text));
  std::vector<std::string> words;
  for (std::size_t at = 0; at < characters.size();) {
    if (class_of(characters[at]) == CharacterClass::space) {
      ++at;
      continue;
    }
    const std::size_t length = word_length(std::u32string_view(characters).substr(at));
    words.push_back(to_utf8(std::u32string_view(characters).substr(at, length)));
    at += length;
  }
  return words;
}

}  // namespace noonmark::pipelines
