#include "base/stats/sequential.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/stats/distributions.h"

namespace noonmark::stats {
namespace {

constexpr double kFarthest = 8.5;  // bounds beyond it are never crossed in double precision
constexpr int kIntervals = 400;    // of Simpson's rule; even

/// The density of the process at one look, restricted to paths that crossed no bound before.
struct Surviving {
  double edge = 0;  // half the width of the region, on the scale of the Brownian motion
  std::vector<double> density;

  double step() const { return 2 * edge / kIntervals; }
  double at(int index) const { return -edge + step() * index; }
  double weight(int index) const {
    const double simpson = index == 0 || index == kIntervals ? 1 : (index % 2 == 1 ? 4 : 2);
    return simpson * step() / 3 * density[static_cast<std::size_t>(index)];
  }
};

double normal_density(double z) { return std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi); }

Surviving first_region(double bound, double fraction) {
  Surviving region{.edge = bound * std::sqrt(fraction), .density = std::vector<double>(kIntervals + 1)};
  for (int i = 0; i <= kIntervals; ++i) {
    region.density[static_cast<std::size_t>(i)] =
        normal_density(region.at(i) / std::sqrt(fraction)) / std::sqrt(fraction);
  }
  return region;
}

Surviving next_region(const Surviving& before, double edge, double spread) {
  Surviving region{.edge = edge, .density = std::vector<double>(kIntervals + 1)};
  for (int i = 0; i <= kIntervals; ++i) {
    double sum = 0;
    for (int j = 0; j <= kIntervals; ++j) {
      sum += before.weight(j) * normal_density((region.at(i) - before.at(j)) / spread);
    }
    region.density[static_cast<std::size_t>(i)] = sum / spread;
  }
  return region;
}

/// The chance to leave (-edge, edge) at this look without having crossed before.
double crossing(const Surviving& before, double edge, double spread) {
  double sum = 0;
  for (int j = 0; j <= kIntervals; ++j) {
    const double from = before.at(j);
    sum += before.weight(j) * (normal_cdf((from - edge) / spread) + normal_cdf((-edge - from) / spread));
  }
  return sum;
}

/// The bound whose crossing has chance `target`, by halving.
double bound_for(const Surviving& before, double fraction, double spread, double target) {
  double low = 0;
  double high = kFarthest;
  for (int step = 0; step < 50; ++step) {
    const double middle = (low + high) / 2;
    (crossing(before, middle * std::sqrt(fraction), spread) > target ? low : high) = middle;
  }
  return target > 0 ? (low + high) / 2 : kFarthest;
}

}  // namespace

double spent_alpha(SpendingShape shape, double alpha, double fraction) {
  if (std::isnan(alpha) || std::isnan(fraction)) {
    return 0;
  }
  alpha = std::clamp(alpha, 0.0, 1.0);
  fraction = std::clamp(fraction, 0.0, 1.0);
  if (fraction == 0 || fraction == 1) {
    return fraction == 0 ? 0 : alpha;
  }
  if (shape == SpendingShape::pocock) {
    return alpha * std::log1p((std::numbers::e - 1) * fraction);
  }
  return 2 * std::erfc(normal_two_sided(alpha / 2) / std::sqrt(2 * fraction));
}

std::vector<double> nominal_alphas(SpendingShape shape, double alpha, std::span<const double> fractions) {
  std::vector<double> result;
  Surviving surviving;
  double last = 0;
  for (const double raw : fractions) {
    const double fraction = std::min(raw, 1.0);
    if (!(fraction > last)) {
      result.push_back(0);
      continue;
    }
    const double to_spend = spent_alpha(shape, alpha, fraction) - spent_alpha(shape, alpha, last);
    double bound = 0;
    if (last == 0) {
      bound = std::min(normal_two_sided(to_spend), kFarthest);
      surviving = first_region(bound, fraction);
    } else {
      const double spread = std::sqrt(fraction - last);
      bound = bound_for(surviving, fraction, spread, to_spend);
      surviving = next_region(surviving, bound * std::sqrt(fraction), spread);
    }
    result.push_back(bound >= kFarthest ? 0 : std::erfc(bound / std::sqrt(2.0)));
    last = fraction;
  }
  return result;
}

}  // namespace noonmark::stats
