#pragma once
#include <string>
#include <string_view>

#include "base/core/bytes.h"
#include "base/core/result.h"

namespace noonmark::codec {

/// Lower-case hexadecimal.
std::string hex(core::ByteView bytes);
/// Either case; an odd length or another character fails: invalid.
core::Result<core::Bytes> parse_hex(std::string_view text);

/// RFC 4648 §4 with padding.
std::string base64(core::ByteView bytes);
/// Strict: padding required, no white space, unused bits zero. Fails: invalid.
core::Result<core::Bytes> parse_base64(std::string_view text);

/// True when `text` is well-formed UTF-8 (RFC 3629: no surrogates, nothing overlong).
bool is_utf8(std::string_view text);

}  // namespace noonmark::codec
