#include "crypto/hash/twox.h"

#define XXH_INLINE_ALL  // header only: no shared library is needed at run time
#include <xxhash.h>

namespace noonmark::hash {
namespace {

template <std::size_t N>
std::array<std::uint8_t, N> twox(core::ByteView bytes) {
  static_assert(N % 8 == 0);
  std::array<std::uint8_t, N> digest;
  for (std::size_t seed = 0; seed < N / 8; ++seed) {
    const std::uint64_t word = XXH64(bytes.data(), bytes.size(), seed);
    for (std::size_t i = 0; i < 8; ++i) digest[seed * 8 + i] = static_cast<std::uint8_t>(word >> (8 * i));
  }
  return digest;
}

}  // namespace

std::array<std::uint8_t, 8> twox_64(core::ByteView bytes) { return twox<8>(bytes); }
std::array<std::uint8_t, 16> twox_128(core::ByteView bytes) { return twox<16>(bytes); }
std::array<std::uint8_t, 32> twox_256(core::ByteView bytes) { return twox<32>(bytes); }

}  // namespace noonmark::hash
