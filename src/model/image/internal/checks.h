#pragma once

#include "model/image/image.h"

namespace noonmark::image {

/// Compares a declared size with the limits. `format` is for the message ("PNG").
/// Fails: exhausted (too large), corrupt (a side of zero or less).
core::Result<void> check_declared_size(const char* format, std::int64_t width, std::int64_t height, int channels,
                                       const ImageLimits& limits);

/// Fails: exhausted, when there are more encoded bytes than allowed.
core::Result<void> check_encoded_size(const char* format, core::ByteView bytes, const ImageLimits& limits);

/// Fails: invalid, when the picture cannot be encoded because it isn't sound.
core::Result<void> check_can_encode(const char* format, const Image& image);

/// Fails: invalid, when quality is outside 1..100.
core::Result<void> check_quality(const char* format, int quality);

}  // namespace noonmark::image
