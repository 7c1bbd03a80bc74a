#pragma once

#include <functional>
#include <string>
#include <vector>

#include "model/onnx/runtime.h"
#include "model/passes/internal/workspace.h"
#include "model/passes/optimize.h"
#include "model/passes/recipe.h"

namespace noonmark::passes::internal {

/// What a pass works with.
struct Context {
  Workspace& workspace;
  const onnx::Runtime& runtime;
  const OptimizeOptions& options;
  std::function<void(int part, int parts)> progress;
};

/// A pass: changes the workspace and tells in a sentence what it did.
using Pass = core::Result<std::string> (*)(const PassCall& call, Context& context);

core::Result<std::string> set_steps(const PassCall& call, Context& context);
core::Result<std::string> set_guidance(const PassCall& call, Context& context);
core::Result<std::string> set_scheduler(const PassCall& call, Context& context);
core::Result<std::string> set_threads(const PassCall& call, Context& context);
core::Result<std::string> set_optimization(const PassCall& call, Context& context);
core::Result<std::string> fix_batch(const PassCall& call, Context& context);
core::Result<std::string> store_half(const PassCall& call, Context& context);
core::Result<std::string> quantize_dynamic(const PassCall& call, Context& context);
core::Result<std::string> quantize_static(const PassCall& call, Context& context);
core::Result<std::string> fuse(const PassCall& call, Context& context);
core::Result<std::string> bake(const PassCall& call, Context& context);

/// A parameter's text, or its fallback from known_passes().
std::string parameter(const PassCall& call, const std::string& name);
/// The parameter as a whole number. Fails: usage.
core::Result<std::int64_t> integer_parameter(const PassCall& call, const std::string& name, std::int64_t least,
                                             std::int64_t most);
/// A text as a number. Fails: usage, naming `what`.
core::Result<double> parse_number(const std::string& text, const std::string& what, double least, double most);
/// "a+b" as a list; empty text is an empty list.
std::vector<std::string> list_of(const std::string& text);
/// The parts named by parameter "parts" that the package has. Fails: usage (none of them).
core::Result<std::vector<std::string>> parts_of(const PassCall& call, const Context& context);

/// The batch symbol of a graph's first dimension by input name; empty when it is fixed already.
core::Result<std::string> batch_symbol(core::ByteView graph);
/// Rows that one request gives this part: 2 for a U-Net with classifier-free guidance, else 1.
std::int64_t rows_of(const std::string& part, const package::Defaults& defaults);

}  // namespace noonmark::passes::internal
