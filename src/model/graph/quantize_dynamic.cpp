#include <utility>

#include "model/graph/internal/weights.h"
#include "model/graph/quantize.h"

namespace noonmark::graph {
namespace {

using internal::Candidate;
using internal::Editor;
using internal::make_node;

class DynamicQuantizer {
 public:
  DynamicQuantizer(Editor& editor, const QuantizeOptions& options) : editor_(editor), options_(options) {}

  void run(RewriteSummary& summary) {
    const auto nodes = editor_.graph().node();
    for (const auto& node : nodes) {
      const auto found = internal::candidate(editor_, node, options_);
      if (!found) {
        nodes_.push_back(node);
        continue;
      }
      quantize(node, *found);
      ++summary.changed;
    }
    editor_.replace_nodes(std::move(nodes_));
  }

 private:
  /// Value, scale and zero point of an activation, measured at run time and shared between users.
  struct Measured {
    std::string value, scale, zero;
  };

  const Measured& measured(const std::string& name) {
    const auto [found, fresh] = inputs_.try_emplace(name);
    if (fresh) {
      found->second = {editor_.fresh(name + "_q"), editor_.fresh(name + "_scale"), editor_.fresh(name + "_zero")};
      nodes_.push_back(
          make_node("DynamicQuantizeLinear", {name}, {found->second.value, found->second.scale, found->second.zero}));
    }
    return found->second;
  }

  /// The weight as [K, N], which is what MatMulInteger multiplies by.
  static std::vector<std::int8_t> as_matrix(const Candidate& found, const std::vector<std::int8_t>& values) {
    if (found.axis == 1) return values;
    const auto columns = static_cast<std::size_t>(found.weight->dims(0));
    const auto rows = static_cast<std::size_t>(found.weight->dims(1));
    std::vector<std::int8_t> turned(values.size());
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t column = 0; column < columns; ++column)
        turned[row * columns + column] = values[column * rows + row];
    }
    return turned;
  }

  void quantize(const ::onnx::NodeProto& node, const Candidate& found) {
    const std::string& stem = node.output(0);
    const Measured input = measured(node.input(0));
    const auto weight = internal::quantize_weight(found, options_.weight_bits, {});
    const auto columns = static_cast<std::int64_t>(weight.scales.size());
    const auto rows = static_cast<std::int64_t>(weight.values.size()) / columns;
    const std::vector<std::int8_t> zeros(weight.scales.size(), 0);
    const std::string matrix =
        editor_.add(stem + "_weight", Constant::of<std::int8_t>({rows, columns}, as_matrix(found, weight.values)));
    const std::string zero = editor_.add(stem + "_weight_zero", Constant::of<std::int8_t>({columns}, zeros));
    const std::string scales = editor_.add(stem + "_weight_scale", Constant::of<float>({columns}, weight.scales));
    const auto next = [&](const char* suffix) { return editor_.fresh(stem + suffix); };
    const std::string sums = next("_int"), floats = next("_float"), scale = next("_out_scale");
    const bool biased = node.input_size() > 2 && !node.input(2).empty();
    const std::string product = biased ? next("_product") : stem;
    nodes_.push_back(make_node("MatMulInteger", {input.value, matrix, input.zero, zero}, {sums}));
    auto cast = make_node("Cast", {sums}, {floats});
    internal::set_attribute(cast, "to", std::int64_t{::onnx::TensorProto::FLOAT});
    nodes_.push_back(std::move(cast));
    nodes_.push_back(make_node("Mul", {input.scale, scales}, {scale}));
    nodes_.push_back(make_node("Mul", {floats, scale}, {product}));
    if (biased) nodes_.push_back(make_node("Add", {product, node.input(2)}, {stem}));
  }

  Editor& editor_;
  const QuantizeOptions& options_;
  std::vector<::onnx::NodeProto> nodes_;
  std::map<std::string, Measured> inputs_;
};

}  // namespace

core::Result<core::Bytes> quantize_dynamic(core::ByteView model, const QuantizeOptions& options,
                                           RewriteSummary* summary) {
  if (options.operators.contains("Conv")) {
    return core::invalid("dynamic quantisation of convolutions is slower than float; use the static one");
  }
  Editor editor = TRY(Editor::open(model, {}));
  if (editor.opset() < 11) return core::invalid("operator set 11 or later is needed; export the model anew");
  RewriteSummary counted{.bytes_before = model.size()};
  DynamicQuantizer(editor, options).run(counted);
  core::Bytes bytes = TRY(editor.finish());
  counted.bytes_after = bytes.size();
  if (summary != nullptr) *summary = counted;
  return bytes;
}

}  // namespace noonmark::graph
