#include "model/graph/internal/weights.h"

#include <algorithm>
#include <cmath>

namespace noonmark::graph::internal {
namespace {

/// Visits each element with its channel: the weight as [outer, channels, inner].
template <class Visit>
void for_each_element(const Candidate& candidate, Visit visit) {
  std::size_t inner = 1;
  for (int k = static_cast<int>(candidate.axis) + 1; k < candidate.weight->dims_size(); ++k) {
    inner *= static_cast<std::size_t>(candidate.weight->dims(k));
  }
  const std::size_t count = channels(candidate);
  for (std::size_t at = 0; at < candidate.values.size(); ++at) visit(at, at / inner % count);
}

/// Which dimension of the weight counts output channels; nothing when the node's form isn't handled.
std::optional<std::int64_t> channel_axis(const ::onnx::NodeProto& node, const ::onnx::TensorProto& weight) {
  if (node.op_type() == "Conv") return weight.dims_size() >= 3 ? std::optional<std::int64_t>(0) : std::nullopt;
  if (weight.dims_size() != 2) return std::nullopt;
  if (node.op_type() == "MatMul") return 1;
  const bool plain = attribute_or(node, "alpha", 1.0f) == 1.0f && attribute_or(node, "beta", 1.0f) == 1.0f &&
                     attribute_or(node, "transA", std::int64_t{0}) == 0;
  if (node.op_type() != "Gemm" || !plain) return std::nullopt;
  return attribute_or(node, "transB", std::int64_t{0}) != 0 ? 0 : 1;
}

}  // namespace

std::size_t channels(const Candidate& candidate) {
  return static_cast<std::size_t>(candidate.weight->dims(static_cast<int>(candidate.axis)));
}

std::optional<Candidate> candidate(const Editor& editor, const ::onnx::NodeProto& node,
                                   const QuantizeOptions& options) {
  if (!node.domain().empty() || !options.operators.contains(node.op_type())) return std::nullopt;
  if (options.keep.contains(node.name()) || node.input_size() < 2 || node.output_size() != 1) return std::nullopt;
  Candidate found;
  found.weight = editor.constant(node.input(1));
  if (found.weight == nullptr) return std::nullopt;
  const auto axis = channel_axis(node, *found.weight);
  auto values = float_values(*found.weight);
  if (!axis || !values || values->empty() || values->size() < options.min_weights) return std::nullopt;
  found.axis = *axis;
  found.values = std::move(*values);
  return found;
}

QuantizedWeight quantize_weight(const Candidate& candidate, int bits, const std::vector<float>& least_scales) {
  const auto most = static_cast<float>((1 << (bits - 1)) - 1);
  QuantizedWeight result;
  std::vector<float> largest(channels(candidate), 0.0f);
  for_each_element(candidate, [&](std::size_t at, std::size_t channel) {
    largest[channel] = std::max(largest[channel], std::abs(candidate.values[at]));
  });
  result.scales.resize(largest.size());
  for (std::size_t k = 0; k < largest.size(); ++k) {
    result.scales[k] = std::max(largest[k] / most, 1e-12f);
    if (!least_scales.empty()) result.scales[k] = std::max(result.scales[k], least_scales[k]);
  }
  result.values.resize(candidate.values.size());
  for_each_element(candidate, [&](std::size_t at, std::size_t channel) {
    const float scaled = std::nearbyint(candidate.values[at] / result.scales[channel]);
    result.values[at] = static_cast<std::int8_t>(std::clamp(scaled, -most, most));
  });
  return result;
}

}  // namespace noonmark::graph::internal
