#include "trial/fidelity/internal/windows.h"

#include <array>
#include <cmath>
#include <cstring>

// The loops below are written so that a compiler can turn them into vector code; GCC does that thoroughly only at -O3.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3")
#endif

namespace noonmark::fidelity {

namespace {

constexpr double kK1 = 0.01;
constexpr double kK2 = 0.03;
constexpr std::size_t kUniform = 7;
constexpr std::size_t kGaussian = 11;

/// Sums of seven neighbours: out[i] = in[i] + … + in[i + 6], by adding pairs of pairs.
template <class T>
void slide_by_seven(const T* in, std::size_t count, T* pairs, T* out) {
  for (std::size_t i = 0; i + 1 < count; ++i) pairs[i] = in[i] + in[i + 1];
  for (std::size_t i = 0; i + 6 < count; ++i) out[i] = pairs[i] + pairs[i + 2] + pairs[i + 4] + in[i + 6];
}

/// For each column the sums over seven rows of x, y, x² + y² and x y: all that SSIM needs.
struct ColumnSums {
  explicit ColumnSums(std::size_t width) : x(width), y(width), squares(width), products(width) {}

  void add(const std::uint8_t* a, const std::uint8_t* b) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::int32_t p = a[i];
      const std::int32_t q = b[i];
      x[i] += p;
      y[i] += q;
      squares[i] += p * p + q * q;
      products[i] += p * q;
    }
  }
  void exchange(const std::uint8_t* a, const std::uint8_t* b, const std::uint8_t* old_a, const std::uint8_t* old_b) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::int32_t p = a[i];
      const std::int32_t q = b[i];
      const std::int32_t r = old_a[i];
      const std::int32_t s = old_b[i];
      x[i] += p - r;
      y[i] += q - s;
      squares[i] += p * p + q * q - r * r - s * s;
      products[i] += p * q - r * s;
    }
  }

  std::vector<std::int32_t> x;
  std::vector<std::int32_t> y;
  std::vector<std::int32_t> squares;
  std::vector<std::int32_t> products;
};

/// Sum of SSIM over one row of windows from exact window sums, with N = 49 samples each. Numerators and denominators
/// are multiplied by N² and N (N - 1), so that the cancelling differences are taken between integers (at most 49² · 2 ·
/// 255² < 2³¹).
double sum_row(const std::int32_t* sx, const std::int32_t* sy, const std::int32_t* squares,
               const std::int32_t* products, std::size_t count, float* scratch) {
  constexpr std::int32_t kN = 49;
  constexpr float kC1 = static_cast<float>(kK1 * 255 * kK1 * 255 * kN * kN);
  constexpr float kC2 = static_cast<float>(kK2 * 255 * kK2 * 255 * kN * (kN - 1));
  for (std::size_t i = 0; i < count; ++i) {
    const std::int32_t means = sx[i] * sy[i];
    const std::int32_t mean_squares = sx[i] * sx[i] + sy[i] * sy[i];
    const std::int32_t covariance = kN * products[i] - means;
    const std::int32_t variances = kN * squares[i] - mean_squares;
    const float above = (static_cast<float>(2 * means) + kC1) * (static_cast<float>(2 * covariance) + kC2);
    const float below = (static_cast<float>(mean_squares) + kC1) * (static_cast<float>(variances) + kC2);
    scratch[i] = above / below;
  }
  std::array<double, 4> sums{};
  std::size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    for (std::size_t k = 0; k < 4; ++k) sums[k] += static_cast<double>(scratch[i + k]);
  }
  for (; i < count; ++i) sums[0] += static_cast<double>(scratch[i]);
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

std::array<double, kGaussian> gaussian_weights() {
  std::array<double, kGaussian> weights{};
  double sum = 0;
  for (std::size_t i = 0; i < kGaussian; ++i) {
    const double distance = (static_cast<double>(i) - 5) / 1.5;
    weights[i] = std::exp(-0.5 * distance * distance);
    sum += weights[i];
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

/// One row of a vertical pass: out = sum of weights[k] · rows[k], the symmetric rows added first.
void blend_rows(const std::array<const double*, kGaussian>& rows, const std::array<double, kGaussian>& weights,
                std::size_t width, double* out) {
  for (std::size_t i = 0; i < width; ++i) {
    double sum = weights[5] * rows[5][i];
    for (std::size_t k = 0; k < 5; ++k) sum += weights[k] * (rows[k][i] + rows[10 - k][i]);
    out[i] = sum;
  }
}

void blend_columns(const double* in, const std::array<double, kGaussian>& weights, std::size_t count, double* out) {
  for (std::size_t i = 0; i < count; ++i) {
    double sum = weights[5] * in[i + 5];
    for (std::size_t k = 0; k < 5; ++k) sum += weights[k] * (in[i + k] + in[i + 10 - k]);
    out[i] = sum;
  }
}

struct Statistics {
  const double* mean_a;
  const double* mean_b;
  const double* squares;
  const double* products;
};

/// Adds one row of windows. `correction` is N / (N - 1) for the sample covariance, or 1.
void add_windows(const Statistics& at, std::size_t count, double c1, double c2, double correction, WindowMeans& sums) {
  for (std::size_t i = 0; i < count; ++i) {
    const double means = at.mean_a[i] * at.mean_b[i];
    const double mean_squares = at.mean_a[i] * at.mean_a[i] + at.mean_b[i] * at.mean_b[i];
    const double covariance = correction * (at.products[i] - means);
    const double variances = correction * (at.squares[i] - mean_squares);
    const double contrast = (2 * covariance + c2) / (variances + c2);
    sums.contrast_structure += contrast;
    sums.similarity += contrast * (2 * means + c1) / (mean_squares + c1);
  }
}

/// a² + b² and a b, sample by sample.
std::array<std::vector<double>, 2> second_moments(const Plane& a, const Plane& b) {
  std::array<std::vector<double>, 2> result = {std::vector<double>(a.values.size()),
                                               std::vector<double>(a.values.size())};
  for (std::size_t i = 0; i < a.values.size(); ++i) {
    result[0][i] = a.values[i] * a.values[i] + b.values[i] * b.values[i];
    result[1][i] = a.values[i] * b.values[i];
  }
  return result;
}

}  // namespace

double uniform_ssim(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b, int width, int height) {
  const auto w = static_cast<std::size_t>(width);
  const auto h = static_cast<std::size_t>(height);
  const std::size_t across = w - kUniform + 1;
  ColumnSums columns(w);
  std::vector<std::int32_t> pairs(w);
  std::array<std::vector<std::int32_t>, 4> windows;
  windows.fill(std::vector<std::int32_t>(across));
  std::vector<float> scratch(across);
  double sum = 0;
  for (std::size_t y = 0; y < h; ++y) {
    if (y < kUniform) {
      columns.add(a.data() + y * w, b.data() + y * w);
    } else {
      const std::size_t old = (y - kUniform) * w;
      columns.exchange(a.data() + y * w, b.data() + y * w, a.data() + old, b.data() + old);
    }
    if (y + 1 < kUniform) continue;
    slide_by_seven(columns.x.data(), w, pairs.data(), windows[0].data());
    slide_by_seven(columns.y.data(), w, pairs.data(), windows[1].data());
    slide_by_seven(columns.squares.data(), w, pairs.data(), windows[2].data());
    slide_by_seven(columns.products.data(), w, pairs.data(), windows[3].data());
    sum += sum_row(windows[0].data(), windows[1].data(), windows[2].data(), windows[3].data(), across, scratch.data());
  }
  return sum / static_cast<double>(across * (h - kUniform + 1));
}

double uniform_ssim(const Plane& a, const Plane& b, double range) {
  const auto w = static_cast<std::size_t>(a.width);
  const auto h = static_cast<std::size_t>(a.height);
  const std::size_t across = w - kUniform + 1;
  const auto moments = second_moments(a, b);
  const std::array<const double*, 4> inputs = {a.values.data(), b.values.data(), moments[0].data(), moments[1].data()};
  std::vector<double> column(w);
  std::vector<double> pairs(w);
  std::array<std::vector<double>, 4> windows;
  windows.fill(std::vector<double>(across));
  WindowMeans sums;
  for (std::size_t y = 0; y + kUniform <= h; ++y) {
    for (std::size_t plane = 0; plane < 4; ++plane) {
      // Summed afresh for each row: running sums of doubles would drift.
      std::fill(column.begin(), column.end(), 0.0);
      for (std::size_t k = 0; k < kUniform; ++k) {
        const double* row = inputs[plane] + (y + k) * w;
        for (std::size_t i = 0; i < w; ++i) column[i] += row[i];
      }
      slide_by_seven(column.data(), w, pairs.data(), windows[plane].data());
      for (double& value : windows[plane]) value /= 49;
    }
    add_windows({windows[0].data(), windows[1].data(), windows[2].data(), windows[3].data()}, across,
                kK1 * range * kK1 * range, kK2 * range * kK2 * range, 49.0 / 48.0, sums);
  }
  return sums.similarity / static_cast<double>(across * (h - kUniform + 1));
}

WindowMeans gaussian_ssim(const Plane& a, const Plane& b, double range) {
  const auto w = static_cast<std::size_t>(a.width);
  const auto h = static_cast<std::size_t>(a.height);
  const std::size_t across = w - kGaussian + 1;
  const std::size_t down = h - kGaussian + 1;
  const auto weights = gaussian_weights();
  const auto moments = second_moments(a, b);
  const std::array<const double*, 4> inputs = {a.values.data(), b.values.data(), moments[0].data(), moments[1].data()};
  std::vector<double> column(w);
  std::array<std::vector<double>, 4> windows;
  windows.fill(std::vector<double>(across));
  WindowMeans sums;
  for (std::size_t y = 0; y < down; ++y) {
    for (std::size_t plane = 0; plane < 4; ++plane) {
      std::array<const double*, kGaussian> rows{};
      for (std::size_t k = 0; k < kGaussian; ++k) rows[k] = inputs[plane] + (y + k) * w;
      blend_rows(rows, weights, w, column.data());
      blend_columns(column.data(), weights, across, windows[plane].data());
    }
    add_windows({windows[0].data(), windows[1].data(), windows[2].data(), windows[3].data()}, across,
                kK1 * range * kK1 * range, kK2 * range * kK2 * range, 1, sums);
  }
  const auto count = static_cast<double>(across * down);
  return {sums.similarity / count, sums.contrast_structure / count};
}

Plane halve(const Plane& plane) {
  Plane result{plane.width / 2, plane.height / 2, {}};
  const auto w = static_cast<std::size_t>(plane.width);
  const auto half = static_cast<std::size_t>(result.width);
  result.values.resize(half * static_cast<std::size_t>(result.height));
  for (std::size_t y = 0; y < static_cast<std::size_t>(result.height); ++y) {
    const double* upper = plane.values.data() + 2 * y * w;
    const double* lower = upper + w;
    for (std::size_t x = 0; x < half; ++x) {
      result.values[y * half + x] = (upper[2 * x] + upper[2 * x + 1] + lower[2 * x] + lower[2 * x + 1]) / 4;
    }
  }
  return result;
}

}  // namespace noonmark::fidelity
