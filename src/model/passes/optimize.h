#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "model/onnx/runtime.h"
#include "model/package/package.h"
#include "model/passes/recipe.h"

namespace noonmark::passes {

/// How the result is labelled.
struct Label {
  std::string name;         ///< empty: the source's name and the passes, shortened
  std::string version;      ///< empty: the source's
  std::string description;  ///< empty: tells the recipe
};

/// One pass after it was applied, in a sentence with its numbers.
struct Applied {
  std::string pass;
  std::string detail;
};

struct Outcome {
  package::Manifest manifest;  ///< unsigned; `parent` is the source's digest
  std::vector<Applied> applied;
};

struct OptimizeOptions {
  Label label;
  /// Texts like those that the model will be asked for, for calibration. Empty: the lines of the package's prompts.txt,
  /// or else a built-in list.
  std::vector<std::string> prompts;
};

/// Told before each pass, and within long ones; `part` of `parts` is done.
using OnProgress = std::function<void(const std::string& pass, int part, int parts)>;

/// Applies `recipe` to `source` and writes a new package to `target`, which must not exist or be empty. The source is
/// never changed. Static quantisation runs the model itself (on the CPU) to calibrate; everything is deterministic.
/// On failure `target` is removed again.
/// Fails: usage (a value out of range, or passes in an order that can't work), conflict (`target` isn't empty), invalid
/// (graphs that can't be rewritten), as the folders below.
core::Result<Outcome> optimize(const package::Package& source, const Recipe& recipe,
                               const std::filesystem::path& target, const onnx::Runtime& runtime,
                               const OptimizeOptions& options = {}, const OnProgress& on_progress = {});

/// Copies every listed file of `source` to `target` and describes it anew with these settings: the empty recipe.
/// Fails: conflict (`target` isn't empty), as Package::copy_file.
core::Result<package::Manifest> copy_package(const package::Package& source, const std::filesystem::path& target,
                                             const Label& label);

}  // namespace noonmark::passes
