#include "crypto/sign/internal/keccak.h"

#include <bit>

namespace noonmark::sign {
namespace {

// FIPS 202 §3.2.5: the round constants of iota.
constexpr std::array<std::uint64_t, 24> kRoundConstants = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808A, 0x8000000080008000, 0x000000000000808B,
    0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008A, 0x0000000000000088,
    0x0000000080008009, 0x000000008000000A, 0x000000008000808B, 0x800000000000008B, 0x8000000000008089,
    0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800A, 0x800000008000000A,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008};

// rho and pi walk one cycle over all lanes but the first (FIPS 202 §3.2.2, §3.2.3): step t puts the lane that was
// picked up last into kTarget[t], turned by (t + 1)(t + 2) / 2 bits.
constexpr std::array<std::uint8_t, 24> kTarget = {10, 7,  11, 17, 18, 3, 5,  16, 8,  21, 24, 4,
                                                  15, 23, 19, 13, 12, 2, 20, 14, 22, 9,  6,  1};

}  // namespace

void keccak_f1600(std::array<std::uint64_t, 25>& a) {
  for (const std::uint64_t constant : kRoundConstants) {
    std::array<std::uint64_t, 5> row;  // theta
    for (std::size_t x = 0; x < 5; ++x) row[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
    for (std::size_t x = 0; x < 5; ++x) {
      const std::uint64_t mix = row[(x + 4) % 5] ^ std::rotl(row[(x + 1) % 5], 1);
      for (std::size_t y = 0; y < 25; y += 5) a[y + x] ^= mix;
    }
    std::uint64_t carried = a[1];  // rho, pi
    for (std::size_t t = 0; t < 24; ++t) {
      const std::uint64_t next = a[kTarget[t]];
      a[kTarget[t]] = std::rotl(carried, static_cast<int>((t + 1) * (t + 2) / 2 % 64));
      carried = next;
    }
    for (std::size_t y = 0; y < 25; y += 5) {  // chi
      for (std::size_t x = 0; x < 5; ++x) row[x] = a[y + x];
      for (std::size_t x = 0; x < 5; ++x) a[y + x] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]);
    }
    a[0] ^= constant;  // iota
  }
}

}  // namespace noonmark::sign
