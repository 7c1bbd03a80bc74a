#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "base/core/bytes.h"
#include "base/core/result.h"
#include "model/graph/inspect.h"

// Rewrites of one ONNX file: bytes in, bytes out, pure functions. Each inspects its input first.
// Common failures: as inspect(); invalid when the model has external data or local functions.

namespace noonmark::graph {

/// Adds these float values of the main graph as outputs, without a declared shape. Unknown names are an error.
core::Result<core::Bytes> expose_outputs(core::ByteView model, std::span<const std::string> names);

/// Gives symbolic dimensions of inputs and outputs ("batch") a fixed size, and drops stale intermediate shapes.
/// Fails: not_found when no input has such a symbol.
core::Result<core::Bytes> fix_dimensions(core::ByteView model, const std::map<std::string, std::int64_t>& sizes);

/// What a rewrite of the weights did.
struct RewriteSummary {
  std::size_t changed = 0;         ///< nodes or tensors rewritten
  std::size_t left = 0;            ///< candidates left as they were
  std::uint64_t bytes_before = 0;  ///< of the ONNX file
  std::uint64_t bytes_after = 0;
};

/// Stores float32 weights of at least `min_elements` elements as float16, cast back to float32 in the graph; the
/// runtime folds the cast when it loads the model, so results change by rounding only and speed doesn't. Weights beyond
/// ±65504 stay float32.
core::Result<core::Bytes> store_weights_as_half(core::ByteView model, std::size_t min_elements = 64,
                                                RewriteSummary* summary = nullptr);

}  // namespace noonmark::graph
