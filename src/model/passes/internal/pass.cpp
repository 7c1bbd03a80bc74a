#include "model/passes/internal/pass.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "model/graph/inspect.h"

namespace noonmark::passes::internal {

std::string parameter(const PassCall& call, const std::string& name) {
  if (const auto given = call.parameters.find(name); given != call.parameters.end()) return given->second;
  const auto info = std::ranges::find(known_passes(), call.pass, &PassInfo::name);
  CHECK(info != known_passes().end(), "a pass that isn't known");
  const auto known = std::ranges::find(info->parameters, name, &PassInfo::Parameter::name);
  CHECK(known != info->parameters.end(), "a parameter that isn't known");
  return known->fallback;
}

core::Result<double> parse_number(const std::string& text, const std::string& what, double least, double most) {
  double value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = problem == std::errc() && end == text.data() + text.size();
  if (whole && std::isfinite(value) && value >= least && value <= most) return value;
  const auto shown = [](double number) {
    std::string digits = std::to_string(number);
    digits.erase(digits.find_last_not_of('0') + 1);
    if (digits.back() == '.') digits.pop_back();
    return digits;
  };
  return core::usage("recipe: " + what + " must be a number from " + shown(least) + " to " + shown(most) + ", not '" +
                     text.substr(0, 40) + "'");
}

core::Result<std::int64_t> integer_parameter(const PassCall& call, const std::string& name, std::int64_t least,
                                             std::int64_t most) {
  const std::string what = "'" + call.pass + ":" + name + "'";
  const double value =
      TRY(parse_number(parameter(call, name), what, static_cast<double>(least), static_cast<double>(most)));
  if (value != std::floor(value)) return core::usage("recipe: " + what + " must be a whole number");
  return static_cast<std::int64_t>(value);
}

std::vector<std::string> list_of(const std::string& text) {
  std::vector<std::string> items;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('+', at), text.size());
    if (end > at) items.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return items;
}

core::Result<std::vector<std::string>> parts_of(const PassCall& call, const Context& context) {
  const bool named = call.parameters.contains("parts");
  std::vector<std::string> found;
  for (const std::string& part : list_of(parameter(call, "parts"))) {
    if (context.workspace.has(Workspace::graph_of(part))) {
      found.push_back(part);
    } else if (named) {
      return core::usage("recipe: '" + call.pass + "': the package has no " + Workspace::graph_of(part));
    }
  }
  if (found.empty())
    return core::usage("recipe: '" + call.pass + "': the package has none of the parts that it is for");
  return found;
}

core::Result<std::string> batch_symbol(core::ByteView graph) {
  const graph::Report report = TRY(graph::inspect(graph));
  for (const graph::Value& input : report.inputs) {
    if (input.shape.size() >= 2) return input.shape[0].size >= 0 ? std::string() : input.shape[0].symbol;
  }
  return core::invalid("the graph has no input with a batch dimension");
}

std::int64_t rows_of(const std::string& part, const package::Defaults& defaults) {
  return part == "unet" && defaults.guidance_scale > 1 ? 2 : 1;
}

}  // namespace noonmark::passes::internal
