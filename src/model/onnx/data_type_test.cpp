#include "model/onnx/data_type.h"

#include <cmath>
#include <limits>

namespace noonmark::onnx {
namespace {

TEST(Half, EveryBitPatternSurvivesTheWayThroughFloat) {
  int kept = 0;
  for (std::uint32_t bits = 0; bits <= 0xffff; ++bits) {
    const Half half{static_cast<std::uint16_t>(bits)};
    const float value = to_float(half);
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(to_float(to_half(value))));
      continue;
    }
    EXPECT_EQ(to_half(value), half) << bits;
    ++kept;
  }
  EXPECT_EQ(kept, 65536 - 2 * 1023);
}

TEST(Half, RoundsToTheNearestWithTiesToEven) {
  for (std::uint16_t bits = 0; bits < 0x7bff; ++bits) {
    const float low = to_float(Half{bits});
    const float high = to_float(Half{static_cast<std::uint16_t>(bits + 1)});
    const float middle = low + (high - low) / 2;
    const std::uint16_t even = bits % 2 == 0 ? bits : static_cast<std::uint16_t>(bits + 1);
    EXPECT_EQ(to_half(middle).bits, even) << bits;
    EXPECT_EQ(to_half(std::nextafter(middle, low)).bits, bits);
    EXPECT_EQ(to_half(std::nextafter(middle, high)).bits, bits + 1);
    EXPECT_EQ(to_half(-middle).bits, even | 0x8000);
  }
}

TEST(Half, OverflowsToInfinityAndKeepsIt) {
  EXPECT_EQ(to_half(65504.0F).bits, 0x7bff);
  EXPECT_EQ(to_half(65519.99F).bits, 0x7bff);
  EXPECT_EQ(to_half(65520.0F).bits, 0x7c00);
  EXPECT_EQ(to_half(-std::numeric_limits<float>::infinity()).bits, 0xfc00);
  EXPECT_TRUE(std::isnan(to_float(to_half(std::numeric_limits<float>::quiet_NaN()))));
}

TEST(DataType, SizesAreThoseOfTheElementTypes) {
  EXPECT_EQ(size_of(DataType::float16), sizeof(Half));
  EXPECT_EQ(size_of(DataType::int64), 8u);
  EXPECT_EQ(size_of(DataType::boolean), 1u);
  EXPECT_EQ(to_string(DataType::uint8), "uint8");
}

}  // namespace
}  // namespace noonmark::onnx
