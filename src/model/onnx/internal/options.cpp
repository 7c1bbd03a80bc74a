#include "model/onnx/internal/options.h"

#include <algorithm>

namespace noonmark::onnx {
namespace {

constexpr int kMaxThreads = 256;

GraphOptimizationLevel level(Optimization optimization) {
  switch (optimization) {
    case Optimization::disabled:
      return ORT_DISABLE_ALL;
    case Optimization::basic:
      return ORT_ENABLE_BASIC;
    case Optimization::extended:
      return ORT_ENABLE_EXTENDED;
    case Optimization::all:
      return ORT_ENABLE_ALL;
  }
  CHECK(false, "not an optimisation level");
}

core::Result<void> append_cuda(const Runtime::State& runtime, OrtSessionOptions* options) {
  const OrtApi& api = *runtime.api;
  OrtCUDAProviderOptionsV2* raw = nullptr;
  TRY(runtime.take(api.CreateCUDAProviderOptions(&raw)));
  const Handle<OrtCUDAProviderOptionsV2> cuda(raw, api.ReleaseCUDAProviderOptions);
  return runtime.take(api.SessionOptionsAppendExecutionProvider_CUDA_V2(options, cuda.get()));
}

core::Result<void> append_tensorrt(const Runtime::State& runtime, OrtSessionOptions* options) {
  const OrtApi& api = *runtime.api;
  OrtTensorRTProviderOptionsV2* raw = nullptr;
  TRY(runtime.take(api.CreateTensorRTProviderOptions(&raw)));
  const Handle<OrtTensorRTProviderOptionsV2> tensorrt(raw, api.ReleaseTensorRTProviderOptions);
  return runtime.take(api.SessionOptionsAppendExecutionProvider_TensorRT_V2(options, tensorrt.get()));
}

core::Result<void> append_provider(const Runtime::State& runtime, OrtSessionOptions* options, const std::string& name) {
  if (name == "cpu") return {};
  const auto& known = runtime.providers;
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    std::string list;
    for (const std::string& provider : known) list += (list.empty() ? "" : ", ") + provider;
    return core::unavailable("ONNX Runtime " + runtime.version + " has no execution provider \"" + name +
                             "\" (it has: " + list + "); choose another or install a library that has it");
  }
  const auto unusable = [&](const core::Result<void>& result) -> core::Result<void> {
    if (result.ok()) return {};
    return core::unavailable("execution provider \"" + name + "\" does not start here: " + result.error().message);
  };
  if (name == "cuda") return unusable(append_cuda(runtime, options));
  if (name == "tensorrt") return unusable(append_tensorrt(runtime, options));
  if (name == "coreml") {
    return unusable(
        runtime.take(runtime.api->SessionOptionsAppendExecutionProvider(options, "CoreML", nullptr, nullptr, 0)));
  }
  return core::unavailable("execution provider \"" + name + "\" is not supported; use cpu, cuda, tensorrt or coreml");
}

core::Result<void> check(const SessionSettings& settings) {
  if (settings.intra_op_threads < 0 || settings.intra_op_threads > kMaxThreads || settings.inter_op_threads < 0 ||
      settings.inter_op_threads > kMaxThreads) {
    return core::invalid("thread counts must be 0 to " + std::to_string(kMaxThreads));
  }
  for (const auto& [symbol, size] : settings.free_dimensions) {
    if (symbol.empty() || symbol.size() > 256 || size < 1) {
      return core::invalid("a free dimension needs a name and a size of at least 1: \"" + symbol +
                           "\" = " + std::to_string(size));
    }
  }
  return {};
}

}  // namespace

core::Result<Handle<OrtSessionOptions>> make_options(const Runtime::State& runtime, const SessionSettings& settings) {
  TRY(check(settings));
  const OrtApi& api = *runtime.api;
  OrtSessionOptions* raw = nullptr;
  TRY(runtime.take(api.CreateSessionOptions(&raw)));
  Handle<OrtSessionOptions> options(raw, api.ReleaseSessionOptions);
  TRY(runtime.take(api.SetIntraOpNumThreads(raw, settings.intra_op_threads)));
  TRY(runtime.take(api.SetInterOpNumThreads(raw, settings.inter_op_threads)));
  TRY(runtime.take(api.SetSessionExecutionMode(raw, settings.parallel_execution ? ORT_PARALLEL : ORT_SEQUENTIAL)));
  TRY(runtime.take(api.SetSessionGraphOptimizationLevel(raw, level(settings.optimization))));
  TRY(runtime.take(settings.memory_pattern ? api.EnableMemPattern(raw) : api.DisableMemPattern(raw)));
  TRY(runtime.take(settings.memory_arena ? api.EnableCpuMemArena(raw) : api.DisableCpuMemArena(raw)));
  const char* spinning = settings.spinning ? "1" : "0";
  TRY(runtime.take(api.AddSessionConfigEntry(raw, "session.intra_op.allow_spinning", spinning)));
  TRY(runtime.take(api.AddSessionConfigEntry(raw, "session.inter_op.allow_spinning", spinning)));
  for (const auto& [symbol, size] : settings.free_dimensions) {
    TRY(runtime.take(api.AddFreeDimensionOverrideByName(raw, symbol.c_str(), size)));
  }
  if (!settings.optimized_model.empty()) {
    TRY(runtime.take(api.SetOptimizedModelFilePath(raw, settings.optimized_model.c_str())));
  }
  TRY(append_provider(runtime, raw, settings.execution_provider));
  return options;
}

}  // namespace noonmark::onnx
