#include <algorithm>
#include <array>
#include <numbers>

#include "model/pipelines/schedule.h"

namespace noonmark::pipelines {
namespace {

using codec::Json;

constexpr int kMaxTrainTimesteps = 100000;

struct Class {
  std::string_view name;
  SchedulerKind kind;
};
constexpr std::array kClasses = {
    Class{"EulerDiscreteScheduler", SchedulerKind::euler},
    Class{"EulerAncestralDiscreteScheduler", SchedulerKind::euler_ancestral},
    Class{"DDIMScheduler", SchedulerKind::ddim},
    Class{"DPMSolverMultistepScheduler", SchedulerKind::dpm_solver_multistep},
    Class{"LCMScheduler", SchedulerKind::lcm},
    Class{"FlowMatchEulerDiscreteScheduler", SchedulerKind::flow_match_euler},
};

/// Members that change nothing here, whatever their value: they serve a feature that must be switched on by another
/// member, or another class.
constexpr std::array<std::string_view, 22> kWithoutEffect = {"sample_max_value",
                                                             "dynamic_thresholding_ratio",
                                                             "skip_prk_steps",
                                                             "variance_type",
                                                             "lambda_min_clipped",
                                                             "sigma_min",
                                                             "sigma_max",
                                                             "use_clipped_model_output",
                                                             "interpolation_type",
                                                             "timestep_type",
                                                             "solver_type",
                                                             "clip_sample_range",
                                                             "final_sigmas_type",
                                                             "time_shift_type",
                                                             "shift_terminal",
                                                             "set_alpha_to_one",
                                                             "eta",
                                                             "original_inference_steps",
                                                             "flow_shift",
                                                             "sigma_schedule",
                                                             "stochastic_sampling",
                                                             "variance_is_learned"};

/// Reads members one by one, remembers which were asked for, keeps the first problem.
class Reader {
 public:
  explicit Reader(const Json& object) : object_(object) {}

  double number(std::string_view key, double fallback, double low, double high) {
    const Json* value = take(key);
    if (value == nullptr) return fallback;
    if (!value->is_number() || !(value->as_number() >= low && value->as_number() <= high)) {
      return fail(key, "must be a number from " + std::to_string(low) + " to " + std::to_string(high)), fallback;
    }
    return value->as_number();
  }
  int integer(std::string_view key, int fallback, int low, int high) {
    const Json* value = take(key);
    if (value == nullptr) return fallback;
    if (!value->is_integer() || value->as_integer() < low || value->as_integer() > high) {
      return fail(key, "must be a whole number from " + std::to_string(low) + " to " + std::to_string(high)), fallback;
    }
    return static_cast<int>(value->as_integer());
  }
  bool flag(std::string_view key, bool fallback) {
    const Json* value = take(key);
    if (value == nullptr) return fallback;
    if (!value->is_bool()) return fail(key, "must be true or false"), fallback;
    return value->as_bool();
  }
  /// Index of the value among `choices`.
  std::size_t choice(std::string_view key, std::span<const std::string_view> choices, std::size_t fallback) {
    const Json* value = take(key);
    if (value == nullptr) return fallback;
    std::string list;
    for (std::size_t i = 0; i < choices.size(); ++i) {
      if (value->is_string() && value->as_string() == choices[i]) return i;
      list += (i == 0 ? "" : ", ") + std::string(choices[i]);
    }
    return fail(key, "is not supported; one of: " + list), fallback;
  }
  const Json* take(std::string_view key) {
    asked_.push_back(key);
    const Json* value = object_.find(key);
    return value == nullptr || value->is_null() ? nullptr : value;
  }
  void fail(std::string_view key, const std::string& problem) {
    if (!failure_) failure_ = core::invalid("scheduler config: " + std::string(key) + " " + problem);
  }
  core::Result<void> finish() {
    for (const auto& [key, value] : object_.as_object()) {
      const bool matters = !value.is_null() && !(value.is_bool() && !value.as_bool()) && !key.starts_with('_');
      const auto has = [&](const auto& list) { return std::find(list.begin(), list.end(), key) != list.end(); };
      if (matters && !has(asked_) && !has(kWithoutEffect))
        fail(key, "is not supported; remove it or choose another scheduler");
    }
    if (failure_) return *failure_;
    return {};
  }

 private:
  const Json& object_;
  std::vector<std::string_view> asked_;
  std::optional<core::Error> failure_;
};

std::vector<double> cosine_betas(int count) {
  // Nichol and Dhariwal 2021, section 3.2, with betas capped at 0.999.
  const auto level = [](double t) {
    const double c = std::cos((t + 0.008) / 1.008 * std::numbers::pi / 2);
    return c * c;
  };
  std::vector<double> betas;
  for (int i = 0; i < count; ++i) {
    betas.push_back(std::min(1 - level(double(i + 1) / count) / level(double(i) / count), 0.999));
  }
  return betas;
}

std::vector<double> trained_betas(Reader& reader, const Json& list, int count) {
  std::vector<double> betas;
  if (list.is_array() && list.as_array().size() == static_cast<std::size_t>(count)) {
    for (const Json& beta : list.as_array()) {
      if (beta.is_number() && beta.as_number() > 0 && beta.as_number() < 1) betas.push_back(beta.as_number());
    }
  }
  if (betas.size() != static_cast<std::size_t>(count)) {
    reader.fail("trained_betas", "must hold one number between 0 and 1 per training timestep");
  }
  return betas;
}

std::vector<double> read_betas(Reader& reader, int count) {
  constexpr std::array<std::string_view, 3> kSchedules = {"linear", "scaled_linear", "squaredcos_cap_v2"};
  const double start = reader.number("beta_start", 0.0001, 1e-9, 0.999);
  const double end = reader.number("beta_end", 0.02, 1e-9, 0.999);
  const std::size_t schedule = reader.choice("beta_schedule", kSchedules, 0);
  if (const Json* trained = reader.take("trained_betas")) return trained_betas(reader, *trained, count);
  if (schedule == 2) return cosine_betas(count);
  std::vector<double> betas;
  for (int i = 0; i < count; ++i) {
    const double part = count == 1 ? 0 : double(i) / (count - 1);
    if (schedule == 0) {
      betas.push_back(start + (end - start) * part);
    } else {
      const double root = std::sqrt(start) + (std::sqrt(end) - std::sqrt(start)) * part;
      betas.push_back(root * root);
    }
  }
  return betas;
}

void read_shared(Reader& reader, SchedulerConfig& config) {
  constexpr std::array<std::string_view, 3> kPredictions = {"epsilon", "v_prediction", "sample"};
  constexpr std::array<std::string_view, 3> kSpacings = {"leading", "trailing", "linspace"};
  config.betas = read_betas(reader, config.train_timesteps);
  config.prediction = static_cast<Prediction>(reader.choice("prediction_type", kPredictions, 0));
  const bool linspace = config.kind == SchedulerKind::euler || config.kind == SchedulerKind::euler_ancestral ||
                        config.kind == SchedulerKind::dpm_solver_multistep;
  config.spacing = static_cast<Spacing>(reader.choice("timestep_spacing", kSpacings, linspace ? 2 : 0));
  config.steps_offset = reader.integer("steps_offset", 0, 0, config.train_timesteps);
  config.zero_terminal_snr = reader.flag("rescale_betas_zero_snr", false);
}

void read_sigmas(Reader& reader, SchedulerConfig& config) {
  constexpr std::array<std::string_view, 2> kFinals = {"zero", "sigma_min"};
  config.karras_sigmas = reader.flag("use_karras_sigmas", false);
  config.end_at_smallest_sigma = reader.choice("final_sigmas_type", kFinals, 0) == 1;
}

void read_clipping(Reader& reader, SchedulerConfig& config, bool clips_by_default) {
  const double range = reader.number("clip_sample_range", 1, 1e-6, 1e6);
  if (reader.flag("clip_sample", clips_by_default)) config.clip_range = range;
  config.alpha_to_one = reader.flag("set_alpha_to_one", true);
}

void read_dpm(Reader& reader, SchedulerConfig& config) {
  constexpr std::array<std::string_view, 2> kAlgorithms = {"dpmsolver++", "sde-dpmsolver++"};
  constexpr std::array<std::string_view, 1> kSolvers = {"midpoint"};
  read_sigmas(reader, config);
  config.solver_order = reader.integer("solver_order", 2, 1, 2);
  config.stochastic = reader.choice("algorithm_type", kAlgorithms, 0) == 1;
  reader.choice("solver_type", kSolvers, 0);
  config.lower_order_final = reader.flag("lower_order_final", true);
  config.euler_at_final = reader.flag("euler_at_final", false);
  if (const Json* clipped = reader.take("lambda_min_clipped"); clipped != nullptr && clipped->is_number()) {
    // Below the logarithmic signal-to-noise ratio of any schedule it does nothing.
    if (clipped->as_number() > -100) reader.fail("lambda_min_clipped", "is not supported; leave it out");
  }
}

void read_flow(Reader& reader, SchedulerConfig& config) {
  config.shift = reader.number("shift", 1, 1e-3, 1e3);
  config.dynamic_shift = reader.flag("use_dynamic_shifting", false);
  config.base_shift = reader.number("base_shift", 0.5, -20, 20);
  config.max_shift = reader.number("max_shift", 1.15, -20, 20);
  config.base_tokens = reader.integer("base_image_seq_len", 256, 1, 1 << 24);
  config.max_tokens = reader.integer("max_image_seq_len", 4096, 1, 1 << 24);
  if (reader.take("mu") != nullptr) config.mu = reader.number("mu", 0, -20, 20);
  constexpr std::array<std::string_view, 1> kShifts = {"exponential"};
  reader.choice("time_shift_type", kShifts, 0);
  if (reader.take("shift_terminal") != nullptr) reader.fail("shift_terminal", "is not supported");
  if (config.max_tokens == config.base_tokens) reader.fail("max_image_seq_len", "must differ from base_image_seq_len");
}

void read_euler(Reader& reader, SchedulerConfig& config) {
  constexpr std::array<std::string_view, 2> kInterpolations = {"linear", "log_linear"};
  constexpr std::array<std::string_view, 1> kTimesteps = {"discrete"};
  read_sigmas(reader, config);
  config.log_linear_sigmas = reader.choice("interpolation_type", kInterpolations, 0) == 1;
  reader.choice("timestep_type", kTimesteps, 0);
  for (const std::string_view bound : {"sigma_min", "sigma_max"}) {
    if (reader.take(bound) != nullptr) reader.fail(bound, "is not supported");
  }
}

core::Result<SchedulerKind> read_kind(const Json& config) {
  const Json* name = config.find("_class_name");
  std::string known;
  for (const Class& entry : kClasses) {
    if (name != nullptr && name->is_string() && name->as_string() == entry.name) return entry.kind;
    known += (known.empty() ? "" : ", ") + std::string(entry.name);
  }
  const std::string given =
      name != nullptr && name->is_string() ? "\"" + name->as_string().substr(0, 80) + "\"" : "missing";
  return core::invalid("scheduler config: _class_name " + given + " is not supported; one of: " + known);
}

}  // namespace

core::Result<SchedulerConfig> parse_scheduler(const Json& json) {
  if (!json.is_object()) return core::invalid("scheduler config: an object is expected");
  SchedulerConfig config;
  config.kind = TRY(read_kind(json));
  Reader reader(json);
  config.train_timesteps = reader.integer("num_train_timesteps", 1000, 2, kMaxTrainTimesteps);
  if (config.kind == SchedulerKind::flow_match_euler) {
    read_flow(reader, config);
  } else {
    read_shared(reader, config);
  }
  switch (config.kind) {
    case SchedulerKind::euler:
      read_euler(reader, config);
      break;
    case SchedulerKind::dpm_solver_multistep:
      read_dpm(reader, config);
      break;
    case SchedulerKind::ddim:
      read_clipping(reader, config, true);
      config.eta = reader.number("eta", 0, 0, 1);
      break;
    case SchedulerKind::lcm:
      read_clipping(reader, config, false);
      config.original_steps = reader.integer("original_inference_steps", 50, 1, config.train_timesteps);
      config.timestep_scaling = reader.number("timestep_scaling", 10, 1e-3, 1e6);
      break;
    case SchedulerKind::euler_ancestral:
    case SchedulerKind::flow_match_euler:
      break;
  }
  TRY(reader.finish());
  return config;
}

}  // namespace noonmark::pipelines
