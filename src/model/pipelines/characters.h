#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/core/result.h"

namespace noonmark::pipelines {

/// What tokenizers tell apart: Unicode's White_Space, \p{L}, \p{N}, and the rest.
enum class CharacterClass { space, letter, number, other };
CharacterClass class_of(char32_t character);

/// Fails: invalid (not UTF-8).
core::Result<std::u32string> characters_of(std::string_view text);
std::string to_utf8(std::u32string_view characters);

/// GPT-2's printable stand-in for each byte, as UTF-8: printable Latin-1 stands for itself, the others are U+0100 and
/// up.
const std::array<std::string, 256>& byte_alphabet();

}  // namespace noonmark::pipelines
