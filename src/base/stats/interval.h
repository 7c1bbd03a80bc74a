#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace noonmark::stats {

/// An estimated ratio with confidence bounds: 0 < low <= ratio <= high, all finite.
struct Estimate {
  double ratio = 1;
  double low = 1;
  double high = 1;
};

/// Interval for the typical ratio (geometric mean) of independent observations, such as one ratio per launch.
///
/// The logarithms are resampled with replacement `resamples` times and the percentiles of their means taken; the
/// distance of both bounds from the estimate is then stretched by
///   (t_{n-1} / z) sqrt(n / (n - 1)),
/// with t and z the two-sided quantiles of Student's and the normal distribution at the same confidence. Without it the
/// percentile interval of few observations is too narrow (the reason and the idea of stretching: Hesterberg, The
/// American Statistician 69, 2015, section 5.3).
///
/// Why this one: simulated coverage at 95 % with normal / Laplace / 10 % outliers of five sigma, n = 5 observations
///   percentile .85 / .84 / .85    BCa .85 / .80 / .84    stretched percentile .95 / .96 / .95 (the narrowest that
///   holds)
/// and the same order at n = 8, 12, 20 and at 99 %. Strongly skewed observations (skewness 3.7) still give only .89 at
/// n = 5.
///
/// Pure, any order of the values gives the same result, equal seeds give equal results. Values that are not finite and
/// positive are left out. Nothing is returned for fewer than two values, `confidence` outside (0, 1), or resamples < 1.
/// confidence above 1 - 1e-9 counts as 1 - 1e-9.
std::optional<Estimate> ratio_interval(std::span<const double> ratios, double confidence, int resamples,
                                       std::uint64_t seed);

/// The plain percentile interval of the above, without stretching; kept for comparison and for many observations.
std::optional<Estimate> percentile_interval(std::span<const double> ratios, double confidence, int resamples,
                                            std::uint64_t seed);

}  // namespace noonmark::stats
