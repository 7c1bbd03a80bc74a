#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/graph/internal/editor.h"
#include "model/graph/quantize.h"

namespace noonmark::graph::internal {

/// A node that can be quantised: its constant weight as a matrix of output channels.
struct Candidate {
  const ::onnx::TensorProto* weight = nullptr;
  std::int64_t axis = 0;  ///< the weight's dimension that counts output channels
  std::vector<float> values;
};

/// A weight in 8 bits, symmetric, one scale per output channel.
struct QuantizedWeight {
  std::vector<std::int8_t> values;  ///< in the layout of the weight
  std::vector<float> scales;        ///< one per channel
};

/// The candidate in `node`, or nothing when options, operator, attributes or weight rule it out.
std::optional<Candidate> candidate(const Editor& editor, const ::onnx::NodeProto& node, const QuantizeOptions& options);

/// `least_scales` (may be empty) are lower bounds per channel.
QuantizedWeight quantize_weight(const Candidate& candidate, int bits, const std::vector<float>& least_scales);

/// Channels of a candidate's output.
std::size_t channels(const Candidate& candidate);

}  // namespace noonmark::graph::internal
