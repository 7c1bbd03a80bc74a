#pragma once
#include <array>
#include <cstdint>

#include "base/core/bytes.h"

namespace noonmark::hash {

// Substrate's "twox": XXH64 of the bytes with the seeds 0, 1, 2 … in turn, each little-endian, one after another. Fast
// and not cryptographic: whoever chooses the input can make two inputs collide.
std::array<std::uint8_t, 8> twox_64(core::ByteView bytes);
std::array<std::uint8_t, 16> twox_128(core::ByteView bytes);
std::array<std::uint8_t, 32> twox_256(core::ByteView bytes);

}  // namespace noonmark::hash
