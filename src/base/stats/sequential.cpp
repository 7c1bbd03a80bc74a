#include "base/stats/sequential.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/stats/distributions.h"

namespace noonmark::stats {
namespace {

constexpr double kFarthest = 8.5;  // bounds beyond it are never crossed in double precision
constexpr int kIntervals = 200;    // of Simpson's rule; even

/// The density of the process at one look, restricted to paths that crossed no bound before. It is symmetric around 0,
/// so only the half from 0 to the edge is kept.
struct Surviving {
  double edge = 0;  // on the scale of the Brownian motion
  std::vector<double> density;

  double at(int index) const { return edge / kIntervals * index; }
  double weight(int index) const {
    const double simpson = index == 0 || index == kIntervals ? 1 : (index % 2 == 1 ? 4 : 2);
    return simpson * edge / kIntervals / 3 * density[static_cast<std::size_t>(index)];
  }
};

double normal_density(double z) { return std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi); }

Surviving first_region(double edge, double spread) {
  Surviving region{.edge = edge, .density = std::vector<double>(kIntervals + 1)};
  for (int i = 0; i <= kIntervals; ++i) {
    region.density[static_cast<std::size_t>(i)] = normal_density(region.at(i) / spread) / spread;
  }
  return region;
}

Surviving next_region(const Surviving& before, double edge, double spread) {
  Surviving region{.edge = edge, .density = std::vector<double>(kIntervals + 1)};
  for (int i = 0; i <= kIntervals; ++i) {
    double sum = 0;
    for (int j = 0; j <= kIntervals; ++j) {
      sum += before.weight(j) * (normal_density((region.at(i) - before.at(j)) / spread) +
                                 normal_density((region.at(i) + before.at(j)) / spread));
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
  return 2 * sum;
}

/// The bound, in standard errors, whose crossing has chance `target`, by halving.
double bound_for(const Surviving& before, double fraction, double spread, double target) {
  double low = 0;
  double high = kFarthest;
  for (int step = 0; step < 40; ++step) {
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
  double before_last = 0;
  double last = 0;
  double bound = 0;  // of the last look
  for (const double raw : fractions) {
    const double fraction = std::min(raw, 1.0);
    if (!(fraction > last)) {
      result.push_back(0);
      continue;
    }
    const double to_spend = spent_alpha(shape, alpha, fraction) - spent_alpha(shape, alpha, last);
    if (last == 0) {
      bound = std::min(normal_two_sided(to_spend), kFarthest);
    } else {
      // The region of the look before is built only now, because after the last look none is needed.
      const double edge = bound * std::sqrt(last);
      surviving = before_last == 0 ? first_region(edge, std::sqrt(last))
                                   : next_region(surviving, edge, std::sqrt(last - before_last));
      bound = bound_for(surviving, fraction, std::sqrt(fraction - last), to_spend);
    }
    result.push_back(bound >= kFarthest ? 0 : std::erfc(bound / std::sqrt(2.0)));
    before_last = last;
    last = fraction;
  }
  return result;
}

}  // namespace noonmark::stats
