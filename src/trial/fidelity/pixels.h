#pragma once

#include "base/core/result.h"
#include "model/image/image.h"

namespace noonmark::fidelity {

/// Two pictures can be compared when both are sound and equal in width, height and channels, without alpha.
/// Fails: invalid, saying what differs.
core::Result<void> check_comparable(const image::Image& reference, const image::Image& changed);

/// What `psnr` returns for equal pictures, and its upper end: numbers in records are finite. One sample in 1.5 million
/// that is off by one reaches it.
inline constexpr double kHighestPsnr = 110;

/// Peak signal-to-noise ratio in decibels, 20 log10(255 / rmse) over all samples of all channels, at most kHighestPsnr.
/// Fails: invalid (not comparable). Threads: any.
core::Result<double> psnr(const image::Image& reference, const image::Image& changed);

}  // namespace noonmark::fidelity
