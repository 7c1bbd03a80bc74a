#include "crypto/hash/blake2b.h"

#include <sodium.h>

#include "base/core/check.h"

namespace noonmark::hash {
namespace {

template <std::size_t N>
std::array<std::uint8_t, N> blake2b(core::ByteView bytes) {
  static_assert(N >= crypto_generichash_BYTES_MIN && N <= crypto_generichash_BYTES_MAX);
  static const int ready = sodium_init();  // chooses the implementation for this processor, once
  CHECK(ready >= 0, "libsodium could not be initialised");
  std::array<std::uint8_t, N> digest;
  CHECK(crypto_generichash(digest.data(), N, bytes.data(), bytes.size(), nullptr, 0) == 0);
  return digest;
}

}  // namespace

std::array<std::uint8_t, 16> blake2b_128(core::ByteView bytes) { return blake2b<16>(bytes); }
std::array<std::uint8_t, 32> blake2b_256(core::ByteView bytes) { return blake2b<32>(bytes); }
std::array<std::uint8_t, 64> blake2b_512(core::ByteView bytes) { return blake2b<64>(bytes); }

}  // namespace noonmark::hash
