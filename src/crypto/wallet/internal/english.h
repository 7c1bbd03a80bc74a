#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

namespace noonmark::wallet {

inline constexpr std::size_t kEnglishWords = 2048;

/// BIP39's English word number `index`. Requires index < 2048.
std::string_view english_word(std::size_t index);
/// The number of a word, or nothing.
std::optional<std::size_t> english_index(std::string_view word);
/// What a misspelt word may have been: one that begins with the same letters.
std::optional<std::string_view> english_like(std::string_view word);

}  // namespace noonmark::wallet
