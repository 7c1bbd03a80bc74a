#include "base/core/random.h"

#include <map>
#include <numeric>

#include <gtest/gtest.h>

namespace noonmark::core {
namespace {

// Known answers of Random123's kat_vectors for philox4x32-10.
TEST(Philox, EqualsTheKnownAnswersOfItsPaper) {
  using Words = std::array<std::uint32_t, 4>;
  EXPECT_EQ(Philox::block({0, 0, 0, 0}, {0, 0}), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(Philox::block({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}), (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(Philox::block({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, SameSeedSameSequenceOtherStreamOtherSequence) {
  Philox first(42), second(42), other(42, 1);
  EXPECT_EQ(first.uint64(), second.uint64());
  EXPECT_NE(first.uint64(), other.uint64());
}

TEST(Philox, NormalsHaveMeanZeroAndVarianceOne) {
  Philox random(7);
  double sum = 0, squares = 0;
  constexpr int kCount = 100000;
  for (int i = 0; i < kCount; ++i) {
    const double x = random.normal();
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / kCount, 0.0, 0.015);
  EXPECT_NEAR(squares / kCount, 1.0, 0.02);
}

TEST(Philox, BelowIsUniformAndShuffleKeepsEveryItem) {
  Philox random(1);
  std::map<std::uint64_t, int> seen;
  for (int i = 0; i < 30000; ++i) ++seen[random.below(3)];
  for (const auto& [value, count] : seen) EXPECT_NEAR(count, 10000, 400) << value;
  std::vector<int> items(100);
  std::iota(items.begin(), items.end(), 0);
  std::vector<int> shuffled = items;
  random.shuffle(std::span(shuffled));
  EXPECT_NE(shuffled, items);
  std::sort(shuffled.begin(), shuffled.end());
  EXPECT_EQ(shuffled, items);
}

TEST(SecureRandom, DiffersFromCallToCall) {
  std::array<std::uint8_t, 16> first{}, second{};
  fill_secure_random(first);
  fill_secure_random(second);
  EXPECT_NE(first, second);
}

}  // namespace
}  // namespace noonmark::core
