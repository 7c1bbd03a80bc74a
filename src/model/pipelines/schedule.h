#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/codec/json.h"
#include "base/core/result.h"

namespace noonmark::pipelines {

enum class SchedulerKind { euler, euler_ancestral, ddim, dpm_solver_multistep, lcm, flow_match_euler };
enum class Prediction { epsilon, velocity, sample };
enum class Spacing { leading, trailing, linspace };

/// How a model was trained to be noised and how its steps are taken: the members of diffusers' scheduler_config.json
/// that this project knows. Defaults are those of the named class there.
struct SchedulerConfig {
  SchedulerKind kind = SchedulerKind::euler;
  int train_timesteps = 1000;
  std::vector<double> betas;  ///< one per training timestep; empty for flow matching
  Prediction prediction = Prediction::epsilon;
  Spacing spacing = Spacing::leading;
  int steps_offset = 0;
  bool zero_terminal_snr = false;  ///< Lin et al. 2023, "Common diffusion noise schedules and sample steps are flawed"
  bool karras_sigmas = false;      ///< Karras et al. 2022, equation 5, rho = 7
  bool log_linear_sigmas = false;  ///< Euler: interpolate sigmas in their logarithm
  bool end_at_smallest_sigma = false;  ///< instead of at zero
  bool alpha_to_one = true;            ///< DDIM, LCM: the last step ends without noise
  std::optional<double> clip_range;    ///< DDIM, LCM: the predicted clean sample is kept within ± this
  double eta = 0;                      ///< DDIM: 0 deterministic … 1 as noisy as DDPM
  int solver_order = 2;                ///< DPM++: 1 or 2
  bool stochastic = false;             ///< DPM++: the SDE variant
  bool lower_order_final = true;       ///< DPM++: last step first order when there are fewer than 15
  bool euler_at_final = false;         ///< DPM++: last step always first order
  int original_steps = 50;             ///< LCM: steps of the teacher's schedule
  double timestep_scaling = 10;        ///< LCM
  double shift = 1;                    ///< flow matching
  bool dynamic_shift = false;          ///< flow matching: the shift grows with the picture
  double base_shift = 0.5, max_shift = 1.15;
  int base_tokens = 256, max_tokens = 4096;
  std::optional<double> mu;  ///< flow matching: this dynamic shift, whatever the picture's size
};

/// Reads scheduler_config.json (the class is its `_class_name`). Unknown members are refused unless they are null or
/// false or known not to matter.
/// Fails: invalid (unknown class or member, value out of range, a feature that isn't built; the message names it).
core::Result<SchedulerConfig> parse_scheduler(const codec::Json& config);

/// One denoising step as plain coefficients. With the latent x, the U-Net's answer o to (x * input_scale, timestep),
/// and the clean sample p predicted one step earlier:
///   clean = clip(clean_from_sample * x + clean_from_output * o)
///   next x = from_sample * x + from_output * o + from_clean * clean + from_previous_clean * p + from_noise * N(0, 1)
struct ScheduleStep {
  double timestep = 0;
  double input_scale = 1;
  double signal = 1, noise = 0;  ///< before this step a latent is signal * its clean sample + noise * N(0, 1)
  double clean_from_sample = 0, clean_from_output = 0;
  double from_sample = 0, from_output = 0, from_clean = 0, from_previous_clean = 0, from_noise = 0;

  bool needs_clean() const { return from_clean != 0 || from_previous_clean != 0; }
};

/// A whole walk from noise to a sample.
struct Schedule {
  double initial_noise_scale = 1;  ///< the first latent is N(0, 1) times this
  std::optional<double> clip_range;
  std::vector<ScheduleStep> steps;
};

/// Most steps that a request may ask for.
inline constexpr int kMaxSteps = 1000;

/// Plans `steps` steps. `image_tokens` (latent height / 2 × width / 2) matters to flow matching with dynamic shift
/// only. Every scheduler here is linear in x and o, so this pure function is all that distinguishes one from another;
/// formulas follow the papers (DDIM: Song et al. 2021 eq. 12; Euler: Karras et al. 2022; DPM-Solver++(2M): Lu et al.
/// 2022 alg. 2; LCM: Luo et al. 2023; flow matching: Esser et al. 2024) with diffusers' conventions for timesteps.
/// Fails: invalid (steps out of range for this scheduler).
core::Result<Schedule> plan_schedule(const SchedulerConfig& config, int steps, int image_tokens = 256);

/// The end of a walk that begins at a picture instead of noise (SDEdit: Meng et al. 2022): the last strength × steps of
/// them, at least one. It begins with no earlier step's clean sample, so its first step is of the first order.
/// Requires: 0 < strength <= 1.
Schedule from_picture(const Schedule& whole, double strength);

}  // namespace noonmark::pipelines
