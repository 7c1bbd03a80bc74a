#pragma once

#include <span>
#include <vector>

#include "model/image/image.h"

namespace noonmark::image {

/// How a new sample is made from old ones. When shrinking, each filter is stretched by the shrink factor, so that every
/// old sample counts (as Pillow does); weights are normalised, and cut off at the border.
enum class Filter {
  area,      ///< mean of the old pixels below the new one; nearest neighbour when enlarging
  bilinear,  ///< triangle of radius 1
  lanczos3,  ///< sinc(x) sinc(x/3) of radius 3; may overshoot
};

/// Resamples floats laid out as (height, width, channels). Sizes and channels must be positive and `samples` must match
/// them. Separable: horizontal, then vertical, in float32. Threads: any.
std::vector<float> resample(std::span<const float> samples, int width, int height, int channels, int new_width,
                            int new_height, Filter filter);

/// Resamples a picture; results are rounded to nearest and clamped to 0..255. Channels, alpha too, are treated apart.
/// Requires: is_sound(image), new sides > 0.
Image resize(const Image& image, int new_width, int new_height, Filter filter);

}  // namespace noonmark::image
