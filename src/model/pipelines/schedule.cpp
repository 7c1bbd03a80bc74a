#include "model/pipelines/schedule.h"

#include <algorithm>
#include <cmath>

#include "model/pipelines/internal/noise_levels.h"

namespace noonmark::pipelines {
namespace {

/// Clean sample from latent and output where latent = signal * clean + noise_level * epsilon.
void predict_clean(ScheduleStep& step, Prediction prediction, double signal, double noise_level) {
  switch (prediction) {
    case Prediction::epsilon:
      step.clean_from_sample = 1 / signal;
      step.clean_from_output = -noise_level / signal;
      break;
    case Prediction::velocity:
      step.clean_from_sample = signal;
      step.clean_from_output = -noise_level;
      break;
    case Prediction::sample:
      step.clean_from_sample = 0;
      step.clean_from_output = 1;
      break;
  }
}

/// The same in the scale of sigmas, where latent = clean + sigma * epsilon, although the model was asked about
/// latent / sqrt(sigma^2 + 1).
void predict_clean_of_sigma(ScheduleStep& step, Prediction prediction, double sigma) {
  const double scale = sigma * sigma + 1;
  if (prediction == Prediction::velocity) {
    step.clean_from_sample = 1 / scale;
    step.clean_from_output = -sigma / std::sqrt(scale);
  } else {
    predict_clean(step, prediction, 1, sigma);
  }
}

/// Without clipping, the clean sample is linear too and need not be computed by itself.
void fold_clean(ScheduleStep& step) {
  step.from_sample += step.from_clean * step.clean_from_sample;
  step.from_output += step.from_clean * step.clean_from_output;
  step.from_clean = 0;
}

/// Sigmas of the walk, falling, one more than timesteps.
struct Sigmas {
  std::vector<double> timesteps;
  std::vector<double> sigmas;
};

Sigmas plan_sigmas(const SchedulerConfig& config, int steps) {
  const bool dpm = config.kind == SchedulerKind::dpm_solver_multistep;
  const std::vector<double> table = to_sigmas(signal_levels(config));
  Sigmas plan;
  plan.timesteps = spaced_timesteps(config, steps, dpm, dpm && config.spacing != Spacing::trailing);
  for (const double timestep : plan.timesteps) plan.sigmas.push_back(interpolate(table, timestep));
  if (config.log_linear_sigmas) {
    const double from = std::log(table.back()), to = std::log(table.front());
    for (int i = 0; i < steps; ++i) plan.sigmas[static_cast<std::size_t>(i)] = std::exp(from + (to - from) * i / steps);
  }
  if (config.karras_sigmas) {
    plan.sigmas = dpm ? karras_sigmas(table.back(), table.front(), steps)
                      : karras_sigmas(plan.sigmas.front(), plan.sigmas.back(), steps);
    for (std::size_t i = 0; i < plan.sigmas.size(); ++i) {
      const double timestep = timestep_of_sigma(table, plan.sigmas[i]);
      plan.timesteps[i] = dpm ? round_even(timestep) : timestep;
    }
  }
  plan.sigmas.push_back(config.end_at_smallest_sigma ? table.front() : 0);
  return plan;
}

Schedule plan_euler(const SchedulerConfig& config, int steps) {
  const Sigmas plan = plan_sigmas(config, steps);
  Schedule schedule;
  const double largest = *std::max_element(plan.sigmas.begin(), plan.sigmas.end());
  schedule.initial_noise_scale = config.spacing == Spacing::leading ? std::sqrt(largest * largest + 1) : largest;
  for (std::size_t i = 0; i < plan.timesteps.size(); ++i) {
    const double sigma = plan.sigmas[i], next = plan.sigmas[i + 1];
    ScheduleStep step;
    step.timestep = plan.timesteps[i];
    step.input_scale = 1 / std::sqrt(sigma * sigma + 1);
    step.noise = sigma;
    double down = next;
    if (config.kind == SchedulerKind::euler_ancestral) {
      step.from_noise = std::sqrt(next * next * (sigma * sigma - next * next) / (sigma * sigma));
      down = std::sqrt(next * next - step.from_noise * step.from_noise);
    }
    // x + (x - clean) / sigma * (down - sigma)
    predict_clean_of_sigma(step, config.prediction, sigma);
    step.from_sample = down / sigma;
    step.from_clean = 1 - down / sigma;
    if (config.prediction == Prediction::epsilon) {
      // (x - clean) / sigma is the output itself; written so, nothing cancels.
      step.from_sample = 1;
      step.from_output = down - sigma;
      step.from_clean = 0;
    } else {
      fold_clean(step);
    }
    schedule.steps.push_back(step);
  }
  return schedule;
}

Schedule plan_ddim(const SchedulerConfig& config, int steps) {
  const std::vector<double> levels = signal_levels(config);
  const double final_level = config.alpha_to_one ? 1 : levels.front();
  Schedule schedule;
  schedule.clip_range = config.clip_range;
  for (const double timestep : spaced_timesteps(config, steps, true, false)) {
    const double before = timestep - config.train_timesteps / steps;
    const double level = levels[static_cast<std::size_t>(timestep)];
    const double next = before >= 0 ? levels[static_cast<std::size_t>(before)] : final_level;
    ScheduleStep step;
    step.timestep = timestep;
    const double signal = step.signal = std::sqrt(level), noise = step.noise = std::sqrt(1 - level);
    predict_clean(step, config.prediction, signal, noise);
    step.from_noise = config.eta * std::sqrt((1 - next) / (1 - level) * (1 - level / next));
    const double towards = std::sqrt(std::max(0.0, 1 - next - step.from_noise * step.from_noise));
    // towards * epsilon, with epsilon read from the output.
    switch (config.prediction) {
      case Prediction::epsilon:
        step.from_output = towards;
        break;
      case Prediction::velocity:
        step.from_output = towards * signal;
        step.from_sample = towards * noise;
        break;
      case Prediction::sample:
        step.from_output = -towards * signal / noise;
        step.from_sample = towards / noise;
        break;
    }
    step.from_clean = std::sqrt(next);
    if (!config.clip_range) fold_clean(step);
    schedule.steps.push_back(step);
  }
  return schedule;
}

Schedule plan_dpm(const SchedulerConfig& config, int steps) {
  const Sigmas plan = plan_sigmas(config, steps);
  Schedule schedule;
  double previous_h = 0;
  for (std::size_t i = 0; i < plan.timesteps.size(); ++i) {
    const double sigma = plan.sigmas[i], next = plan.sigmas[i + 1];
    const double signal = 1 / std::sqrt(sigma * sigma + 1), next_signal = 1 / std::sqrt(next * next + 1);
    ScheduleStep step;
    step.timestep = plan.timesteps[i];
    step.signal = signal;
    step.noise = sigma * signal;
    predict_clean(step, config.prediction, signal, sigma * signal);
    // h = log(1 / next) - log(1 / sigma), so exp(-h) = next / sigma, also where next is zero.
    const double decay = next / sigma;
    const double h = next > 0 ? std::log(sigma / next) : 0;
    step.from_sample = next * next_signal / (sigma * signal) * (config.stochastic ? decay : 1);
    const double weight = next_signal * (1 - (config.stochastic ? decay * decay : decay));
    if (config.stochastic) step.from_noise = next * next_signal * std::sqrt(std::max(0.0, 1 - decay * decay));
    const bool last = i + 1 == plan.timesteps.size();
    const bool first_order =
        i == 0 || config.solver_order == 1 ||
        (last && (config.euler_at_final || !config.end_at_smallest_sigma || (config.lower_order_final && steps < 15)));
    const double slope = first_order ? 0 : weight * 0.5 * h / previous_h;
    step.from_clean = weight + slope;
    step.from_previous_clean = -slope;
    previous_h = h;
    schedule.steps.push_back(step);
  }
  return schedule;
}

Schedule plan_lcm(const SchedulerConfig& config, int steps) {
  constexpr double kDataSigma = 0.5;
  const std::vector<double> levels = signal_levels(config);
  const int stride = config.train_timesteps / config.original_steps;
  std::vector<int> timesteps;
  for (int i = 0; i < steps; ++i) {
    const int skipped = i * config.original_steps / steps;
    timesteps.push_back(stride * (config.original_steps - skipped) - 1);
  }
  Schedule schedule;
  schedule.clip_range = config.clip_range;
  for (std::size_t i = 0; i < timesteps.size(); ++i) {
    const double level = levels[static_cast<std::size_t>(timesteps[i])];
    ScheduleStep step;
    step.timestep = timesteps[i];
    step.signal = std::sqrt(level);
    step.noise = std::sqrt(1 - level);
    predict_clean(step, config.prediction, step.signal, step.noise);
    const double scaled = step.timestep * config.timestep_scaling;
    const double denominator = scaled * scaled + kDataSigma * kDataSigma;
    step.from_clean = scaled / std::sqrt(denominator);
    step.from_sample = kDataSigma * kDataSigma / denominator;
    if (i + 1 < timesteps.size()) {
      const double next = levels[static_cast<std::size_t>(timesteps[i + 1])];
      step.from_clean *= std::sqrt(next);
      step.from_sample *= std::sqrt(next);
      step.from_noise = std::sqrt(1 - next);
    }
    if (!config.clip_range) fold_clean(step);
    schedule.steps.push_back(step);
  }
  return schedule;
}

double shifted(double sigma, double shift) { return shift * sigma / (1 + (shift - 1) * sigma); }

Schedule plan_flow(const SchedulerConfig& config, int steps, int image_tokens) {
  const double slope = (config.max_shift - config.base_shift) / (config.max_tokens - config.base_tokens);
  const double mu = config.mu.value_or(config.base_shift + slope * (image_tokens - config.base_tokens));
  const double smallest =
      config.dynamic_shift ? 1.0 / config.train_timesteps : shifted(1.0 / config.train_timesteps, config.shift);
  std::vector<double> sigmas;
  for (int i = 0; i < steps; ++i) {
    const double plain = steps == 1 ? 1 : 1 + (smallest - 1) * i / (steps - 1);
    sigmas.push_back(config.dynamic_shift ? std::exp(mu) / (std::exp(mu) + 1 / plain - 1)
                                          : shifted(plain, config.shift));
  }
  sigmas.push_back(0);
  Schedule schedule;
  for (std::size_t i = 0; i + 1 < sigmas.size(); ++i) {
    ScheduleStep step;
    step.timestep = sigmas[i] * config.train_timesteps;
    step.signal = 1 - sigmas[i];
    step.noise = sigmas[i];
    step.from_sample = 1;
    step.from_output = sigmas[i + 1] - sigmas[i];
    schedule.steps.push_back(step);
  }
  return schedule;
}

core::Result<void> check_steps(const SchedulerConfig& config, int steps) {
  if (steps < 1 || steps > kMaxSteps) return core::invalid("steps must be 1 to " + std::to_string(kMaxSteps));
  if (config.kind == SchedulerKind::flow_match_euler) return {};
  if (config.kind == SchedulerKind::lcm) {
    if (steps <= config.original_steps) return {};
    return core::invalid("this LCM scheduler takes at most " + std::to_string(config.original_steps) + " steps");
  }
  if (steps >= config.train_timesteps) {
    return core::invalid("this scheduler takes fewer than " + std::to_string(config.train_timesteps) + " steps");
  }
  const bool extra_point = config.kind == SchedulerKind::dpm_solver_multistep && config.spacing != Spacing::trailing;
  const auto timesteps = spaced_timesteps(config, steps, true, extra_point);
  if (timesteps.front() >= config.train_timesteps) {
    return core::invalid("scheduler config: steps_offset " + std::to_string(config.steps_offset) + " with " +
                         std::to_string(steps) + " steps goes past the last training timestep");
  }
  return {};
}

}  // namespace

core::Result<Schedule> plan_schedule(const SchedulerConfig& config, int steps, int image_tokens) {
  TRY(check_steps(config, steps));
  Schedule schedule;
  switch (config.kind) {
    case SchedulerKind::euler:
    case SchedulerKind::euler_ancestral:
      schedule = plan_euler(config, steps);
      break;
    case SchedulerKind::ddim:
      schedule = plan_ddim(config, steps);
      break;
    case SchedulerKind::dpm_solver_multistep:
      schedule = plan_dpm(config, steps);
      break;
    case SchedulerKind::lcm:
      schedule = plan_lcm(config, steps);
      break;
    case SchedulerKind::flow_match_euler:
      schedule = plan_flow(config, steps, image_tokens);
      break;
  }
  for (const ScheduleStep& step : schedule.steps) {
    const double sum = step.timestep + step.input_scale + step.clean_from_sample + step.clean_from_output +
                       step.from_sample + step.from_output + step.from_clean + step.from_previous_clean +
                       step.from_noise;
    if (!std::isfinite(sum)) {
      return core::invalid(
          "scheduler config: these settings give a step without a finite value (zero terminal SNR needs "
          "v_prediction)");
    }
  }
  return schedule;
}

Schedule from_picture(const Schedule& whole, double strength) {
  const auto all = static_cast<std::ptrdiff_t>(whole.steps.size());
  const auto kept =
      std::clamp<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(strength * static_cast<double>(all)), 1, all);
  Schedule schedule = whole;
  schedule.steps.erase(schedule.steps.begin(), schedule.steps.end() - kept);
  ScheduleStep& first = schedule.steps.front();
  // A slope between two clean samples needs both: without it their weights add up to the first order's.
  first.from_clean += first.from_previous_clean;
  first.from_previous_clean = 0;
  return schedule;
}

}  // namespace noonmark::pipelines
