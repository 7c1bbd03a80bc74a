#pragma once

#include <span>
#include <vector>

#include "model/pipelines/schedule.h"

namespace noonmark::pipelines {

/// Cumulative product of 1 - beta per training timestep (the signal's variance), falling; rescaled so that nothing is
/// left of the signal at the last one when the config wants zero terminal SNR.
std::vector<double> signal_levels(const SchedulerConfig& config);

/// sqrt((1 - a) / a) of each level: noise per signal.
std::vector<double> to_sigmas(std::span<const double> levels);

/// The training timesteps that a walk of `steps` visits, falling. `rounded`: linspace gives whole numbers.
/// `extra_point`: DPM++'s leading and linspace plan one point more and leave out the last.
std::vector<double> spaced_timesteps(const SchedulerConfig& config, int steps, bool rounded, bool extra_point);

/// Linear interpolation of `table` at a fractional index, held at the ends.
double interpolate(std::span<const double> table, double index);

/// Karras et al. 2022, equation 5: `steps` sigmas from `largest` to `smallest`.
std::vector<double> karras_sigmas(double largest, double smallest, int steps);

/// The fractional training timestep whose sigma this is, by interpolation between logarithms. Requires: rising sigmas.
double timestep_of_sigma(std::span<const double> sigmas, double sigma);

/// Nearest whole number, ties to even.
double round_even(double value);

}  // namespace noonmark::pipelines
