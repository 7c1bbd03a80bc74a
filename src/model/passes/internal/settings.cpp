// Passes that change settings only: steps, scheduler, guidance, threads, batch.
#include <array>
#include <cmath>
#include <string_view>

#include "base/codec/json.h"
#include "model/passes/internal/pass.h"
#include "model/pipelines/schedule.h"

namespace noonmark::passes::internal {
namespace {

using codec::Json;

constexpr std::string_view kSchedulerFile = "scheduler/scheduler_config.json";

/// A scheduler by its short name, as members that replace those of the trained configuration.
struct NamedScheduler {
  std::string_view name, class_name;
  bool karras = false, stochastic = false;
};
constexpr std::array kSchedulers = {
    NamedScheduler{"euler", "EulerDiscreteScheduler"},
    NamedScheduler{"euler-a", "EulerAncestralDiscreteScheduler"},
    NamedScheduler{"ddim", "DDIMScheduler"},
    NamedScheduler{"dpmpp-2m", "DPMSolverMultistepScheduler"},
    NamedScheduler{"dpmpp-2m-karras", "DPMSolverMultistepScheduler", true, false},
    NamedScheduler{"dpmpp-2m-sde", "DPMSolverMultistepScheduler", false, true},
    NamedScheduler{"lcm", "LCMScheduler"},
};

/// How the model was noised in training; every scheduler needs to agree with it.
constexpr std::array<std::string_view, 9> kTrained = {"num_train_timesteps", "beta_start",    "beta_end",
                                                      "beta_schedule",       "trained_betas", "prediction_type",
                                                      "timestep_spacing",    "steps_offset",  "rescale_betas_zero_snr"};

core::Result<Json> present_scheduler(const Context& context) {
  const Json& own = context.workspace.draft().defaults.scheduler;
  if (!own.as_object().empty()) return own;
  if (!context.workspace.has(std::string(kSchedulerFile))) {
    return core::invalid("the package has no " + std::string(kSchedulerFile) +
                         ", and noonmark.json names no scheduler");
  }
  const core::Bytes bytes = TRY(context.workspace.read(std::string(kSchedulerFile)));
  Json json = TRY(codec::parse_json(core::as_text(bytes)).context(kSchedulerFile));
  if (!json.is_object()) return core::invalid(std::string(kSchedulerFile) + " isn't an object");
  return json;
}

Json with_scheduler(const Json& present, const NamedScheduler& chosen) {
  Json config = Json::object({{"_class_name", chosen.class_name}});
  for (const std::string_view member : kTrained) {
    if (const Json* value = present.find(member)) config[member] = *value;
  }
  if (chosen.class_name == "DPMSolverMultistepScheduler") {
    config["algorithm_type"] = chosen.stochastic ? "sde-dpmsolver++" : "dpmsolver++";
    config["solver_order"] = 2;
    config["use_karras_sigmas"] = chosen.karras;
  }
  if (chosen.class_name == "DDIMScheduler") {
    // Clipping predicted samples to ±1 is for pixel models; latents are wider.
    config["clip_sample"] = false;
    config["set_alpha_to_one"] = false;
  }
  if (chosen.class_name == "LCMScheduler") config["clip_sample"] = false;
  return config;
}

}  // namespace

core::Result<std::string> set_steps(const PassCall& call, Context& context) {
  const double steps = TRY(parse_number(call.value, "'steps'", 1, pipelines::kMaxSteps));
  if (steps != std::floor(steps)) return core::usage("recipe: 'steps' must be a whole number");
  package::Defaults& defaults = context.workspace.draft().defaults;
  const std::string before = std::to_string(defaults.steps);
  defaults.steps = static_cast<int>(steps);
  return before + " denoising steps → " + call.value;
}

core::Result<std::string> set_guidance(const PassCall& call, Context& context) {
  context.workspace.draft().defaults.guidance_scale = TRY(parse_number(call.value, "'guidance'", 0, 100));
  return "guidance scale " + call.value;
}

core::Result<std::string> set_scheduler(const PassCall& call, Context& context) {
  std::string names;
  for (const NamedScheduler& scheduler : kSchedulers) {
    names += (names.empty() ? "" : ", ") + std::string(scheduler.name);
    if (scheduler.name != call.value) continue;
    const Json present = TRY(present_scheduler(context));
    Json config = with_scheduler(present, scheduler);
    TRY(pipelines::parse_scheduler(config));
    context.workspace.draft().defaults.scheduler = std::move(config);
    return std::string(scheduler.class_name) + (scheduler.karras ? ", Karras sigmas" : "") +
           (scheduler.stochastic ? ", stochastic" : "");
  }
  return core::usage("recipe: there is no scheduler '" + call.value.substr(0, 40) + "'; there are " + names);
}

core::Result<std::string> set_threads(const PassCall& call, Context& context) {
  const double threads = TRY(parse_number(call.value, "'threads'", 0, 256));
  if (threads != std::floor(threads)) return core::usage("recipe: 'threads' must be a whole number");
  context.workspace.draft().runtime.intra_op_threads = static_cast<int>(threads);
  return call.value + " threads for one operator";
}

core::Result<std::string> set_optimization(const PassCall& call, Context& context) {
  using package::GraphOptimization;
  constexpr std::array levels = {
      std::pair{"disabled", GraphOptimization::disabled}, std::pair{"basic", GraphOptimization::basic},
      std::pair{"extended", GraphOptimization::extended}, std::pair{"all", GraphOptimization::all}};
  for (const auto& [name, level] : levels) {
    if (call.value != name) continue;
    context.workspace.draft().runtime.graph_optimization = level;
    return "graph optimisation up to level '" + call.value + "'";
  }
  return core::usage("recipe: 'optimization' must be disabled, basic, extended or all");
}

core::Result<std::string> fix_batch(const PassCall&, Context& context) {
  package::Description& draft = context.workspace.draft();
  std::string told;
  for (const char* part : {"text_encoder", "text_encoder_2", "unet", "vae_decoder"}) {
    if (!context.workspace.has(Workspace::graph_of(part))) continue;
    const core::Bytes graph = TRY(context.workspace.read(Workspace::graph_of(part)));
    const std::string symbol = TRY(batch_symbol(graph).context(part));
    if (symbol.empty()) continue;
    const std::int64_t rows = rows_of(part, draft.defaults);
    draft.runtime.free_dimensions[part][symbol] = rows;
    told += (told.empty() ? "" : ", ") + std::string(part) + " " + symbol + " = " + std::to_string(rows);
  }
  draft.runtime.prefer_fixed_batch = true;
  return told.empty() ? "every batch dimension is fixed already" : told;
}

}  // namespace noonmark::passes::internal
