#pragma once

#include <optional>
#include <span>
#include <vector>

namespace noonmark::stats {

/// Point estimators. All are pure, take the values in any order, skip those that are not finite, and give nothing when
/// no value is left. None changes its input. Threads: any.

/// The middle value; the mean of the two middle ones when their number is even.
std::optional<double> median(std::span<const double> values);

/// The q-quantile by linear interpolation between order statistics (type 7 of Hyndman and Fan, The American
/// Statistician 50, 1996). q is clamped to [0, 1]; NaN gives nothing.
std::optional<double> quantile(std::span<const double> values, double q);

std::optional<double> mean(std::span<const double> values);

/// Sample standard deviation (divisor n - 1); nothing for fewer than two values.
std::optional<double> standard_deviation(std::span<const double> values);

/// exp of the mean logarithm; values that are not positive are skipped too.
std::optional<double> geometric_mean(std::span<const double> values);

struct Pair {
  double numerator = 0;
  double denominator = 0;
};

/// The ratios of the pairs whose two members are finite and positive, in the order given; the others are left out.
std::vector<double> ratios(std::span<const Pair> pairs);

/// Median of ratios(): slow pairs, however slow, move it no further than the neighbouring ratio.
std::optional<double> median_of_ratios(std::span<const Pair> pairs);

}  // namespace noonmark::stats
