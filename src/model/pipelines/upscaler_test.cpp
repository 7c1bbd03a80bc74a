#include "model/pipelines/upscaler.h"

#include <gtest/gtest.h>

#include "model/image/resize.h"
#include "model/pipelines/internal/tiled_upscaler.h"

namespace noonmark::pipelines {
namespace {

const onnx::Runtime& runtime() {
  static const std::unique_ptr<onnx::Runtime> instance = onnx::Runtime::open().value();
  return *instance;
}

package::Package by(int scale) {
  return package::Package::open(NOONMARK_SOURCE_DIR "/zoo/upscale/model_x" + std::to_string(scale)).value();
}

/// Colours that change slowly, with an edge across.
image::Image drawing(int width, int height) {
  image::Image picture = image::blank(width, height, 3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const std::size_t at = picture.offset(x, y);
      picture.pixels[at] = static_cast<std::uint8_t>(255 * x / width);
      picture.pixels[at + 1] = static_cast<std::uint8_t>(255 * y / height);
      picture.pixels[at + 2] = x > y ? 200 : 40;
    }
  }
  return picture;
}

int largest_difference(const image::Image& a, const image::Image& b) {
  int largest = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) largest = std::max(largest, std::abs(a.pixels[i] - b.pixels[i]));
  return largest;
}

double mean_difference(const image::Image& a, const image::Image& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) sum += std::abs(a.pixels[i] - b.pixels[i]);
  return sum / static_cast<double>(a.pixels.size());
}

TEST(Upscaler, EnlargesByTwoAndByFour) {
  for (const int scale : {2, 4}) {
    const auto upscaler = Upscaler::open(by(scale), runtime()).value();
    ASSERT_EQ(upscaler->scale(), scale);
    const image::Image picture = drawing(40, 30);
    const image::Image enlarged = upscaler->upscale(picture, {}).value();
    ASSERT_EQ(enlarged.width, 40 * scale);
    ASSERT_EQ(enlarged.height, 30 * scale);
    const image::Image plain = image::resize(picture, 40 * scale, 30 * scale, image::Filter::bilinear);
    EXPECT_LT(mean_difference(enlarged, plain), 12) << "it shows the same";
  }
}

TEST(Upscaler, WhereTilesMeetNothingShows) {
  const auto whole = Upscaler::open(by(2), runtime()).value();
  TiledUpscaler::Parts parts;
  const package::Package package = by(2);
  parts.session = onnx::Session::open(runtime(), package.file("upscaler/model.onnx"), {}).value();
  parts.input = parts.session->inputs()[0].name;
  parts.output = parts.session->outputs()[0].name;
  parts.overlap = 10;
  parts.tile = 17;
  TiledUpscaler tiled(std::move(parts));
  std::vector<int> seen;
  const image::Image picture = drawing(50, 40);
  const image::Image one = whole->upscale(picture, {}).value();
  const image::Image many =
      tiled.upscale(picture, [&](Progress progress) { return seen.push_back(progress.step), true; }).value();
  EXPECT_EQ(seen.size(), 9u);
  EXPECT_LE(largest_difference(one, many), 1);
  EXPECT_EQ(tiled.upscale(picture, [](Progress progress) { return progress.step < 4; }).error().kind,
            core::ErrorKind::cancelled);
}

TEST(Upscaler, APlainPictureStaysPlainUpToItsCorners) {
  const auto upscaler = Upscaler::open(by(2), runtime()).value();
  image::Image plain = image::blank(24, 24, 3);
  std::ranges::fill(plain.pixels, 180);
  const image::Image enlarged = upscaler->upscale(plain, {}).value();
  image::Image wanted = image::blank(48, 48, 3);
  std::ranges::fill(wanted.pixels, 180);
  EXPECT_LE(largest_difference(enlarged, wanted), 12);
}

TEST(Upscaler, RefusesWhatIsTooLargeOrNoPicture) {
  const auto upscaler = Upscaler::open(by(4), runtime()).value();
  EXPECT_EQ(upscaler->upscale(image::blank(4096, 4096, 3), {}).error().kind, core::ErrorKind::invalid);
  EXPECT_EQ(upscaler->upscale(image::blank(8, 8, 1), {}).error().kind, core::ErrorKind::invalid);
  const auto picture = package::Package::open(NOONMARK_SOURCE_DIR "/zoo/emoji/model").value();
  EXPECT_NE(Upscaler::open(picture, runtime()).error().message.find("upscaler/model.onnx"), std::string::npos);
}

}  // namespace
}  // namespace noonmark::pipelines
