#include "trial/fidelity/ssim.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "trial/fidelity/internal/windows.h"
#include "trial/fidelity/pixels.h"

namespace noonmark::fidelity {

namespace {

constexpr std::array kScaleWeights = {0.0448, 0.2856, 0.3001, 0.2363, 0.1333};
constexpr int kGaussianSide = 11;

core::Result<void> check_side(int width, int height, int side) {
  if (std::min(width, height) < side) {
    return core::invalid("a picture of " + std::to_string(width) + "x" + std::to_string(height) +
                         " is too small for this comparison: it needs " + std::to_string(side) + " pixels a side");
  }
  return {};
}

int side_of(SsimWindow window) { return window == SsimWindow::uniform7 ? 7 : kGaussianSide; }

std::vector<std::uint8_t> channel_of(const image::Image& image, std::size_t channel) {
  const auto step = static_cast<std::size_t>(image.channels);
  std::vector<std::uint8_t> plane(image.pixels.size() / step);
  for (std::size_t i = 0; i < plane.size(); ++i) plane[i] = image.pixels[i * step + channel];
  return plane;
}

Plane plane_of(const image::Image& image, std::size_t channel) {
  const auto bytes = channel_of(image, channel);
  return {image.width, image.height, std::vector<double>(bytes.begin(), bytes.end())};
}

double ms_ssim_of_planes(Plane a, Plane b) {
  const int scales = ms_ssim_scales(a.width, a.height);
  double total = 0;
  for (int scale = 0; scale < scales; ++scale) total += kScaleWeights[static_cast<std::size_t>(scale)];
  double product = 1;
  for (int scale = 0; scale < scales; ++scale) {
    const WindowMeans means = gaussian_ssim(a, b, 255);
    const bool coarsest = scale == scales - 1;
    const double value = std::max(0.0, coarsest ? means.similarity : means.contrast_structure);
    product *= std::pow(value, kScaleWeights[static_cast<std::size_t>(scale)] / total);
    if (!coarsest) {
      a = halve(a);
      b = halve(b);
    }
  }
  return product;
}

}  // namespace

core::Result<double> ssim(const image::Image& reference, const image::Image& changed, SsimWindow window) {
  TRY(check_comparable(reference, changed));
  TRY(check_side(reference.width, reference.height, side_of(window)));
  double sum = 0;
  for (std::size_t channel = 0; channel < static_cast<std::size_t>(reference.channels); ++channel) {
    if (window == SsimWindow::uniform7) {
      sum +=
          uniform_ssim(channel_of(reference, channel), channel_of(changed, channel), reference.width, reference.height);
    } else {
      sum += gaussian_ssim(plane_of(reference, channel), plane_of(changed, channel), 255).similarity;
    }
  }
  return sum / reference.channels;
}

core::Result<double> ssim_of_planes(std::span<const double> reference, std::span<const double> changed, int width,
                                    int height, double range, SsimWindow window) {
  TRY(check_side(width, height, side_of(window)));
  const std::size_t count = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  if (reference.size() != count || changed.size() != count) {
    return core::invalid("planes of " + std::to_string(reference.size()) + " and " + std::to_string(changed.size()) +
                         " samples are not " + std::to_string(width) + "x" + std::to_string(height));
  }
  if (!(range > 0) || !std::isfinite(range)) return core::invalid("the range of a plane must be positive");
  const Plane a{width, height, {reference.begin(), reference.end()}};
  const Plane b{width, height, {changed.begin(), changed.end()}};
  return window == SsimWindow::uniform7 ? uniform_ssim(a, b, range) : gaussian_ssim(a, b, range).similarity;
}

int ms_ssim_scales(int width, int height) {
  int scales = 0;
  while (scales < 5 && (std::min(width, height) >> scales) >= kGaussianSide) ++scales;
  return scales;
}

core::Result<double> ms_ssim(const image::Image& reference, const image::Image& changed) {
  TRY(check_comparable(reference, changed));
  TRY(check_side(reference.width, reference.height, kGaussianSide));
  double sum = 0;
  for (std::size_t channel = 0; channel < static_cast<std::size_t>(reference.channels); ++channel) {
    sum += ms_ssim_of_planes(plane_of(reference, channel), plane_of(changed, channel));
  }
  return sum / reference.channels;
}

}  // namespace noonmark::fidelity
