// The only file that includes libwebp.

#include <webp/decode.h>
#include <webp/encode.h>

#include "model/image/colour.h"
#include "model/image/image.h"
#include "model/image/internal/checks.h"

namespace noonmark::image {

namespace {

struct Picture {
  WebPPicture value{};
  WebPMemoryWriter writer{};

  Picture() { WebPMemoryWriterInit(&writer); }
  Picture(const Picture&) = delete;
  Picture& operator=(const Picture&) = delete;
  ~Picture() {
    WebPPictureFree(&value);
    WebPMemoryWriterClear(&writer);
  }
};

core::Result<core::Bytes> encode_with(const Image& source, const WebPConfig& config) {
  const Image image = source.channels == 1 ? to_rgb(source) : source;
  if (image.width > WEBP_MAX_DIMENSION || image.height > WEBP_MAX_DIMENSION) {
    return core::invalid("WebP has at most " + std::to_string(WEBP_MAX_DIMENSION) + " pixels a side");
  }
  Picture picture;
  if (WebPPictureInit(&picture.value) == 0) return core::internal("libwebp has another version than its header");
  picture.value.use_argb = config.lossless;
  picture.value.width = image.width;
  picture.value.height = image.height;
  picture.value.writer = WebPMemoryWrite;
  picture.value.custom_ptr = &picture.writer;
  const int stride = image.width * image.channels;
  const int imported = image.channels == 4 ? WebPPictureImportRGBA(&picture.value, image.pixels.data(), stride)
                                           : WebPPictureImportRGB(&picture.value, image.pixels.data(), stride);
  if (imported == 0 || WebPEncode(&config, &picture.value) == 0) {
    return core::internal("WebP could not be written: libwebp's error " + std::to_string(picture.value.error_code));
  }
  return core::Bytes(picture.writer.mem, picture.writer.mem + picture.writer.size);
}

}  // namespace

core::Result<Image> decode_webp(core::ByteView bytes, const ImageLimits& limits) {
  TRY(check_encoded_size("WebP", bytes, limits));
  WebPBitstreamFeatures features{};
  if (WebPGetFeatures(bytes.data(), bytes.size(), &features) != VP8_STATUS_OK) {
    return core::corrupt("WebP cannot be read: its header is broken or cut short");
  }
  if (features.has_animation != 0) {
    return core::invalid("WebP is an animation: send a still picture");
  }
  const int channels = features.has_alpha != 0 ? 4 : 3;
  TRY(check_declared_size("WebP", features.width, features.height, channels, limits));
  Image image = blank(features.width, features.height, channels);
  const int stride = features.width * channels;
  const auto* decoded =
      channels == 4 ? WebPDecodeRGBAInto(bytes.data(), bytes.size(), image.pixels.data(), image.pixels.size(), stride)
                    : WebPDecodeRGBInto(bytes.data(), bytes.size(), image.pixels.data(), image.pixels.size(), stride);
  if (decoded == nullptr) {
    return core::corrupt("WebP cannot be read: its data are broken or cut short");
  }
  return image;
}

core::Result<core::Bytes> encode_webp(const Image& image, int quality) {
  TRY(check_can_encode("WebP", image));
  TRY(check_quality("WebP", quality));
  WebPConfig config;
  if (WebPConfigInit(&config) == 0) return core::internal("libwebp has another version than its header");
  config.quality = static_cast<float>(quality);
  return encode_with(image, config);
}

core::Result<core::Bytes> encode_webp_lossless(const Image& image) {
  TRY(check_can_encode("WebP", image));
  WebPConfig config;
  if (WebPConfigInit(&config) == 0) return core::internal("libwebp has another version than its header");
  config.lossless = 1;
  config.exact = 1;
  return encode_with(image, config);
}

}  // namespace noonmark::image
