#include "model/image/resize.h"

#include <numeric>

#include <gtest/gtest.h>

#include "base/core/random.h"

namespace noonmark::image {
namespace {

constexpr std::array kFilters = {Filter::area, Filter::bilinear, Filter::lanczos3};

TEST(Resize, KeepsAConstantPictureConstant) {
  Image image = blank(13, 9, 3);
  std::fill(image.pixels.begin(), image.pixels.end(), std::uint8_t{137});
  for (const Filter filter : kFilters) {
    for (const auto& [w, h] : {std::pair{1, 1}, {64, 64}, {5, 40}, {13, 9}, {3, 2}}) {
      const Image result = resize(image, w, h, filter);
      EXPECT_TRUE(is_sound(result));
      for (const auto value : result.pixels) ASSERT_EQ(value, 137);
    }
  }
}

TEST(Resize, ToItsOwnSizeIsTheSamePicture) {
  core::Philox random(3);
  Image image = blank(17, 11, 4);
  for (auto& value : image.pixels) value = static_cast<std::uint8_t>(random.below(256));
  for (const Filter filter : kFilters) EXPECT_EQ(resize(image, 17, 11, filter), image);
}

TEST(Resize, AreaShrinkIsTheMeanOfBlocks) {
  const Image image{4, 2, 1, {0, 10, 100, 200, 20, 30, 50, 250}};
  EXPECT_EQ(resize(image, 2, 1, Filter::area), (Image{2, 1, 1, {15, 150}}));
  // By 1.5: each old sample counts where its centre lies.
  EXPECT_EQ(resize({3, 1, 1, {0, 90, 200}}, 1, 1, Filter::area).pixels[0], 97);
}

TEST(Resize, BilinearEnlargesHalfwayBetweenCentres) {
  // New centres lie at -0.25, 0.25, 0.75, 1.25 old samples.
  EXPECT_EQ(resize({2, 1, 1, {0, 100}}, 4, 1, Filter::bilinear), (Image{4, 1, 1, {0, 25, 75, 100}}));
}

TEST(Resize, KeepsTheMeanOfSmoothPicturesAndTheAxesApart) {
  std::vector<float> ramp(64 * 32);
  for (int y = 0; y < 32; ++y) {
    for (int x = 0; x < 64; ++x) ramp[static_cast<std::size_t>(y * 64 + x)] = static_cast<float>(x);
  }
  for (const Filter filter : kFilters) {
    const auto small = resample(ramp, 64, 32, 1, 16, 8, filter);
    EXPECT_NEAR(std::accumulate(small.begin(), small.end(), 0.0) / 128, 31.5, 0.01);
    for (int y = 1; y < 8; ++y) EXPECT_NEAR(small[static_cast<std::size_t>(y * 16 + 3)], small[3], 1e-3);
    for (int x = 1; x < 16; ++x) EXPECT_GT(small[static_cast<std::size_t>(x)], small[static_cast<std::size_t>(x - 1)]);
  }
}

TEST(Resize, LanczosIsSharperThanBilinearOnAnEdge) {
  const Image edge{8, 1, 1, {50, 50, 50, 50, 200, 200, 200, 200}};
  const Image soft = resize(edge, 32, 1, Filter::bilinear);
  const Image sharp = resize(edge, 32, 1, Filter::lanczos3);
  const auto range = [](const Image& image) {
    const auto [low, high] = std::minmax_element(image.pixels.begin(), image.pixels.end());
    return *high - *low;
  };
  EXPECT_EQ(range(soft), 150);
  EXPECT_GT(range(sharp), 155);  // it overshoots on both sides
}

}  // namespace
}  // namespace noonmark::image
