#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/result.h"

namespace noonmark::image {

/// A picture: 8 bits a channel, sRGB, rows from top to bottom, channels of one pixel side by side (height, width,
/// channels). 1 channel is grey, 3 is RGB, 4 is RGB with straight (not premultiplied) alpha.
///
/// A plain value: copying copies the pixels. A default-made one is empty (0×0) and is not `is_sound`.
struct Image {
  int width = 0;
  int height = 0;
  int channels = 0;
  std::vector<std::uint8_t> pixels;

  bool operator==(const Image&) const = default;

  /// Index of the first channel of a pixel. Requires: 0 <= x < width, 0 <= y < height.
  std::size_t offset(int x, int y) const {
    return (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)) *
           static_cast<std::size_t>(channels);
  }
};

/// What a decoder accepts. The declared size is compared with these before any memory for pixels is asked for.
struct ImageLimits {
  std::size_t max_encoded_bytes = std::size_t{64} << 20;
  int max_side = 16384;
  std::uint64_t max_pixels = std::uint64_t{1} << 25;  // 33.5 million: 8192 × 4096
};

/// A black (all zero) picture. Requires: sides > 0 and 1, 3 or 4 channels.
Image blank(int width, int height, int channels);

/// Whether sides are positive, channels are 1, 3 or 4, and there are exactly width × height × channels bytes.
bool is_sound(const Image& image);

/// Decoders. Bytes may come from anyone.
///
/// PNG: every colour type and bit depth, interlaced or not. Palettes and transparent colours become RGB or RGBA, grey
/// with alpha becomes
///   RGBA, 1, 2 and 4 bits are spread over 0..255, 16 bits are rounded to 8, colours that a palette lacks are black.
///   Gamma, chromaticity and colour profiles are ignored: sample values are taken as sRGB. A wrong checksum in any
///   chunk, missing rows, and bytes after the end are refused.
/// JPEG: grey or YCbCr/RGB (CMYK is refused), baseline or progressive up to 64 scans; corrupt or missing data is
/// refused, not patched.
///   Orientation tags and colour profiles are ignored.
/// WebP: lossy or lossless still pictures; animations are refused.
///
/// Fails: corrupt (not this format, broken, cut short), exhausted (more than `limits` allow), invalid (a kind that is
/// not read here). Threads: any; no shared state.
core::Result<Image> decode_png(core::ByteView bytes, const ImageLimits& limits = {});
core::Result<Image> decode_jpeg(core::ByteView bytes, const ImageLimits& limits = {});
core::Result<Image> decode_webp(core::ByteView bytes, const ImageLimits& limits = {});

/// Decodes by the first bytes. Fails: as above; invalid when the bytes are none of the three formats.
core::Result<Image> decode(core::ByteView bytes, const ImageLimits& limits = {});

enum class Format { png, jpeg, webp };
/// "image/png", "image/jpeg", "image/webp".
std::string media_type(Format format);

/// Encoders. Fails: invalid (picture is not sound, quality outside 1..100), internal (the library gave up).
/// Threads: any.
///
/// PNG keeps every sample and writes no metadata, so equal pictures give equal bytes with the same library version.
core::Result<core::Bytes> encode_png(const Image& image);
/// JPEG, 4:2:0, integer transform. Alpha cannot be kept: RGBA is refused, use `flatten` first.
core::Result<core::Bytes> encode_jpeg(const Image& image, int quality = 92);
/// Lossy WebP; grey is written as RGB.
core::Result<core::Bytes> encode_webp(const Image& image, int quality = 90);
/// Lossless WebP, colours under full transparency kept too.
core::Result<core::Bytes> encode_webp_lossless(const Image& image);

}  // namespace noonmark::image
