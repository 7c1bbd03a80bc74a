#include "model/pipelines/internal/original.h"

#include <gtest/gtest.h>

namespace noonmark::pipelines {
namespace {

image::Image plain(int width, int height, std::uint8_t value, int channels = 3) {
  image::Image picture = image::blank(width, height, channels);
  std::ranges::fill(picture.pixels, value);
  return picture;
}

ImageRequest with_picture(int width, int height) {
  ImageRequest request;
  request.picture = plain(width, height, 100);
  return request;
}

TEST(Original, IsThereOnlyWhenThereIsAPicture) {
  EXPECT_FALSE(read_original({}).value().has_value());
  const auto original = read_original(with_picture(5, 3)).value();
  EXPECT_EQ(original->picture, plain(5, 3, 100));
  EXPECT_FALSE(original->masked());
}

TEST(Original, GrowsByItsMarginsAndPaintsThemAnew) {
  ImageRequest request = with_picture(2, 2);
  request.picture->pixels[0] = 7;
  request.expand = {.left = 1, .top = 2, .right = 3, .bottom = 0};
  const auto original = read_original(request).value();
  EXPECT_EQ(original->picture.width, 6);
  EXPECT_EQ(original->picture.height, 4);
  EXPECT_EQ(original->picture.pixels[0], 7) << "margins begin with the nearest pixel";
  for (int y = 0; y < 4; ++y) {
    for (int x = 0; x < 6; ++x) {
      const bool own = x >= 1 && x < 3 && y >= 2;
      EXPECT_EQ(original->mask.pixels[original->mask.offset(x, y)], own ? 0 : 255) << x << ", " << y;
    }
  }
}

TEST(Original, RefusesWhatDoesNotFitTogether) {
  const auto refusal = [](const ImageRequest& request) { return read_original(request).error().message; };
  ImageRequest lost;
  lost.mask = plain(2, 2, 255, 1);
  EXPECT_NE(refusal(lost).find("need a picture"), std::string::npos);
  ImageRequest wrong = with_picture(4, 4);
  wrong.mask = plain(4, 5, 255, 1);
  EXPECT_EQ(refusal(wrong), "the mask has 4x5 pixels, the picture 4x4");
  ImageRequest wide = with_picture(4, 4);
  wide.expand.right = kMaxSide;
  EXPECT_NE(refusal(wide).find("4100x4"), std::string::npos);
  ImageRequest negative = with_picture(4, 4);
  negative.expand.top = -1;
  EXPECT_NE(refusal(negative).find("margin"), std::string::npos);
  EXPECT_NE(refusal(with_picture(kMaxSide + 1, 1)).find("4096"), std::string::npos);
}

TEST(FitSize, KeepsTheShapeWithinTheUsualArea) {
  const auto fit = [](Size own) {
    const Size size = fit_size(own, {64, 64}, 8);
    return std::pair(size.width, size.height);
  };
  EXPECT_EQ(fit({64, 64}), std::pair(64, 64));
  EXPECT_EQ(fit({32, 16}), std::pair(32, 16)) << "a small picture isn't blown up";
  EXPECT_EQ(fit({4000, 1000}), std::pair(128, 32));
  EXPECT_EQ(fit({4096, 1}), std::pair(4096, 8)) << "no side below the factor";
  EXPECT_EQ(fit({61, 67}), std::pair(64, 64));
}

TEST(LatentMask, TakesEveryLatentWithAPixelToPaint) {
  image::Image mask = plain(4, 4, 0, 1);
  mask.pixels[mask.offset(3, 0)] = 1;
  EXPECT_EQ(latent_mask(mask, 2, 2), (std::vector<float>{0, 1, 0, 0}));
  EXPECT_EQ(latent_mask(plain(4, 4, 255, 1), 1, 2), (std::vector<float>{1, 1}));
}

TEST(Compose, KeepsWhatTheMaskKeepsToTheLastBit) {
  ImageRequest request = with_picture(3, 1);
  request.mask = plain(3, 1, 0, 1);
  request.mask->pixels = {0, 255, 51};
  const auto original = read_original(request).value();
  const image::Image made = compose(*original, plain(3, 1, 200));
  EXPECT_EQ(made.pixels, (std::vector<std::uint8_t>{100, 100, 100, 200, 200, 200, 120, 120, 120}));
  EXPECT_EQ(compose(*original, plain(6, 2, 200)).pixels, made.pixels) << "brought to the original's size";
}

TEST(Compose, WithoutAMaskTheNewPictureIsTheAnswer) {
  const auto original = read_original(with_picture(3, 1)).value();
  EXPECT_EQ(compose(*original, plain(6, 2, 9)), plain(6, 2, 9));
}

}  // namespace
}  // namespace noonmark::pipelines
