#include "model/graph/rewrite.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>

#include "model/graph/internal/editor.h"

namespace noonmark::graph {
namespace {

using internal::Editor;

/// IEEE 754 binary16, round to nearest even. Requires |value| <= 65504.
std::uint16_t half_of(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000u);
  const std::uint32_t magnitude = bits & 0x7fffffffu;
  const int exponent = static_cast<int>(magnitude >> 23) - 127 + 15;
  if (exponent < -10) return sign;  // below half of the smallest subnormal
  std::uint32_t mantissa = (magnitude & 0x7fffffu) | 0x800000u;
  const int shift = exponent > 0 ? 13 : 14 - exponent;
  const std::uint32_t half_way = 1u << (shift - 1);
  const std::uint32_t rest = mantissa & ((1u << shift) - 1);
  mantissa >>= shift;
  if (rest > half_way || (rest == half_way && (mantissa & 1u) != 0)) ++mantissa;
  // The hidden bit adds one to the exponent field; a carry out of the mantissa does the right thing too.
  const std::uint32_t field = exponent > 0 ? static_cast<std::uint32_t>(exponent - 1) << 10 : 0;
  return static_cast<std::uint16_t>(sign | (field + mantissa));
}

constexpr float kLargestHalf = 65504.0f;

}  // namespace

core::Result<core::Bytes> expose_outputs(core::ByteView model, std::span<const std::string> names) {
  Editor editor = TRY(Editor::open(model, {}));
  std::set<std::string> made;
  for (const auto& node : editor.graph().node()) made.insert(node.output().begin(), node.output().end());
  for (const std::string& name : names) {
    if (editor.is_output(name)) continue;
    if (!made.contains(name)) return core::not_found("no node makes the value " + internal::shown(name));
    auto* output = editor.graph().add_output();
    output->set_name(name);
    output->mutable_type()->mutable_tensor_type()->set_elem_type(::onnx::TensorProto::FLOAT);
  }
  return editor.finish();
}

core::Result<core::Bytes> fix_dimensions(core::ByteView model, const std::map<std::string, std::int64_t>& sizes) {
  Editor editor = TRY(Editor::open(model, {}));
  std::set<std::string> fixed;
  const auto fix = [&](::onnx::ValueInfoProto& value) {
    if (!value.type().tensor_type().has_shape()) return;
    for (auto& dimension : *value.mutable_type()->mutable_tensor_type()->mutable_shape()->mutable_dim()) {
      const auto size = sizes.find(dimension.dim_param());
      if (!dimension.has_dim_param() || size == sizes.end()) continue;
      dimension.set_dim_value(size->second);
      fixed.insert(size->first);
    }
  };
  for (auto& value : *editor.graph().mutable_input()) fix(value);
  for (const auto& [symbol, size] : sizes) {
    if (!fixed.contains(symbol)) return core::not_found("no input has the dimension " + internal::shown(symbol));
  }
  for (auto& value : *editor.graph().mutable_output()) fix(value);
  editor.graph().clear_value_info();
  return editor.finish();
}

core::Result<core::Bytes> store_weights_as_half(core::ByteView model, std::size_t min_elements,
                                                RewriteSummary* summary) {
  Editor editor = TRY(Editor::open(model, {}));
  RewriteSummary counted{.bytes_before = model.size()};
  std::vector<::onnx::NodeProto> nodes;
  for (auto& tensor : *editor.graph().mutable_initializer()) {
    if (editor.constant(tensor.name()) == nullptr) continue;  // also an input
    const auto values = internal::float_values(tensor);
    if (!values || values->size() < min_elements) continue;
    const bool fits = std::ranges::all_of(*values, [](float v) { return std::abs(v) <= kLargestHalf; });
    if (!fits || editor.is_output(tensor.name())) {
      ++counted.left;
      continue;
    }
    std::vector<std::uint16_t> halves(values->size());
    std::ranges::transform(*values, halves.begin(), half_of);
    const std::string stored = editor.fresh(tensor.name() + "_half");
    auto cast = internal::make_node("Cast", {stored}, {tensor.name()});
    internal::set_attribute(cast, "to", std::int64_t{::onnx::TensorProto::FLOAT});
    nodes.push_back(std::move(cast));
    tensor.set_name(stored);
    tensor.set_data_type(::onnx::TensorProto::FLOAT16);
    tensor.clear_float_data();
    tensor.set_raw_data(halves.data(), halves.size() * sizeof(std::uint16_t));
    ++counted.changed;
  }
  for (auto& node : *editor.graph().mutable_node()) nodes.push_back(std::move(node));
  editor.replace_nodes(std::move(nodes));
  core::Bytes bytes = TRY(editor.finish());
  counted.bytes_after = bytes.size();
  if (summary != nullptr) *summary = counted;
  return bytes;
}

}  // namespace noonmark::graph
