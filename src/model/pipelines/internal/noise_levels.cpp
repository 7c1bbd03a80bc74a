#include "model/pipelines/internal/noise_levels.h"

#include <algorithm>
#include <cmath>

namespace noonmark::pipelines {

double round_even(double value) { return std::nearbyint(value); }

std::vector<double> signal_levels(const SchedulerConfig& config) {
  std::vector<double> levels;
  double product = 1;
  for (const double beta : config.betas) levels.push_back(product *= 1 - beta);
  if (!config.zero_terminal_snr) return levels;
  const double first = std::sqrt(levels.front()), last = std::sqrt(levels.back());
  for (double& level : levels) {
    const double root = (std::sqrt(level) - last) * first / (first - last);
    level = root * root;
  }
  // Sigma would be infinite where the signal is gone: schedulers in sigmas keep a trace of it, as diffusers does.
  const bool uses_sigmas = config.kind == SchedulerKind::euler || config.kind == SchedulerKind::euler_ancestral ||
                           config.kind == SchedulerKind::dpm_solver_multistep;
  levels.back() = uses_sigmas ? 0x1p-24 : 0;
  return levels;
}

std::vector<double> to_sigmas(std::span<const double> levels) {
  std::vector<double> sigmas;
  for (const double level : levels) sigmas.push_back(std::sqrt((1 - level) / level));
  return sigmas;
}

std::vector<double> spaced_timesteps(const SchedulerConfig& config, int steps, bool rounded, bool extra_point) {
  const int train = config.train_timesteps;
  const int points = steps + (extra_point ? 1 : 0);
  std::vector<double> timesteps;
  for (int i = 0; i < steps; ++i) {
    double timestep = 0;
    switch (config.spacing) {
      case Spacing::leading:
        timestep = double(points - 1 - i) * (train / points) + config.steps_offset;
        break;
      case Spacing::trailing:
        timestep = round_even(train - double(i) * train / steps) - 1;
        break;
      case Spacing::linspace:
        timestep = points == 1 ? 0 : double(train - 1) * (points - 1 - i) / (points - 1);
        if (rounded) timestep = round_even(timestep);
        break;
    }
    timesteps.push_back(timestep);
  }
  return timesteps;
}

double interpolate(std::span<const double> table, double index) {
  if (index <= 0) return table.front();
  const auto low = static_cast<std::size_t>(index);
  if (low + 1 >= table.size()) return table.back();
  const double part = index - static_cast<double>(low);
  return table[low] + (table[low + 1] - table[low]) * part;
}

std::vector<double> karras_sigmas(double largest, double smallest, int steps) {
  constexpr double kRho = 7;
  const double from = std::pow(largest, 1 / kRho), to = std::pow(smallest, 1 / kRho);
  std::vector<double> sigmas;
  for (int i = 0; i < steps; ++i) {
    const double part = steps == 1 ? 0 : double(i) / (steps - 1);
    sigmas.push_back(std::pow(from + part * (to - from), kRho));
  }
  return sigmas;
}

double timestep_of_sigma(std::span<const double> sigmas, double sigma) {
  const double wanted = std::log(std::max(sigma, 1e-10));
  const auto above = std::upper_bound(sigmas.begin(), sigmas.end(), sigma);
  const std::ptrdiff_t last_low = static_cast<std::ptrdiff_t>(sigmas.size()) - 2;
  const auto low = static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(above - sigmas.begin() - 1, 0, last_low));
  const double below = std::log(sigmas[low]), beyond = std::log(sigmas[low + 1]);
  const double part = std::clamp((below - wanted) / (below - beyond), 0.0, 1.0);
  return static_cast<double>(low) + part;
}

}  // namespace noonmark::pipelines
