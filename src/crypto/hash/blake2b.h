#pragma once
#include <array>
#include <cstdint>

#include "base/core/bytes.h"

namespace noonmark::hash {

// BLAKE2b (RFC 7693) without a key. The three lengths are three different functions: the shorter ones are no prefixes
// of the longest.
std::array<std::uint8_t, 16> blake2b_128(core::ByteView bytes);
std::array<std::uint8_t, 32> blake2b_256(core::ByteView bytes);
std::array<std::uint8_t, 64> blake2b_512(core::ByteView bytes);

}  // namespace noonmark::hash
