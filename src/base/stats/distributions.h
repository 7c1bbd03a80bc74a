#pragma once

namespace noonmark::stats {

/// Distribution functions that the intervals need. Pure and total: probabilities are clamped to [0, 1], NaN gives NaN.
/// Threads: any.

/// P(Z <= z) of the standard normal distribution.
double normal_cdf(double z);

/// The z with normal_cdf(z) = p; -inf and +inf at 0 and 1.
double normal_quantile(double p);

/// The t > 0 with P(|T| > t) = alpha for Student's distribution with `degrees` (> 0) degrees of freedom: half the width
/// of a two-sided interval in standard errors. alpha <= 0 gives +inf, alpha >= 1 gives 0, degrees <= 0 gives NaN.
double student_t_two_sided(double alpha, double degrees);

/// The z > 0 with P(|Z| > z) = alpha; the limit of the above for many degrees.
double normal_two_sided(double alpha);

}  // namespace noonmark::stats
