#include "model/image/colour.h"

#include "base/core/check.h"

namespace noonmark::image {

Image to_rgb(const Image& image) {
  CHECK(is_sound(image), "a sound picture");
  if (image.channels == 3) return image;
  Image result = blank(image.width, image.height, 3);
  const auto step = static_cast<std::size_t>(image.channels);
  const std::size_t green = image.channels == 1 ? 0 : 1;
  const std::size_t blue = image.channels == 1 ? 0 : 2;
  for (std::size_t from = 0, to = 0; to < result.pixels.size(); from += step, to += 3) {
    result.pixels[to] = image.pixels[from];
    result.pixels[to + 1] = image.pixels[from + green];
    result.pixels[to + 2] = image.pixels[from + blue];
  }
  return result;
}

Image flatten(const Image& image, std::array<std::uint8_t, 3> background) {
  if (image.channels != 4) return to_rgb(image);
  CHECK(is_sound(image), "a sound picture");
  Image result = blank(image.width, image.height, 3);
  for (std::size_t from = 0, to = 0; to < result.pixels.size(); from += 4, to += 3) {
    const unsigned alpha = image.pixels[from + 3];
    for (std::size_t c = 0; c < 3; ++c) {
      const unsigned blended = image.pixels[from + c] * alpha + background[c] * (255 - alpha);
      result.pixels[to + c] = static_cast<std::uint8_t>((blended + 127) / 255);
    }
  }
  return result;
}

std::vector<float> luma(const Image& image, Luma weights) {
  CHECK(is_sound(image), "a sound picture");
  const std::size_t count = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height);
  std::vector<float> result(count);
  if (image.channels == 1) {
    for (std::size_t i = 0; i < count; ++i) result[i] = image.pixels[i];
    return result;
  }
  const std::array<float, 3> w =
      weights == Luma::rec601 ? std::array{0.299F, 0.587F, 0.114F} : std::array{0.2125F, 0.7154F, 0.0721F};
  const auto step = static_cast<std::size_t>(image.channels);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint8_t* pixel = image.pixels.data() + i * step;
    result[i] =
        w[0] * static_cast<float>(pixel[0]) + w[1] * static_cast<float>(pixel[1]) + w[2] * static_cast<float>(pixel[2]);
  }
  return result;
}

}  // namespace noonmark::image
