#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace noonmark::fidelity {

/// Samples row by row.
struct Plane {
  int width = 0;
  int height = 0;
  std::vector<double> values;
};

/// Means over all windows that lie inside of the plane.
struct WindowMeans {
  double similarity = 0;          ///< luminance × contrast × structure: SSIM
  double contrast_structure = 0;  ///< without luminance
};

/// Mean SSIM of 8-bit planes in uniform 7×7 windows, range 255. Sums are exact integers.
/// Requires: equal sizes, sides >= 7.
double uniform_ssim(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b, int width, int height);

/// The same for planes of any scale, in double. Requires: equal sizes, sides >= 7.
double uniform_ssim(const Plane& a, const Plane& b, double range);

/// 11×11 Gaussian windows, sigma 1.5, population covariance. Requires: equal sizes, sides >= 11.
WindowMeans gaussian_ssim(const Plane& a, const Plane& b, double range);

/// Means of 2×2 blocks; an odd last row or column is dropped.
Plane halve(const Plane& plane);

}  // namespace noonmark::fidelity
