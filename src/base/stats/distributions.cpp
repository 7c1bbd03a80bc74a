#include "base/stats/distributions.h"

#include <cmath>
#include <limits>

namespace noonmark::stats {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// The x in [low, high] where the falling function `f` crosses `target`, by halving until the doubles meet.
template <class Function>
double falling_root(Function f, double target, double low, double high) {
  for (int step = 0; step < 200; ++step) {
    const double middle = low + (high - low) / 2;
    if (middle == low || middle == high) {
      break;
    }
    (f(middle) > target ? low : high) = middle;
  }
  return low + (high - low) / 2;
}

/// Continued fraction of the incomplete beta function (Lentz's evaluation; NIST DLMF 8.17.22).
double beta_fraction(double a, double b, double x) {
  constexpr double kTiny = 1e-300;
  const auto nonzero = [](double value) { return std::abs(value) < kTiny ? kTiny : value; };
  double c = 1;
  double d = 1 / nonzero(1 - (a + b) * x / (a + 1));
  double result = d;
  for (int m = 1; m < 500; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonzero(1 + even * d);
    c = nonzero(1 + even / c);
    result *= d * c;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonzero(1 + odd * d);
    c = nonzero(1 + odd / c);
    result *= d * c;
    if (std::abs(d * c - 1) < 1e-16) {
      break;
    }
  }
  return result;
}

double log_gamma(double x) {
  int sign = 0;
  return ::lgamma_r(x, &sign);  // std::lgamma writes a global
}

/// Regularised incomplete beta function I_x(a, b).
double regularised_beta(double a, double b, double x) {
  if (x <= 0 || x >= 1) {
    return x <= 0 ? 0 : 1;
  }
  const double front = std::exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * std::log(x) + b * std::log1p(-x));
  return x < (a + 1) / (a + b + 2) ? front * beta_fraction(a, b, x) / a : 1 - front * beta_fraction(b, a, 1 - x) / b;
}

/// P(|T| > t).
double student_t_tails(double t, double degrees) {
  return regularised_beta(degrees / 2, 0.5, degrees / (degrees + t * t));
}

double normal_tails(double z) { return std::erfc(z / std::sqrt(2.0)); }

}  // namespace

double normal_cdf(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

double normal_two_sided(double alpha) {
  if (std::isnan(alpha)) {
    return alpha;
  }
  if (alpha <= 0 || alpha >= 1) {
    return alpha <= 0 ? kInfinity : 0;
  }
  return falling_root(normal_tails, alpha, 0, 40);
}

double normal_quantile(double p) {
  if (std::isnan(p)) {
    return p;
  }
  return p < 0.5 ? -normal_two_sided(2 * p) : normal_two_sided(2 * (1 - p));
}

double student_t_two_sided(double alpha, double degrees) {
  if (std::isnan(alpha) || std::isnan(degrees) || degrees <= 0) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  if (alpha <= 0 || alpha >= 1) {
    return alpha <= 0 ? kInfinity : 0;
  }
  if (degrees > 1e7) {
    return normal_two_sided(alpha);
  }
  // Halved on a logarithmic scale: with one degree of freedom t is about 2 / (pi alpha), which may be huge.
  const auto tails = [degrees](double log_t) { return student_t_tails(std::exp(log_t), degrees); };
  return std::exp(falling_root(tails, alpha, -40, 300));
}

}  // namespace noonmark::stats
