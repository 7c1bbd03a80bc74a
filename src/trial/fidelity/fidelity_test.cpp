#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "base/core/random.h"
#include "trial/fidelity/hashes.h"
#include "trial/fidelity/measures.h"
#include "trial/fidelity/pixels.h"
#include "trial/fidelity/ssim.h"

namespace noonmark::fidelity {
namespace {

using core::ErrorKind;
using image::Image;

Image solid(int width, int height, int channels, std::uint8_t value) {
  Image image = image::blank(width, height, channels);
  std::fill(image.pixels.begin(), image.pixels.end(), value);
  return image;
}

Image noise(int width, int height, int channels, std::uint64_t seed) {
  Image image = image::blank(width, height, channels);
  core::Philox random(seed);
  for (auto& value : image.pixels) value = static_cast<std::uint8_t>(random.below(256));
  return image;
}

Image blend(const Image& a, const Image& b, double share) {
  Image result = a;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) {
    result.pixels[i] = static_cast<std::uint8_t>(std::lround(a.pixels[i] * (1 - share) + b.pixels[i] * share));
  }
  return result;
}

TEST(Psnr, IsTheKnownValueForAKnownError) {
  EXPECT_NEAR(*psnr(solid(8, 8, 3, 100), solid(8, 8, 3, 110)), 20 * std::log10(25.5), 1e-12);
  EXPECT_EQ(*psnr(solid(8, 8, 1, 0), solid(8, 8, 1, 255)), 0);
  EXPECT_EQ(*psnr(solid(8, 8, 3, 5), solid(8, 8, 3, 5)), kHighestPsnr);
}

TEST(Comparable, RefusesAnotherShapeAndSaysWhich) {
  const auto result = psnr(solid(8, 8, 3, 0), solid(8, 9, 3, 0));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind, ErrorKind::invalid);
  EXPECT_NE(result.error().message.find("8x9"), std::string::npos) << result.error().message;
  EXPECT_FALSE(ssim(solid(16, 16, 3, 0), solid(16, 16, 1, 0)).ok());
  EXPECT_FALSE(ssim(solid(16, 16, 4, 0), solid(16, 16, 4, 0)).ok());
  EXPECT_FALSE(ms_ssim(Image{}, Image{}).ok());
}

TEST(Ssim, IsOneForEqualPicturesAndDefinedForConstantOnes) {
  for (const SsimWindow window : {SsimWindow::uniform7, SsimWindow::gaussian11}) {
    EXPECT_NEAR(*ssim(noise(20, 30, 3, 1), noise(20, 30, 3, 1), window), 1, 1e-7);
    EXPECT_NEAR(*ssim(solid(11, 11, 3, 0), solid(11, 11, 3, 0), window), 1, 1e-7);
    const double black_white = *ssim(solid(16, 16, 3, 0), solid(16, 16, 3, 255), window);
    EXPECT_GE(black_white, 0);
    EXPECT_LT(black_white, 0.001);
    const double flat = *ssim(noise(32, 32, 3, 1), solid(32, 32, 3, 128), window);
    EXPECT_TRUE(std::isfinite(flat));
    EXPECT_LT(flat, 0.1);
  }
}

TEST(Ssim, IsExactAtTheLargestSums) {
  // All white against white with one black sample: the integer sums are as large as they get.
  Image changed = solid(7, 7, 1, 255);
  changed.pixels[24] = 0;
  const double mean = 255.0 * 48 / 49;
  const double variance = (48 * 255.0 * 255.0 - 49 * mean * mean) / 48;
  const double c1 = 2.55 * 2.55;
  const double c2 = 7.65 * 7.65;
  const double expected = (2 * 255 * mean + c1) * c2 / ((255.0 * 255 + mean * mean + c1) * (variance + c2));
  EXPECT_NEAR(*ssim(solid(7, 7, 1, 255), changed), expected, 1e-6);
}

TEST(Ssim, BytesAndDoublesGiveTheSame) {
  for (const auto& [w, h] : {std::pair{7, 7}, {64, 64}, {31, 8}, {9, 50}}) {
    const Image a = noise(w, h, 1, 3);
    const Image b = blend(a, noise(w, h, 1, 4), 0.3);
    const std::vector<double> p(a.pixels.begin(), a.pixels.end());
    const std::vector<double> q(b.pixels.begin(), b.pixels.end());
    EXPECT_NEAR(*ssim(a, b), *ssim_of_planes(p, q, w, h, 255), 1e-7);
  }
}

TEST(Ssim, DoesNotDependOnTheOrderOfItsArguments) {
  const Image a = noise(40, 40, 3, 5);
  const Image b = blend(a, noise(40, 40, 3, 6), 0.5);
  EXPECT_DOUBLE_EQ(*ssim(a, b), *ssim(b, a));
  EXPECT_NEAR(*ms_ssim(a, b), *ms_ssim(b, a), 1e-12);
}

TEST(Ssim, RefusesPicturesSmallerThanItsWindow) {
  EXPECT_TRUE(ssim(solid(7, 7, 3, 0), solid(7, 7, 3, 0)).ok());
  EXPECT_EQ(ssim(solid(6, 90, 3, 0), solid(6, 90, 3, 0)).error().kind, ErrorKind::invalid);
  EXPECT_EQ(ssim(solid(10, 90, 3, 0), solid(10, 90, 3, 0), SsimWindow::gaussian11).error().kind, ErrorKind::invalid);
  EXPECT_EQ(ms_ssim(solid(10, 90, 3, 0), solid(10, 90, 3, 0)).error().kind, ErrorKind::invalid);
  const std::vector<double> plane(49);
  EXPECT_FALSE(ssim_of_planes(plane, plane, 7, 8, 255).ok());
  EXPECT_FALSE(ssim_of_planes(plane, plane, 7, 7, 0).ok());
}

TEST(MsSsim, UsesAsManyScalesAsFit) {
  EXPECT_EQ(ms_ssim_scales(10, 500), 0);
  EXPECT_EQ(ms_ssim_scales(11, 500), 1);
  EXPECT_EQ(ms_ssim_scales(64, 64), 3);
  EXPECT_EQ(ms_ssim_scales(175, 300), 4);
  EXPECT_EQ(ms_ssim_scales(176, 176), 5);
  EXPECT_EQ(ms_ssim_scales(4096, 4096), 5);
  // With one scale it is the Gaussian SSIM.
  const Image a = noise(15, 15, 3, 1);
  const Image b = blend(a, noise(15, 15, 3, 2), 0.2);
  EXPECT_NEAR(*ms_ssim(a, b), *ssim(a, b, SsimWindow::gaussian11), 1e-9);
}

TEST(MsSsim, StaysBetweenZeroAndOneAndFallsWithDistortion) {
  const Image a = noise(64, 64, 3, 1);
  const Image other = noise(64, 64, 3, 2);
  double previous = 1.0 + 1e-9;
  for (const double share : {0.0, 0.1, 0.2, 0.4, 0.7, 1.0}) {
    const double value = *ms_ssim(a, blend(a, other, share));
    EXPECT_GE(value, 0);
    EXPECT_LT(value, previous);
    previous = value;
  }
}

TEST(Hashes, OfConstantPicturesAreZeroWhateverTheColour) {
  for (const int value : {0, 1, 77, 128, 255}) {
    EXPECT_EQ(*difference_hash(solid(64, 64, 3, static_cast<std::uint8_t>(value))), 0U);
    // Only the mean brightness can be above the median of otherwise nothing.
    EXPECT_EQ(*frequency_hash(solid(64, 64, 3, static_cast<std::uint8_t>(value))),
              value == 0 ? 0U : std::uint64_t{1} << 63);
  }
  EXPECT_FALSE(difference_hash(Image{}).ok());
}

TEST(Hashes, SurviveSmallNoiseAndTellPicturesApart) {
  Image ramp = image::blank(64, 64, 3);
  for (int y = 0; y < 64; ++y) {
    for (int x = 0; x < 64; ++x) {
      for (std::size_t c = 0; c < 3; ++c) {
        ramp.pixels[ramp.offset(x, y) + c] = static_cast<std::uint8_t>(
            120 + 60 * std::sin(x * 0.2) * std::cos(y * 0.15) + 60 * std::sin(0.004 * x * y + 1));
      }
    }
  }
  const Image slight = blend(ramp, noise(64, 64, 3, 1), 0.04);
  Image mirrored = ramp;
  for (int y = 0; y < 64; ++y) {
    for (int x = 0; x < 64; ++x) {
      for (std::size_t c = 0; c < 3; ++c)
        mirrored.pixels[ramp.offset(x, y) + c] = ramp.pixels[ramp.offset(63 - x, y) + c];
    }
  }
  EXPECT_LE(hash_distance(*difference_hash(ramp), *difference_hash(slight)), 6);
  EXPECT_LE(hash_distance(*frequency_hash(ramp), *frequency_hash(slight)), 6);
  EXPECT_GE(hash_distance(*difference_hash(ramp), *difference_hash(mirrored)), 20);
  EXPECT_GE(hash_distance(*frequency_hash(ramp), *frequency_hash(mirrored)), 12);
  EXPECT_EQ(hash_distance(0, ~std::uint64_t{0}), 64);
}

TEST(Perceptual, DistanceOfUnitVectorsIsTheMeanOverPositionsAndTaps) {
  // Two positions: equal, and at right angles (squared distance 2).
  const Features a{{{2, 2, {1, 1, 0, 0}}}};
  const Features b{{{2, 2, {1, 0, 0, 1}}}};
  EXPECT_DOUBLE_EQ(perceptual_distance(a, b), 1);
  const Features c{{a.taps[0], {1, 1, {1}}}};
  const Features d{{b.taps[0], {1, 1, {1}}}};
  EXPECT_DOUBLE_EQ(perceptual_distance(c, d), 0.5);
  EXPECT_DOUBLE_EQ(perceptual_distance(c, c), 0);
}

TEST(Comparer, GivesEveryClassicalMeasureAndFiniteNumbersForConstantPictures) {
  const Comparer comparer(nullptr);
  const auto reference = comparer.prepare(noise(64, 64, 3, 9));
  ASSERT_TRUE(reference.ok()) << reference.error().message;
  const auto measures = comparer.compare(*reference, solid(64, 64, 3, 0));
  ASSERT_TRUE(measures.ok()) << measures.error().message;
  EXPECT_EQ(measures->size(), 5U);
  for (const auto& [name, value] : *measures) EXPECT_TRUE(std::isfinite(value)) << name;
  const auto same = *comparer.compare(*reference, noise(64, 64, 3, 9));
  EXPECT_EQ(same, (Measures{{"psnr", kHighestPsnr}, {"ssim", 1}, {"ms_ssim", 1}, {"dhash", 0}, {"phash", 0}}));
}

TEST(Comparer, RefusesOtherSizesAndTinyPictures) {
  const Comparer comparer(nullptr);
  EXPECT_EQ(comparer.prepare(solid(10, 64, 3, 0)).error().kind, ErrorKind::invalid);
  const auto reference = *comparer.prepare(solid(64, 64, 3, 0));
  EXPECT_EQ(comparer.compare(reference, solid(64, 32, 3, 0)).error().kind, ErrorKind::invalid);
  EXPECT_EQ(comparer.compare(reference, Image{}).error().kind, ErrorKind::invalid);
  // Alpha is laid over white.
  EXPECT_TRUE(comparer.compare(reference, solid(64, 64, 4, 255)).ok());
}

TEST(EqualOutputs, FindsGroupsInOrderAndSkipsFailures) {
  const std::vector<Image> outputs = {noise(8, 8, 3, 1), Image{},           noise(8, 8, 3, 2), noise(8, 8, 3, 1),
                                      Image{},           noise(8, 8, 3, 3), noise(8, 8, 3, 2), noise(8, 8, 3, 1)};
  EXPECT_EQ(equal_outputs(outputs), (std::vector<std::vector<std::size_t>>{{0, 3, 7}, {2, 6}}));
  EXPECT_TRUE(equal_outputs({}).empty());
}

}  // namespace
}  // namespace noonmark::fidelity
