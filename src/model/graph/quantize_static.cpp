#include <algorithm>
#include <cmath>
#include <utility>

#include "model/graph/internal/weights.h"
#include "model/graph/quantize.h"

namespace noonmark::graph {
namespace {

using internal::Candidate;
using internal::Editor;
using internal::make_node;
using internal::shown;

constexpr float kLargestBias = 1 << 30;  // of an int32 bias, with room for the sum of products

/// Scale and zero point of an unsigned 8-bit activation.
struct Step {
  float scale = 1;
  std::uint8_t zero = 0;
};

core::Result<Step> step_of(const Range& range, const std::string& name) {
  if (!std::isfinite(range.low) || !std::isfinite(range.high)) {
    return core::invalid("the calibrated range of " + shown(name) + " isn't finite");
  }
  const float low = std::min(range.low, 0.0f), high = std::max(range.high, 0.0f);  // zero must be exact (padding)
  Step step;
  step.scale = std::max((high - low) / 255.0f, 1e-8f);
  step.zero = static_cast<std::uint8_t>(std::clamp(std::nearbyint(-low / step.scale), 0.0f, 255.0f));
  return step;
}

class StaticQuantizer {
 public:
  StaticQuantizer(Editor& editor, const std::map<std::string, Range>& ranges, const QuantizeOptions& options)
      : editor_(editor), ranges_(ranges), options_(options) {}

  core::Result<void> run(RewriteSummary& summary) {
    // The nodes are moved out one by one, constants stay where they are until replace_nodes().
    const auto nodes = editor_.graph().node();
    for (const auto& node : nodes) {
      const auto found = internal::candidate(editor_, node, options_);
      if (!found) {
        nodes_.push_back(node);
      } else if (!ranges_.contains(node.input(0)) || !ranges_.contains(node.output(0)) || !constant_bias(node)) {
        nodes_.push_back(node);
        ++summary.left;
      } else {
        TRY(quantize(node, *found));
        ++summary.changed;
      }
    }
    editor_.replace_nodes(std::move(nodes_));
    return {};
  }

 private:
  static bool has_bias(const ::onnx::NodeProto& node) { return node.input_size() > 2 && !node.input(2).empty(); }

  bool constant_bias(const ::onnx::NodeProto& node) const {
    if (!has_bias(node)) return true;
    const auto* bias = editor_.constant(node.input(2));
    return bias != nullptr && bias->dims_size() == 1 && internal::float_values(*bias).has_value();
  }

  /// Q and DQ around a value; the result stands for `name` in 8 bits and is shared between its users.
  core::Result<std::string> quantized_input(const std::string& name) {
    if (const auto known = inputs_.find(name); known != inputs_.end()) return known->second;
    const Step step = TRY(step_of(ranges_.at(name), name));
    return inputs_[name] = round_trip(name, editor_.fresh(name + "_dq"), step);
  }

  /// from → Q → DQ → to.
  std::string round_trip(const std::string& from, const std::string& to, const Step& step) {
    const std::string scale = editor_.add(from + "_scale", Constant::scalar(step.scale));
    const std::string zero = editor_.add(from + "_zero", Constant::scalar(step.zero));
    const std::string stored = editor_.fresh(from + "_q");
    nodes_.push_back(make_node("QuantizeLinear", {from, scale, zero}, {stored}));
    nodes_.push_back(make_node("DequantizeLinear", {stored, scale, zero}, {to}));
    return to;
  }

  /// Scales below this would make an int32 bias overflow: channels whose weights are (nearly) all zero.
  std::vector<float> least_scales(const std::vector<float>& bias, float input_scale) const {
    std::vector<float> least(bias.size());
    for (std::size_t k = 0; k < bias.size(); ++k) least[k] = std::abs(bias[k]) / (input_scale * kLargestBias);
    return least;
  }

  std::string quantized_weight(const Candidate& found, const internal::QuantizedWeight& weight,
                               const std::string& stem) {
    const auto count = static_cast<std::int64_t>(weight.scales.size());
    const std::vector<std::int64_t> shape(found.weight->dims().begin(), found.weight->dims().end());
    const std::vector<std::int8_t> zeros(weight.scales.size(), 0);
    auto node = make_node("DequantizeLinear",
                          {editor_.add(stem + "_weight", Constant::of<std::int8_t>(shape, weight.values)),
                           editor_.add(stem + "_weight_scale", Constant::of<float>({count}, weight.scales)),
                           editor_.add(stem + "_weight_zero", Constant::of<std::int8_t>({count}, zeros))},
                          {editor_.fresh(stem + "_weight_dq")});
    internal::set_attribute(node, "axis", found.axis);
    nodes_.push_back(node);
    return node.output(0);
  }

  std::string quantized_bias(const std::vector<float>& bias, const internal::QuantizedWeight& weight, float input_scale,
                             const std::string& stem) {
    const auto count = static_cast<std::int64_t>(bias.size());
    std::vector<float> scales(bias.size());
    std::vector<std::int32_t> values(bias.size());
    for (std::size_t k = 0; k < bias.size(); ++k) {
      scales[k] = input_scale * weight.scales[k];
      const double steps = std::nearbyint(static_cast<double>(bias[k]) / scales[k]);
      values[k] = static_cast<std::int32_t>(std::clamp(steps, -2.0 * kLargestBias + 1, 2.0 * kLargestBias - 1));
    }
    const std::vector<std::int32_t> zeros(bias.size(), 0);
    auto node = make_node("DequantizeLinear",
                          {editor_.add(stem + "_bias", Constant::of<std::int32_t>({count}, values)),
                           editor_.add(stem + "_bias_scale", Constant::of<float>({count}, scales)),
                           editor_.add(stem + "_bias_zero", Constant::of<std::int32_t>({count}, zeros))},
                          {editor_.fresh(stem + "_bias_dq")});
    internal::set_attribute(node, "axis", std::int64_t{0});
    nodes_.push_back(node);
    return node.output(0);
  }

  core::Result<void> quantize(const ::onnx::NodeProto& node, const Candidate& found) {
    const std::string& stem = node.output(0);
    const std::string input = TRY(quantized_input(node.input(0)));
    const float input_scale = TRY(step_of(ranges_.at(node.input(0)), node.input(0))).scale;
    const Step output = TRY(step_of(ranges_.at(stem), stem));
    std::vector<float> bias;
    if (has_bias(node)) bias = *internal::float_values(*editor_.constant(node.input(2)));
    if (!bias.empty() && bias.size() != internal::channels(found)) {
      return core::corrupt("the bias of " + shown(node) + " doesn't fit its weight");
    }
    const auto weight = internal::quantize_weight(found, options_.weight_bits, least_scales(bias, input_scale));
    ::onnx::NodeProto changed = node;
    changed.set_input(0, input);
    changed.set_input(1, quantized_weight(found, weight, stem));
    if (!bias.empty()) changed.set_input(2, quantized_bias(bias, weight, input_scale, stem));
    const std::string raw = editor_.fresh(stem + "_raw");
    changed.set_output(0, raw);
    nodes_.push_back(std::move(changed));
    round_trip(raw, stem, output);
    return {};
  }

  Editor& editor_;
  const std::map<std::string, Range>& ranges_;
  const QuantizeOptions& options_;
  std::vector<::onnx::NodeProto> nodes_;
  std::map<std::string, std::string> inputs_;  // value → its quantised stand-in
};

}  // namespace

core::Result<std::vector<std::string>> quantizable_nodes(core::ByteView model, const QuantizeOptions& options) {
  Editor editor = TRY(Editor::open(model, {}));
  std::vector<std::string> names;
  for (const auto& node : editor.graph().node()) {
    if (internal::candidate(editor, node, options)) names.push_back(node.name());
  }
  return names;
}

core::Result<std::vector<std::string>> observed_values(core::ByteView model, const QuantizeOptions& options) {
  Editor editor = TRY(Editor::open(model, {}));
  std::set<std::string> values;
  for (const auto& node : editor.graph().node()) {
    if (!internal::candidate(editor, node, options)) continue;
    values.insert(node.input(0));
    values.insert(node.output(0));
  }
  for (const auto& input : editor.graph().input()) values.erase(input.name());
  return std::vector<std::string>(values.begin(), values.end());
}

core::Result<core::Bytes> quantize_static(core::ByteView model, const std::map<std::string, Range>& ranges,
                                          const QuantizeOptions& options, RewriteSummary* summary) {
  Editor editor = TRY(Editor::open(model, {}));
  if (editor.opset() < 13) return core::invalid("operator set 13 or later is needed; export the model anew");
  RewriteSummary counted{.bytes_before = model.size()};
  TRY(StaticQuantizer(editor, ranges, options).run(counted));
  core::Bytes bytes = TRY(editor.finish());
  counted.bytes_after = bytes.size();
  if (summary != nullptr) *summary = counted;
  return bytes;
}

}  // namespace noonmark::graph
