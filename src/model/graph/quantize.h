#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/result.h"
#include "model/graph/rewrite.h"

namespace noonmark::graph {

/// The values that an activation takes, measured on calibration runs.
struct Range {
  float low = 0, high = 0;
};

/// Which operators become 8-bit integer arithmetic.
struct QuantizeOptions {
  std::set<std::string> operators = {"Conv"};  ///< of Conv, MatMul, Gemm (with constant weights)
  std::size_t min_weights = 512;               ///< elements; smaller weights aren't worth the conversions around them
  std::set<std::string> keep;                  ///< names of nodes that stay in floating point
  int weight_bits = 8;                         ///< 7 avoids saturation on processors without VNNI
};

/// Names of nodes that quantise_static() would take, in graph order.
core::Result<std::vector<std::string>> quantizable_nodes(core::ByteView model, const QuantizeOptions& options = {});

/// Values whose ranges quantize_static() needs: inputs and outputs of those nodes, without graph inputs.
core::Result<std::vector<std::string>> observed_values(core::ByteView model, const QuantizeOptions& options = {});

/// Static 8-bit quantisation in the form that ONNX Runtime fuses into integer kernels: activations unsigned with one
/// scale and zero point, weights signed and symmetric per output channel,
///   DQ(Q(x)), DQ(w), DQ(int32 bias) → operator → Q → DQ.
/// A convolution without the quantised bias or the Q behind it stays unfused and is slower than float.
/// Nodes whose input or output has no range are left alone. r = scale·(q − zero_point) (ONNX QuantizeLinear).
/// Fails: invalid (range that isn't finite, operator set below 13).
core::Result<core::Bytes> quantize_static(core::ByteView model, const std::map<std::string, Range>& ranges,
                                          const QuantizeOptions& options = {}, RewriteSummary* summary = nullptr);

/// Dynamic 8-bit quantisation: the activation's range is measured in every run (DynamicQuantizeLinear, MatMulInteger).
/// For MatMul and Gemm only, so name them in the options: ConvInteger is several times slower than float convolution.
/// Fails: invalid (Conv among the operators, operator set below 11).
core::Result<core::Bytes> quantize_dynamic(core::ByteView model, const QuantizeOptions& options,
                                           RewriteSummary* summary = nullptr);

}  // namespace noonmark::graph
