#include "base/core/random.h"

#include <cerrno>
#include <cmath>
#include <numbers>
#include <sys/random.h>

#include "base/core/check.h"

namespace noonmark::core {

std::array<std::uint32_t, 4> Philox::block(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  constexpr std::uint64_t kMultiplier0 = 0xD2511F53, kMultiplier1 = 0xCD9E8D57;
  constexpr std::uint32_t kWeyl0 = 0x9E3779B9, kWeyl1 = 0xBB67AE85;
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = kMultiplier0 * counter[0];
    const std::uint64_t product1 = kMultiplier1 * counter[2];
    counter = {static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(product1),
               static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(product0)};
    key[0] += kWeyl0;
    key[1] += kWeyl1;
  }
  return counter;
}

std::uint32_t Philox::uint32() {
  if (used_ == 4) {
    const auto low = [](std::uint64_t v) { return static_cast<std::uint32_t>(v); };
    const auto high = [](std::uint64_t v) { return static_cast<std::uint32_t>(v >> 32); };
    words_ = block({low(next_block_), high(next_block_), low(stream_), high(stream_)}, {low(seed_), high(seed_)});
    ++next_block_;
    used_ = 0;
  }
  return words_[static_cast<std::size_t>(used_++)];
}

std::uint64_t Philox::uint64() {
  const std::uint64_t low = uint32();
  return low | (static_cast<std::uint64_t>(uint32()) << 32);
}

std::uint64_t Philox::below(std::uint64_t bound) {
  CHECK(bound > 0);
  const std::uint64_t limit = bound * (UINT64_MAX / bound);
  for (;;) {
    const std::uint64_t value = uint64();
    if (value < limit) return value % bound;
  }
}

double Philox::uniform() { return static_cast<double>(uint64() >> 11) * 0x1.0p-53; }

double Philox::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  const double angle = 2.0 * std::numbers::pi * uniform();
  spare_ = radius * std::sin(angle);
  has_spare_ = true;
  return radius * std::cos(angle);
}

void fill_secure_random(std::span<std::uint8_t> out) {
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t got = getrandom(out.data() + done, out.size() - done, 0);
    if (got < 0 && errno == EINTR) continue;
    CHECK(got > 0, "the operating system gave no random bytes");
    done += static_cast<std::size_t>(got);
  }
}

}  // namespace noonmark::core
