#pragma once

#include <span>

#include "base/core/result.h"
#include "model/image/image.h"

namespace noonmark::fidelity {

/// The weights of the window in which SSIM compares means, variances and the covariance.
enum class SsimWindow {
  /// 7×7, equal weights, sample covariance (divided by 48): scikit-image's defaults.
  uniform7,
  /// 11×11, Gaussian with sigma 1.5 cut at 3.5 sigma, population covariance: the weights of Wang et al. 2004;
  /// scikit-image's gaussian_weights=True, sigma=1.5, use_sample_covariance=False.
  gaussian11,
};

/// Structural similarity (Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment: from error visibility to
/// structural similarity", IEEE Trans. Image Processing 13, 2004), K1 = 0.01, K2 = 0.03, range 255, mean over all
/// windows that lie inside of the picture and over the channels. 1 for equal pictures, about 0 for unrelated ones, down
/// to -1. Equal to skimage.metrics.structural_similarity within 1e-6. Fails: invalid (not comparable, or smaller than
/// the window). Threads: any.
core::Result<double> ssim(const image::Image& reference, const image::Image& changed,
                          SsimWindow window = SsimWindow::uniform7);

/// The same for one plane of any scale, row by row; `range` is the distance between the smallest and the largest
/// possible value. Fails: invalid (sizes that do not match or are smaller than the window).
core::Result<double> ssim_of_planes(std::span<const double> reference, std::span<const double> changed, int width,
                                    int height, double range, SsimWindow window = SsimWindow::uniform7);

/// Multi-scale SSIM (Wang, Simoncelli, Bovik, "Multiscale structural similarity for image quality assessment", Asilomar
/// 2003): contrast × structure at each scale, luminance at the coarsest, 11×11 Gaussian windows, scales by means of 2×2
/// blocks, weights 0.0448, 0.2856, 0.3001, 0.2363, 0.1333. Pictures that are too small for five scales use the first
/// `ms_ssim_scales` of them with weights rescaled to sum to 1 (64×64: three). A negative scale counts as 0. Mean over
/// the channels; 0 to 1. Fails: invalid (not comparable, or a side below 11). Threads: any.
core::Result<double> ms_ssim(const image::Image& reference, const image::Image& changed);

/// How many scales fit: the smallest side, halved for each further scale, stays at 11 or more. 0 when none does, at
/// most 5.
int ms_ssim_scales(int width, int height);

}  // namespace noonmark::fidelity
