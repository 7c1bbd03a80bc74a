#pragma once

#include <cstdint>

namespace noonmark::scale {

/// How a map's key becomes part of a storage key; the numbers are those of the metadata.
enum class Hasher : std::uint8_t {
  blake2_128 = 0,
  blake2_256 = 1,
  blake2_128_concat = 2,
  twox_128 = 3,
  twox_256 = 4,
  twox_64_concat = 5,
  identity = 6,
};

}  // namespace noonmark::scale
