// Usage: model_onnx_telemetry_child off|as-shipped. Opens the runtime, runs a graph once, exits 0.
#include <array>
#include <cstdio>
#include <string_view>

#include "model/onnx/internal/test_graph.h"
#include "model/onnx/session.h"

namespace {

noonmark::core::Result<void> open_and_run(bool as_shipped) {
  using namespace noonmark::onnx;
  RuntimeSettings settings;
  settings.keep_vendor_telemetry = as_shipped;
  const auto runtime = TRY(Runtime::open(settings));
  const auto graph = add_graph(DataType::float32);
  const auto session = TRY(Session::open(*runtime, graph));
  const Tensor x = TRY(Tensor::create(DataType::float32, {1, 3}));
  TRY(session->run({{"x", x.view()}, {"y", x.view()}}, {"sum"}));
  return {};
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 2;
  const auto done = open_and_run(std::string_view(arguments[1]) == "as-shipped");
  if (!done.ok()) std::fprintf(stderr, "%s\n", done.error().message.c_str());
  return done.ok() ? 0 : 1;
}
