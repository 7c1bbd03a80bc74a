#include "net/fetch/address.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <string>

namespace noonmark::fetch {
namespace {

struct Block {
  std::array<std::uint8_t, 16> prefix;
  int bits;
};

constexpr Block kSpecial4[] = {
    {{0}, 8},             // this network
    {{10}, 8},            // private
    {{100, 64}, 10},      // carrier-grade NAT
    {{127}, 8},           // loopback
    {{169, 254}, 16},     // link-local; clouds answer with secrets there
    {{172, 16}, 12},      // private
    {{192, 0, 0}, 24},    // protocol assignments
    {{192, 0, 2}, 24},    // documentation
    {{192, 88, 99}, 24},  // 6to4 relays
    {{192, 168}, 16},     // private
    {{198, 18}, 15},      // benchmarking
    {{198, 51, 100}, 24},
    {{203, 0, 113}, 24},  // documentation
    {{224}, 4},           // multicast
    {{240}, 4},           // reserved, broadcast
};

constexpr Block kGlobal6 = {{0x20}, 3};  // the only block with global unicast addresses so far
constexpr Block kMapped4 = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96};
constexpr Block kSpecial6[] = {
    {{0x20, 0x01, 0x00}, 23},        // protocol assignments, Teredo among them
    {{0x20, 0x01, 0x0d, 0xb8}, 32},  // documentation
    {{0x20, 0x02}, 16},              // 6to4
    {{0x3f, 0xff}, 20},              // documentation
};

bool lies_in(core::ByteView address, const Block& block) {
  for (int bit = 0; bit < block.bits; bit += 8) {
    const int count = std::min(8, block.bits - bit);
    const auto mask = static_cast<std::uint8_t>(0xff << (8 - count));
    if (((address[bit / 8] ^ block.prefix[bit / 8]) & mask) != 0) return false;
  }
  return true;
}

template <std::size_t N>
bool lies_in_any(core::ByteView address, const Block (&blocks)[N]) {
  return std::ranges::any_of(blocks, [&](const Block& block) { return lies_in(address, block); });
}

}  // namespace

bool is_public_address(core::ByteView address) {
  if (address.size() == 4) return !lies_in_any(address, kSpecial4);
  if (address.size() != 16) return false;
  if (lies_in(address, kMapped4)) return is_public_address(address.subspan(12));
  return lies_in(address, kGlobal6) && !lies_in_any(address, kSpecial6);
}

bool is_public_address(std::string_view text) {
  const std::string copy(text);
  std::array<std::uint8_t, 16> bytes{};
  if (::inet_pton(AF_INET, copy.c_str(), bytes.data()) == 1) return is_public_address(core::ByteView(bytes.data(), 4));
  if (::inet_pton(AF_INET6, copy.c_str(), bytes.data()) == 1) return is_public_address(core::ByteView(bytes));
  return false;
}

}  // namespace noonmark::fetch
