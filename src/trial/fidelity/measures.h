#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"
#include "model/image/image.h"
#include "trial/fidelity/perceptual.h"

namespace noonmark::fidelity {

/// One number for each comparator, by its name below. All are finite.
using Measures = std::map<std::string, double>;

// Names of the comparators, as they stand in records.
inline constexpr std::string_view kPsnr = "psnr";       ///< decibels, at most kHighestPsnr; higher is closer
inline constexpr std::string_view kSsim = "ssim";       ///< 1 = equal; higher is closer; `ssim` with its defaults
inline constexpr std::string_view kMsSsim = "ms_ssim";  ///< 1 = equal; higher is closer
inline constexpr std::string_view kDhash = "dhash";     ///< differing bits of 64; lower is closer
inline constexpr std::string_view kPhash = "phash";     ///< differing bits of 64; lower is closer
inline constexpr std::string_view kPerceptual = "perceptual";  ///< `perceptual_distance`; lower is closer

/// A reference picture with everything about it that comparisons need, computed once.
struct Reference {
  image::Image picture;  ///< grey or RGB
  std::uint64_t dhash = 0;
  std::uint64_t phash = 0;
  Features features;  ///< without taps when there is no network
};

/// Compares outputs with references by every comparator.
/// Owner:   the caller; the network must outlive it.
/// Threads: any.
class Comparer {
 public:
  /// Without a network (null) the perceptual distance is left out.
  explicit Comparer(const PerceptualNetwork* network) : network_(network) {}

  /// Alpha is laid over white. Fails: invalid (not sound, a side below 11 pixels), internal.
  core::Result<Reference> prepare(const image::Image& picture) const;

  /// Fails: invalid (another size or channel count than the reference), internal.
  core::Result<Measures> compare(const Reference& reference, const image::Image& output) const;
  core::Result<Measures> compare(const Reference& reference, const Reference& output) const;

 private:
  const PerceptualNetwork* network_;
};

/// Groups of outputs that are the same picture, sample by sample: positions in the list, each group of two or more, in
/// order. Requests with different prompts or seeds have no business giving equal pictures. Empty pictures (failed
/// outputs) are left out.
std::vector<std::vector<std::size_t>> equal_outputs(std::span<const image::Image> outputs);

}  // namespace noonmark::fidelity
