#pragma once

#include "base/core/check.h"
#include "model/image/image.h"

namespace noonmark::fuzz {

/// Whatever a decoder accepts is a sound picture within the limits, and survives being written and read again as PNG.
template <class Decoder>
int picture_round_trip(Decoder decoder, core::ByteView bytes) {
  const image::ImageLimits limits{.max_encoded_bytes = 1 << 16, .max_side = 512, .max_pixels = 1 << 14};
  const auto picture = decoder(bytes, limits);
  if (!picture.ok()) return 0;
  CHECK(image::is_sound(*picture));
  CHECK(picture->width <= limits.max_side && picture->height <= limits.max_side);
  const auto written = image::encode_png(*picture);
  CHECK(written.ok());
  const auto again = image::decode_png(*written);
  CHECK(again.ok());
  CHECK(*again == *picture);
  return 0;
}

}  // namespace noonmark::fuzz
