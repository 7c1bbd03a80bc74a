#include "trial/fidelity/hashes.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numbers>

#include "model/image/colour.h"
#include "model/image/resize.h"

namespace noonmark::fidelity {

namespace {

constexpr std::size_t kSide = 32;
constexpr std::size_t kKept = 8;

core::Result<image::Image> shrunk_brightness(const image::Image& image, int width, int height) {
  if (!image::is_sound(image))
    return core::invalid("a picture to be hashed is empty or its pixels do not fit its size");
  image::Image grey = image::blank(image.width, image.height, 1);
  const auto brightness = image::luma(image, image::Luma::rec601);
  for (std::size_t i = 0; i < brightness.size(); ++i) {
    grey.pixels[i] = static_cast<std::uint8_t>(std::lround(brightness[i]));
  }
  return image::resize(grey, width, height, image::Filter::lanczos3);
}

/// The first eight rows of the orthonormal DCT-II matrix of size 32.
std::array<std::array<double, kSide>, kKept> cosine_rows() {
  std::array<std::array<double, kSide>, kKept> rows{};
  for (std::size_t k = 0; k < kKept; ++k) {
    const double scale = std::sqrt((k == 0 ? 1.0 : 2.0) / kSide);
    for (std::size_t n = 0; n < kSide; ++n) {
      rows[k][n] = scale * std::cos(std::numbers::pi * (static_cast<double>(n) + 0.5) * static_cast<double>(k) / kSide);
    }
  }
  return rows;
}

}  // namespace

core::Result<std::uint64_t> difference_hash(const image::Image& image) {
  const image::Image small = TRY(shrunk_brightness(image, 9, 8));
  std::uint64_t bits = 0;
  for (int y = 0; y < 8; ++y) {
    for (int x = 0; x < 8; ++x) {
      const std::uint8_t* pixel = small.pixels.data() + small.offset(x, y);
      bits = (bits << 1) | (pixel[1] > pixel[0] ? 1 : 0);
    }
  }
  return bits;
}

core::Result<std::uint64_t> frequency_hash(const image::Image& image) {
  const image::Image small = TRY(shrunk_brightness(image, kSide, kSide));
  const auto rows = cosine_rows();
  std::array<std::array<double, kSide>, kKept> across{};  // [frequency along x][y]
  for (std::size_t y = 0; y < kSide; ++y) {
    for (std::size_t u = 0; u < kKept; ++u) {
      for (std::size_t x = 0; x < kSide; ++x) across[u][y] += rows[u][x] * small.pixels[y * kSide + x];
    }
  }
  std::array<double, kKept * kKept> low{};
  for (std::size_t v = 0; v < kKept; ++v) {
    for (std::size_t u = 0; u < kKept; ++u) {
      double sum = 0;
      for (std::size_t y = 0; y < kSide; ++y) sum += rows[v][y] * across[u][y];
      low[v * kKept + u] = std::round(sum * 1e6) / 1e6;
    }
  }
  auto sorted = low;
  std::sort(sorted.begin(), sorted.end());
  const double median = (sorted[31] + sorted[32]) / 2;
  std::uint64_t bits = 0;
  for (const double value : low) bits = (bits << 1) | (value > median ? 1 : 0);
  return bits;
}

int hash_distance(std::uint64_t a, std::uint64_t b) { return std::popcount(a ^ b); }

}  // namespace noonmark::fidelity
