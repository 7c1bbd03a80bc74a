#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "model/image/image.h"

namespace noonmark::image {

/// Grey becomes three equal channels, RGB stays, alpha is dropped (not blended: see `flatten`). Requires: is_sound.
Image to_rgb(const Image& image);

/// Blends RGBA over an opaque colour, in sRGB values as browsers do, and returns RGB; others as `to_rgb`. Requires:
/// is_sound.
Image flatten(const Image& image, std::array<std::uint8_t, 3> background);

/// Which weights turn red, green and blue into one brightness. Applied to sRGB values as they stand (no linearisation).
enum class Luma {
  rec601,  ///< 0.299, 0.587, 0.114: JPEG's, and what Pillow's "L" mode and the usual perceptual hashes take.
  rec709,  ///< 0.2125, 0.7154, 0.0721: what scikit-image's rgb2gray takes.
};

/// Brightness of each pixel, 0..255, row by row. Grey is passed through; alpha is ignored. Requires: is_sound.
std::vector<float> luma(const Image& image, Luma weights);

}  // namespace noonmark::image
