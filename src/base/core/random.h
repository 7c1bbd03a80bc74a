#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "base/core/bytes.h"

namespace noonmark::core {

/// Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
/// A seed and a stream give one fixed sequence on every machine: key = seed, counter = {block, stream}.
/// One block yields four 32-bit words, used in order. Not for secrets.
/// Threads: one thread per object; objects are cheap to copy and independent by (seed, stream).
class Philox {
 public:
  explicit Philox(std::uint64_t seed, std::uint64_t stream = 0) : seed_(seed), stream_(stream) {}

  std::uint32_t uint32();
  std::uint64_t uint64();
  /// Uniform in [0, bound) without bias. Requires bound > 0.
  std::uint64_t below(std::uint64_t bound);
  /// Uniform in [0, 1) with 53 random bits.
  double uniform();
  /// Standard normal by Box-Muller from two 53-bit uniforms (1 - u1, u2): cosine first, then sine.
  double normal();

  template <class T>
  void shuffle(std::span<T> items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

  /// The raw block function, public for its known-answer test.
  static std::array<std::uint32_t, 4> block(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

 private:
  std::uint64_t seed_;
  std::uint64_t stream_;
  std::uint64_t next_block_ = 0;
  std::array<std::uint32_t, 4> words_{};
  int used_ = 4;
  bool has_spare_ = false;
  double spare_ = 0;
};

/// Fills `out` with bytes of the operating system's generator, for keys and nonces. Never fails (aborts if it does).
void fill_secure_random(std::span<std::uint8_t> out);

}  // namespace noonmark::core
