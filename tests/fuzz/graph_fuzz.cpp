#include "base/core/check.h"
#include "model/graph/inspect.h"
#include "model/graph/rewrite.h"

// No input makes inspection fail in another way than by saying so, and what it accepts stays acceptable when rewritten.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace noonmark;
  graph::Limits limits;
  limits.memory_bytes = 256 << 20;
  limits.elements = 100'000;
  limits.nodes = 10'000;
  const auto report = graph::inspect({data, size}, "unet/model.onnx", nullptr, limits);
  if (!report.ok()) return 0;
  CHECK(report->nodes <= limits.nodes && report->depth <= limits.depth && report->tensors <= limits.tensors);
  const auto rewritten = graph::store_weights_as_half({data, size}, 4);
  if (!rewritten.ok()) return 0;  // model-local functions
  const auto again = graph::inspect(*rewritten);
  CHECK(again.ok(), "a rewritten graph isn't accepted");
  return 0;
}
