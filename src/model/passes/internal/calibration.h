#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/graph/quantize.h"
#include "model/passes/internal/pass.h"

namespace noonmark::passes::internal {

/// How ranges are measured.
struct CalibrationSettings {
  std::vector<std::string> parts;
  graph::QuantizeOptions quantize;
  bool percentile = false;
  double share = 0.9999;  ///< of the values of one run that a range must hold, when percentile
  int prompts = 8;
  int steps = 8;
};

/// Ranges by part and value name.
using Ranges = std::map<std::string, std::map<std::string, graph::Range>>;

/// Runs the workspace's package on several prompts and watches the values that static quantisation needs: beside each
/// run of a part, a copy of its graph with more outputs runs on the same inputs. Seeds are fixed. Fails: as opening and
/// running the pipeline.
core::Result<Ranges> calibrate(Context& context, const CalibrationSettings& settings);

/// Texts to calibrate on: the caller's, the package's prompts.txt, or a built-in list; repeated to `count`.
core::Result<std::vector<std::string>> calibration_prompts(const Context& context, int count);

}  // namespace noonmark::passes::internal
