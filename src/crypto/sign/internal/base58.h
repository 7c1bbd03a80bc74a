#pragma once
#include <string>
#include <string_view>

#include "base/core/bytes.h"
#include "base/core/result.h"

namespace noonmark::sign {

/// Base58 in Bitcoin's alphabet (draft-msporny-base58): a big-endian number; leading zero bytes become leading '1's.
/// Takes time in the square of the length: for short texts.
std::string base58(core::ByteView bytes);
/// Fails: invalid when a character is outside the alphabet or there are more than `max_text` characters.
core::Result<core::Bytes> parse_base58(std::string_view text, std::size_t max_text);

}  // namespace noonmark::sign
