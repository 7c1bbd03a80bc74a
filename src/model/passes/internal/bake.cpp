#include <filesystem>

#include "base/core/files.h"
#include "model/graph/rewrite.h"
#include "model/onnx/session.h"
#include "model/passes/internal/pass.h"

namespace noonmark::passes::internal {

// The stored graph holds operators of the runtime's own domain (com.microsoft) up to level "extended", which any build
// of ONNX Runtime of this version or later runs. Level "all" would freeze memory layouts chosen for this processor, so
// it isn't offered; the runtime still applies it when it loads the baked graph.
core::Result<std::string> bake(const PassCall& call, Context& context) {
  const std::string level = parameter(call, "level");
  if (level != "basic" && level != "extended") return core::usage("recipe: 'bake:level' must be basic or extended");
  const std::vector<std::string> parts = TRY(parts_of(call, context));
  const core::TempDir folder = TRY(core::TempDir::create("noonmark-bake"));
  package::Description& draft = context.workspace.draft();
  std::size_t before = 0, after = 0;
  for (const std::string& part : parts) {
    const std::string path = Workspace::graph_of(part);
    core::Bytes graph = TRY(context.workspace.read(path));
    const std::string symbol = TRY(batch_symbol(graph).context(path));
    if (!symbol.empty()) graph = TRY(graph::fix_dimensions(graph, {{symbol, rows_of(part, draft.defaults)}}));
    before += TRY(graph::inspect(graph)).nodes;
    onnx::SessionSettings settings;
    settings.optimization = level == "basic" ? onnx::Optimization::basic : onnx::Optimization::extended;
    settings.optimized_model = folder.path() / (part + ".onnx");
    TRY(onnx::Session::open(context.runtime, core::ByteView(graph), settings).context(path));
    const core::Bytes baked = TRY(core::read_file(settings.optimized_model, 2ull << 30));
    after += TRY(graph::inspect(baked).context("the optimised graph of " + part)).nodes;
    TRY(context.workspace.write(path, baked));
    draft.runtime.free_dimensions.erase(part);
  }
  draft.runtime.prefer_fixed_batch = true;
  return std::to_string(before) + " nodes → " + std::to_string(after) + ", batch size fixed";
}

}  // namespace noonmark::passes::internal
