#pragma once

#include <cstdint>

#include "base/core/result.h"
#include "model/image/image.h"

namespace noonmark::fidelity {

/// Perceptual hashes: 64 bits that change little when a picture does, first bit highest. Both reduce the picture to
/// brightness (Rec. 601, rounded to 8 bits) and shrink it by Lanczos, as the usual tools do. The distance of two is the
/// number of differing bits. They are coarse: good for finding copies and look-up tables, poor for grading small
/// losses. Fails: invalid (picture not sound). Threads: any.

/// dHash: 9×8 samples; bit = the right neighbour is brighter. A constant picture has no bit set.
core::Result<std::uint64_t> difference_hash(const image::Image& image);

/// pHash: 32×32 samples, orthonormal DCT-II, the lowest 8×8 coefficients; bit = above their median. Coefficients are
/// rounded to 1e-6 first, so that rounding noise of flat pictures sets no bits.
core::Result<std::uint64_t> frequency_hash(const image::Image& image);

/// Number of differing bits, 0..64.
int hash_distance(std::uint64_t a, std::uint64_t b);

}  // namespace noonmark::fidelity
