#pragma once

#include "model/onnx/internal/api.h"
#include "model/onnx/session.h"

namespace noonmark::onnx {

/// The library's options for our settings. Fails: invalid (thread counts, sizes), unavailable (execution provider).
core::Result<Handle<OrtSessionOptions>> make_options(const Runtime::State& runtime, const SessionSettings& settings);

}  // namespace noonmark::onnx
