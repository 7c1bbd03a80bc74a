// Passes that rewrite graphs without running them.
#include "model/graph/quantize.h"
#include "model/graph/rewrite.h"
#include "model/passes/internal/pass.h"

namespace noonmark::passes::internal {
namespace {

std::string kilobytes(std::uint64_t bytes) { return std::to_string((bytes + 500) / 1000) + " kB"; }

std::string told(const graph::RewriteSummary& total, const std::string& what) {
  std::string text = std::to_string(total.changed) + " " + what;
  if (total.left != 0) text += ", " + std::to_string(total.left) + " left as they were";
  return text + ", " + kilobytes(total.bytes_before) + " → " + kilobytes(total.bytes_after);
}

using Rewrite = std::function<core::Result<core::Bytes>(core::ByteView, graph::RewriteSummary*)>;

/// Applies `rewrite` to each part's graph.
core::Result<graph::RewriteSummary> rewrite_parts(const PassCall& call, Context& context, const Rewrite& rewrite) {
  graph::RewriteSummary total;
  for (const std::string& part : TRY(parts_of(call, context))) {
    const std::string path = Workspace::graph_of(part);
    const core::Bytes before = TRY(context.workspace.read(path));
    graph::RewriteSummary one;
    const core::Bytes after = TRY(rewrite(before, &one).context(path));
    TRY(context.workspace.write(path, after));
    total.changed += one.changed;
    total.left += one.left;
    total.bytes_before += one.bytes_before;
    total.bytes_after += one.bytes_after;
  }
  return total;
}

}  // namespace

core::Result<std::string> store_half(const PassCall& call, Context& context) {
  const auto rewrite = [](core::ByteView model, graph::RewriteSummary* summary) {
    return graph::store_weights_as_half(model, 64, summary);
  };
  const graph::RewriteSummary total = TRY(rewrite_parts(call, context, rewrite));
  return told(total, "tensors in half precision");
}

core::Result<std::string> quantize_dynamic(const PassCall& call, Context& context) {
  graph::QuantizeOptions options;
  options.operators = {"MatMul", "Gemm"};
  options.min_weights = static_cast<std::size_t>(TRY(integer_parameter(call, "min-weights", 1, 1 << 30)));
  const auto rewrite = [&](core::ByteView model, graph::RewriteSummary* summary) {
    return graph::quantize_dynamic(model, options, summary);
  };
  const graph::RewriteSummary total = TRY(rewrite_parts(call, context, rewrite));
  return told(total, "matrix products in 8 bits");
}

}  // namespace noonmark::passes::internal
