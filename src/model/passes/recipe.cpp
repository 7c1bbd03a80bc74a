#include "model/passes/recipe.h"

#include <algorithm>
#include <set>

namespace noonmark::passes {
namespace {

constexpr std::size_t kMaxText = 4096;

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    const auto at = text.find(separator);
    parts.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

const PassInfo* find(std::string_view name) {
  const auto found = std::ranges::find(known_passes(), name, &PassInfo::name);
  return found == known_passes().end() ? nullptr : &*found;
}

std::string names_of_passes() {
  std::string text;
  for (const PassInfo& pass : known_passes()) text += (text.empty() ? "" : ", ") + pass.name;
  return text;
}

core::Result<void> add_parameter(const PassInfo& info, const std::string& text, PassCall& call) {
  const auto equals = text.find('=');
  const std::string name = text.substr(0, equals);
  const bool known = std::ranges::find(info.parameters, name, &PassInfo::Parameter::name) != info.parameters.end();
  if (!known) {
    std::string names;
    for (const auto& parameter : info.parameters) names += (names.empty() ? "" : ", ") + parameter.name;
    return core::usage("recipe: '" + info.name + "' has no parameter '" + name + "'" +
                       (names.empty() ? "" : "; it has " + names));
  }
  if (equals == std::string::npos || equals + 1 == text.size()) {
    return core::usage("recipe: '" + info.name + ":" + name + "' needs a value, like '" + name + "=…'");
  }
  if (!call.parameters.emplace(name, text.substr(equals + 1)).second) {
    return core::usage("recipe: '" + info.name + ":" + name + "' is given twice");
  }
  return {};
}

core::Result<PassCall> parse_call(std::string_view text) {
  const std::vector<std::string> parts = split(text, ':');
  const auto equals = parts[0].find('=');
  PassCall call;
  call.pass = parts[0].substr(0, equals);
  const PassInfo* info = find(call.pass);
  if (info == nullptr) {
    return core::usage("recipe: there is no pass '" + call.pass.substr(0, 60) + "'; there are " + names_of_passes());
  }
  if (equals != std::string::npos) call.value = parts[0].substr(equals + 1);
  if (info->value.empty() != call.value.empty() || (info->value.empty() && equals != std::string::npos)) {
    return core::usage("recipe: write '" + info->name + (info->value.empty() ? "" : "=" + info->value) + "'");
  }
  for (std::size_t k = 1; k < parts.size(); ++k) TRY(add_parameter(*info, parts[k], call));
  return call;
}

}  // namespace

const std::vector<PassInfo>& known_passes() {
  static const PassInfo::Parameter graph_parts = {"parts", "unet+vae_decoder", "folders of the graphs, joined by '+'"};
  static const std::vector<PassInfo> passes = {
      {"bake",
       "",
       "fix the batch size and store the graphs as the runtime has optimised them (faster to load)",
       {{"parts", "text_encoder+text_encoder_2+unet+vae_decoder", "folders of the graphs, joined by '+'"},
        {"level", "extended", "basic or extended; higher levels depend on the processor"}}},
      {"fixed-batch", "", "promise the runtime the batch size of one request", {}},
      {"fp16-weights",
       "",
       "store weights in half precision: half the size, same arithmetic",
       {{"parts", "text_encoder+text_encoder_2+unet+vae_decoder", "folders of the graphs, joined by '+'"}}},
      {"guidance", "G", "default guidance scale", {}},
      {"int8-dynamic",
       "",
       "8-bit matrix products with ranges measured in each run",
       {{"parts", "text_encoder+text_encoder_2+unet", "folders of the graphs, joined by '+'"},
        {"min-weights", "512", "elements; smaller weights stay in floating point"}}},
      {"int8-static",
       "",
       "8-bit convolutions with ranges calibrated on the model's own runs",
       {graph_parts,
        {"operators", "Conv", "of Conv, MatMul and Gemm, joined by '+'"},
        {"calibration", "minmax", "minmax or percentile"},
        {"percentile", "99.99", "of the values of one run, for calibration=percentile"},
        {"prompts", "8", "runs to calibrate on"},
        {"steps", "8", "denoising steps of each of them"},
        {"min-weights", "512", "elements; smaller weights stay in floating point"},
        {"keep", "", "names of nodes that stay in floating point, joined by '+'"}}},
      {"optimization", "LEVEL", "how far the runtime optimises graphs: disabled, basic, extended or all", {}},
      {"scheduler",
       "NAME",
       "euler, euler-a, ddim, dpmpp-2m, dpmpp-2m-karras, dpmpp-2m-sde or lcm, with the trained noise schedule",
       {}},
      {"steps", "N", "default number of denoising steps", {}},
      {"threads", "N", "threads for one operator; 0 lets the runner decide", {}},
  };
  return passes;
}

core::Result<Recipe> parse_recipe(std::string_view text) {
  if (text.empty()) return core::usage("recipe: name at least one pass of " + names_of_passes());
  if (text.size() > kMaxText) return core::usage("recipe: longer than " + std::to_string(kMaxText) + " characters");
  Recipe recipe;
  std::set<std::string> seen;
  for (const std::string& part : split(text, ',')) {
    PassCall call = TRY(parse_call(part));
    if (!seen.insert(call.pass).second) return core::usage("recipe: '" + call.pass + "' stands there twice");
    recipe.calls.push_back(std::move(call));
  }
  return recipe;
}

std::string to_text(const Recipe& recipe) {
  std::string text;
  for (const PassCall& call : recipe.calls) {
    text += (text.empty() ? "" : ",") + call.pass + (call.value.empty() ? "" : "=" + call.value);
    for (const auto& [name, value] : call.parameters) text += ":" + name + "=" + value;
  }
  return text;
}

}  // namespace noonmark::passes
