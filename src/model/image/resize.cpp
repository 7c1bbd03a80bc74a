#include "model/image/resize.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/core/check.h"

namespace noonmark::image {

namespace {

double radius(Filter filter) {
  switch (filter) {
    case Filter::area:
      return 0.5;
    case Filter::bilinear:
      return 1.0;
    case Filter::lanczos3:
      return 3.0;
  }
  CHECK(false, "unknown filter");
}

double sinc(double x) {
  if (x == 0) return 1;
  const double t = x * std::numbers::pi;
  return std::sin(t) / t;
}

double weight(Filter filter, double x) {
  switch (filter) {
    // Half open, so that a sample on the boundary between two new pixels counts once.
    case Filter::area:
      return x > -0.5 && x <= 0.5 ? 1 : 0;
    case Filter::bilinear:
      return std::max(0.0, 1 - std::abs(x));
    case Filter::lanczos3:
      return std::abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0;
  }
  CHECK(false, "unknown filter");
}

/// For each new position the first old one that counts, and the weights of it and its followers.
struct Taps {
  struct Span {
    int first = 0;
    int count = 0;
  };
  std::vector<Span> spans;
  std::vector<float> weights;  // `stride` places for each new position
  std::size_t stride = 0;
};

Taps make_taps(int from, int to, Filter filter) {
  const double scale = static_cast<double>(from) / to;
  const double stretch = std::max(scale, 1.0);
  const double reach = radius(filter) * stretch;
  Taps taps;
  taps.stride = static_cast<std::size_t>(std::ceil(reach)) * 2 + 1;
  taps.spans.resize(static_cast<std::size_t>(to));
  taps.weights.resize(taps.spans.size() * taps.stride);
  for (int i = 0; i < to; ++i) {
    const double center = (i + 0.5) * scale;
    const int first = std::max(0, static_cast<int>(center - reach + 0.5));
    const int last = std::min(from, static_cast<int>(center + reach + 0.5));
    const auto row = static_cast<std::size_t>(i) * taps.stride;
    double sum = 0;
    std::vector<double> exact(static_cast<std::size_t>(std::max(1, last - first)));
    for (int j = first; j < last; ++j) {
      const double w = weight(filter, (j + 0.5 - center) / stretch);
      exact[static_cast<std::size_t>(j - first)] = w;
      sum += w;
    }
    CHECK(sum > 0, "some old sample lies below each new one");
    for (std::size_t k = 0; k < exact.size(); ++k) taps.weights[row + k] = static_cast<float>(exact[k] / sum);
    taps.spans[static_cast<std::size_t>(i)] = {first, last - first};
  }
  return taps;
}

/// One pass along the first axis of (rows, columns): every column alike, so the inner loop is contiguous.
void combine_rows(std::span<const float> in, std::size_t columns, const Taps& taps, std::span<float> out) {
  for (std::size_t i = 0; i < taps.spans.size(); ++i) {
    float* to = out.data() + i * columns;
    std::fill(to, to + columns, 0.0F);
    for (int k = 0; k < taps.spans[i].count; ++k) {
      const float w = taps.weights[i * taps.stride + static_cast<std::size_t>(k)];
      const float* from = in.data() + static_cast<std::size_t>(taps.spans[i].first + k) * columns;
      for (std::size_t c = 0; c < columns; ++c) to[c] += w * from[c];
    }
  }
}

}  // namespace

std::vector<float> resample(std::span<const float> samples, int width, int height, int channels, int new_width,
                            int new_height, Filter filter) {
  CHECK(width > 0 && height > 0 && channels > 0 && new_width > 0 && new_height > 0, "positive sizes");
  const auto w = static_cast<std::size_t>(width);
  const auto h = static_cast<std::size_t>(height);
  const auto c = static_cast<std::size_t>(channels);
  const auto nw = static_cast<std::size_t>(new_width);
  const auto nh = static_cast<std::size_t>(new_height);
  CHECK(samples.size() == w * h * c, "samples match the size");
  const Taps across = make_taps(width, new_width, filter);
  const Taps down = make_taps(height, new_height, filter);
  std::vector<float> narrow(nw * h * c);
  for (std::size_t y = 0; y < h; ++y) {
    combine_rows(samples.subspan(y * w * c, w * c), c, across, std::span(narrow).subspan(y * nw * c, nw * c));
  }
  std::vector<float> result(nw * nh * c);
  combine_rows(narrow, nw * c, down, result);
  return result;
}

Image resize(const Image& image, int new_width, int new_height, Filter filter) {
  CHECK(is_sound(image), "a sound picture");
  const std::vector<float> samples(image.pixels.begin(), image.pixels.end());
  const auto resampled = resample(samples, image.width, image.height, image.channels, new_width, new_height, filter);
  Image result = blank(new_width, new_height, image.channels);
  for (std::size_t i = 0; i < resampled.size(); ++i) {
    result.pixels[i] = static_cast<std::uint8_t>(std::lround(std::clamp(resampled[i], 0.0F, 255.0F)));
  }
  return result;
}

}  // namespace noonmark::image
