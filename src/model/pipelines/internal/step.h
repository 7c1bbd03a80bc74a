#pragma once

#include <optional>
#include <span>

#include "model/pipelines/schedule.h"

namespace noonmark::pipelines {

/// Takes one step in place: `sample` becomes the next latent, `clean` (the clean sample of the step before) this
/// step's. `noise` may be empty when the step adds none. Requires: equal sizes.
void apply_step(const ScheduleStep& step, const std::optional<double>& clip_range, std::span<const float> output,
                std::span<float> sample, std::span<float> clean, std::span<const float> noise);

/// Classifier-free guidance (Ho and Salimans 2021): output = negative + guidance * (positive - negative). `output` may
/// be one of the two inputs. Requires: equal sizes.
void guide(std::span<const float> negative, std::span<const float> positive, double guidance, std::span<float> output);

/// Brings the guided output's standard deviation back towards the positive one's by the share `rescale` (Lin et al.
/// 2023, section 3.4). One picture at a time. Requires: equal sizes.
void rescale_guidance(std::span<const float> positive, double rescale, std::span<float> output);

/// Whether every value is finite.
bool all_finite(std::span<const float> values);

}  // namespace noonmark::pipelines
