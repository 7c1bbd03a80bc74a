#include "model/graph/quantize.h"
#include "model/passes/internal/calibration.h"
#include "model/passes/internal/pass.h"

namespace noonmark::passes::internal {
namespace {

core::Result<CalibrationSettings> settings_of(const PassCall& call, const Context& context) {
  CalibrationSettings settings;
  settings.parts = TRY(parts_of(call, context));
  settings.prompts = static_cast<int>(TRY(integer_parameter(call, "prompts", 1, 1000)));
  settings.steps = static_cast<int>(TRY(integer_parameter(call, "steps", 1, 100)));
  const std::string method = parameter(call, "calibration");
  if (method != "minmax" && method != "percentile") {
    return core::usage("recipe: 'int8-static:calibration' must be minmax or percentile");
  }
  settings.percentile = method == "percentile";
  const std::string share = parameter(call, "percentile");
  settings.share = TRY(parse_number(share, "'int8-static:percentile'", 50, 100)) / 100;
  settings.quantize.min_weights = static_cast<std::size_t>(TRY(integer_parameter(call, "min-weights", 1, 1 << 30)));
  settings.quantize.operators.clear();
  for (const std::string& name : list_of(parameter(call, "operators"))) {
    if (name != "Conv" && name != "MatMul" && name != "Gemm") {
      return core::usage("recipe: 'int8-static:operators' must be of Conv, MatMul and Gemm, joined by '+'");
    }
    settings.quantize.operators.insert(name);
  }
  for (const std::string& name : list_of(parameter(call, "keep"))) settings.quantize.keep.insert(name);
  return settings;
}

}  // namespace

core::Result<std::string> quantize_static(const PassCall& call, Context& context) {
  const CalibrationSettings settings = TRY(settings_of(call, context));
  const Ranges ranges = TRY(calibrate(context, settings));
  graph::RewriteSummary total;
  for (const auto& [part, values] : ranges) {
    const std::string path = Workspace::graph_of(part);
    const core::Bytes before = TRY(context.workspace.read(path));
    graph::RewriteSummary one;
    const core::Bytes after = TRY(graph::quantize_static(before, values, settings.quantize, &one).context(path));
    TRY(context.workspace.write(path, after));
    total.changed += one.changed;
    total.left += one.left;
    total.bytes_before += one.bytes_before;
    total.bytes_after += one.bytes_after;
  }
  if (total.changed == 0) return core::invalid("int8-static: no operator could be quantised");
  return std::to_string(total.changed) + " operators in 8 bits, calibrated on " + std::to_string(settings.prompts) +
         " images (" + (settings.percentile ? "percentile" : "least and greatest values") + "), " +
         std::to_string(total.bytes_before / 1000) + " kB → " + std::to_string(total.bytes_after / 1000) + " kB";
}

}  // namespace noonmark::passes::internal
