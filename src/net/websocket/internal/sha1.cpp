#include "net/websocket/internal/sha1.h"

#include <array>
#include <bit>
#include <cstdint>
#include <string>

namespace noonmark::websocket::internal {
namespace {

using Words = std::array<std::uint32_t, 5>;

std::uint32_t choose(int round, const Words& v) {
  if (round < 20) return ((v[1] & v[2]) | (~v[1] & v[3])) + 0x5a827999;
  if (round < 40) return (v[1] ^ v[2] ^ v[3]) + 0x6ed9eba1;
  if (round < 60) return ((v[1] & v[2]) | (v[1] & v[3]) | (v[2] & v[3])) + 0x8f1bbcdc;
  return (v[1] ^ v[2] ^ v[3]) + 0xca62c1d6;
}

void mix(Words& hash, std::string_view block) {
  std::array<std::uint32_t, 80> w{};
  for (int i = 0; i < 64; ++i) w[i / 4] = w[i / 4] << 8 | static_cast<std::uint8_t>(block[i]);
  for (int i = 16; i < 80; ++i) w[i] = std::rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
  Words v = hash;
  for (int i = 0; i < 80; ++i) {
    const std::uint32_t next = std::rotl(v[0], 5) + choose(i, v) + v[4] + w[i];
    v = {next, v[0], std::rotl(v[1], 30), v[2], v[3]};
  }
  for (int i = 0; i < 5; ++i) hash[i] += v[i];
}

}  // namespace

core::Bytes sha1(std::string_view text) {
  std::string padded(text);
  padded += '\x80';
  padded.append((120 - padded.size() % 64) % 64, '\0');
  for (int shift = 56; shift >= 0; shift -= 8) padded += static_cast<char>(std::uint64_t{text.size()} * 8 >> shift);
  Words hash{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  for (std::size_t at = 0; at < padded.size(); at += 64) mix(hash, std::string_view(padded).substr(at, 64));
  core::Bytes bytes;
  for (const std::uint32_t word : hash) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<std::uint8_t>(word >> shift));
  }
  return bytes;
}

}  // namespace noonmark::websocket::internal
