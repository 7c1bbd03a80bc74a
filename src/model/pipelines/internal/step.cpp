#include "model/pipelines/internal/step.h"

#include <algorithm>
#include <cmath>

#include "base/core/check.h"

namespace noonmark::pipelines {
namespace {

double standard_deviation(std::span<const float> values) {
  if (values.empty()) return 0;
  double sum = 0;
  for (const float value : values) sum += value;
  const double mean = sum / static_cast<double>(values.size());
  double squares = 0;
  for (const float value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size()));
}

}  // namespace

void apply_step(const ScheduleStep& step, const std::optional<double>& clip_range, std::span<const float> output,
                std::span<float> sample, std::span<float> clean, std::span<const float> noise) {
  CHECK(output.size() == sample.size() && clean.size() == sample.size(), "apply_step: sizes differ");
  CHECK(noise.size() == sample.size() || (noise.empty() && step.from_noise == 0), "apply_step: noise is missing");
  const auto clean_x = static_cast<float>(step.clean_from_sample), clean_o = static_cast<float>(step.clean_from_output);
  const auto x_weight = static_cast<float>(step.from_sample), o_weight = static_cast<float>(step.from_output);
  const auto clean_weight = static_cast<float>(step.from_clean);
  const auto previous_weight = static_cast<float>(step.from_previous_clean);
  const auto noise_weight = static_cast<float>(step.from_noise);
  const float limit = clip_range ? static_cast<float>(*clip_range) : std::numeric_limits<float>::infinity();
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const float x = sample[i], o = output[i];
    const float now = std::clamp(clean_x * x + clean_o * o, -limit, limit);
    sample[i] = x_weight * x + o_weight * o + clean_weight * now + previous_weight * clean[i];
    clean[i] = now;
  }
  if (step.from_noise == 0) return;
  for (std::size_t i = 0; i < sample.size(); ++i) sample[i] += noise_weight * noise[i];
}

void guide(std::span<const float> negative, std::span<const float> positive, double guidance, std::span<float> output) {
  CHECK(negative.size() == output.size() && positive.size() == output.size(), "guide: sizes differ");
  const auto strength = static_cast<float>(guidance);
  for (std::size_t i = 0; i < output.size(); ++i) output[i] = negative[i] + strength * (positive[i] - negative[i]);
}

void rescale_guidance(std::span<const float> positive, double rescale, std::span<float> output) {
  CHECK(positive.size() == output.size(), "rescale_guidance: sizes differ");
  const double now = standard_deviation(output);
  if (rescale == 0 || now == 0) return;
  const auto factor = static_cast<float>(rescale * (standard_deviation(positive) / now) + (1 - rescale));
  for (float& value : output) value *= factor;
}

bool all_finite(std::span<const float> values) {
  // A sum of zeros times the values is zero unless one is infinite or not a number.
  float sum = 0;
  for (const float value : values) sum += value * 0.0F;
  return sum == 0.0F;
}

}  // namespace noonmark::pipelines
