#pragma once

#include <string_view>

#include "base/core/bytes.h"

namespace noonmark::websocket::internal {

/// SHA-1 (FIPS 180-4), which the handshake asks for and nothing else may use: it is broken for signatures.
core::Bytes sha1(std::string_view text);

}  // namespace noonmark::websocket::internal
