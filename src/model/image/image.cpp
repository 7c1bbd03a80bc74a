#include "model/image/image.h"

#include <cstring>

#include "base/core/check.h"
#include "model/image/internal/checks.h"

namespace noonmark::image {

namespace {

bool starts_with(core::ByteView bytes, std::size_t at, std::string_view magic) {
  return bytes.size() >= at + magic.size() && std::memcmp(bytes.data() + at, magic.data(), magic.size()) == 0;
}

std::size_t byte_count(int width, int height, int channels) {
  return static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * static_cast<std::size_t>(channels);
}

}  // namespace

Image blank(int width, int height, int channels) {
  CHECK(width > 0 && height > 0, "a picture has positive sides");
  CHECK(channels == 1 || channels == 3 || channels == 4, "a picture has 1, 3 or 4 channels");
  return {width, height, channels, std::vector<std::uint8_t>(byte_count(width, height, channels))};
}

bool is_sound(const Image& image) {
  return image.width > 0 && image.height > 0 && (image.channels == 1 || image.channels == 3 || image.channels == 4) &&
         image.pixels.size() == byte_count(image.width, image.height, image.channels);
}

core::Result<Image> decode(core::ByteView bytes, const ImageLimits& limits) {
  if (starts_with(bytes, 0, "\x89PNG\r\n\x1a\n")) return decode_png(bytes, limits);
  if (starts_with(bytes, 0, "\xff\xd8\xff")) return decode_jpeg(bytes, limits);
  if (starts_with(bytes, 0, "RIFF") && starts_with(bytes, 8, "WEBP")) return decode_webp(bytes, limits);
  return core::invalid("these bytes are not a PNG, JPEG or WebP picture");
}

std::string media_type(Format format) {
  switch (format) {
    case Format::png:
      return "image/png";
    case Format::jpeg:
      return "image/jpeg";
    case Format::webp:
      return "image/webp";
  }
  CHECK(false, "unknown picture format");
}

core::Result<void> check_declared_size(const char* format, std::int64_t width, std::int64_t height, int channels,
                                       const ImageLimits& limits) {
  const std::string size = std::to_string(width) + "x" + std::to_string(height);
  if (width <= 0 || height <= 0) {
    return core::corrupt(std::string(format) + " declares an impossible size of " + size);
  }
  // Sides are compared first, so that the product below cannot overflow.
  const bool fits = width <= limits.max_side && height <= limits.max_side &&
                    static_cast<std::uint64_t>(width) * static_cast<std::uint64_t>(height) <= limits.max_pixels;
  if (!fits) {
    return core::exhausted(std::string(format) + " declares " + size + " pixels with " + std::to_string(channels) +
                           " channels; at most " + std::to_string(limits.max_side) + " a side and " +
                           std::to_string(limits.max_pixels) + " in all are accepted here: send a smaller picture");
  }
  return {};
}

core::Result<void> check_encoded_size(const char* format, core::ByteView bytes, const ImageLimits& limits) {
  if (bytes.size() > limits.max_encoded_bytes) {
    return core::exhausted(std::string(format) + " of " + std::to_string(bytes.size()) + " bytes; at most " +
                           std::to_string(limits.max_encoded_bytes) + " are accepted here");
  }
  return {};
}

core::Result<void> check_can_encode(const char* format, const Image& image) {
  if (!is_sound(image)) {
    return core::invalid(std::string("cannot write a ") + format + ": the picture says " + std::to_string(image.width) +
                         "x" + std::to_string(image.height) + " with " + std::to_string(image.channels) +
                         " channels and holds " + std::to_string(image.pixels.size()) + " bytes");
  }
  return {};
}

core::Result<void> check_quality(const char* format, int quality) {
  if (quality < 1 || quality > 100) {
    return core::invalid(std::string(format) + " quality is a number from 1 to 100, not " + std::to_string(quality));
  }
  return {};
}

}  // namespace noonmark::image
