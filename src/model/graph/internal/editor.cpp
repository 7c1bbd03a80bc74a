#include "model/graph/internal/editor.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace noonmark::graph::internal {
namespace {

void count_uses(const ::onnx::GraphProto& graph, std::map<std::string, std::size_t, std::less<>>& uses,
                std::set<std::string, std::less<>>& names) {
  for (const auto& tensor : graph.initializer()) names.insert(tensor.name());
  for (const auto& input : graph.input()) names.insert(input.name());
  for (const auto& output : graph.output()) ++uses[output.name()];
  for (const auto& node : graph.node()) {
    for (const auto& input : node.input()) ++uses[input];
    for (const auto& output : node.output()) names.insert(output);
    for (const auto& attribute : node.attribute()) {
      if (attribute.has_g()) count_uses(attribute.g(), uses, names);
      for (const auto& body : attribute.graphs()) count_uses(body, uses, names);
    }
  }
}

/// The tensor of a Constant node; null for its other forms.
const ::onnx::TensorProto* constant_of(const ::onnx::NodeProto& node) {
  if (node.op_type() != "Constant" || !node.domain().empty() || node.output_size() != 1) return nullptr;
  for (const auto& attribute : node.attribute()) {
    if (attribute.name() == "value" && attribute.has_t()) return &attribute.t();
  }
  return nullptr;
}

const ::onnx::AttributeProto* find(const ::onnx::NodeProto& node, std::string_view name) {
  for (const auto& attribute : node.attribute()) {
    if (attribute.name() == name) return &attribute;
  }
  return nullptr;
}

template <class T>
std::vector<T> raw_values(const std::string& raw) {
  std::vector<T> values(raw.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), raw.data(), values.size() * sizeof(T));
  return values;
}

}  // namespace

core::Result<Editor> Editor::open(core::ByteView bytes, const Limits& limits) {
  const Report report = TRY(inspect(bytes, "model.onnx", nullptr, limits));
  if (report.functions != 0)
    return core::invalid("it has model-local functions, which can't be rewritten; inline them");
  Editor editor;
  editor.model_ = TRY(decode_model(bytes, limits));
  editor.index();
  return editor;
}

void Editor::index() {
  constants_.clear();
  uses_.clear();
  names_.clear();
  outputs_.clear();
  for (const auto& tensor : model_.graph().initializer()) constants_[tensor.name()] = &tensor;
  for (const auto& input : model_.graph().input())
    constants_.erase(input.name());  // a default that a caller may replace
  for (const auto& node : model_.graph().node()) {
    if (const auto* tensor = constant_of(node)) constants_[node.output(0)] = tensor;
  }
  for (const auto& output : model_.graph().output()) outputs_.insert(output.name());
  count_uses(model_.graph(), uses_, names_);
}

std::int64_t Editor::opset() const {
  for (const auto& opset : model_.opset_import()) {
    if (opset.domain().empty() || opset.domain() == "ai.onnx") return opset.version();
  }
  return 0;
}

const ::onnx::TensorProto* Editor::constant(std::string_view name) const {
  const auto found = constants_.find(name);
  return found == constants_.end() ? nullptr : found->second;
}

std::size_t Editor::uses(std::string_view name) const {
  const auto found = uses_.find(name);
  return found == uses_.end() ? 0 : found->second;
}

bool Editor::is_output(std::string_view name) const { return outputs_.contains(name); }

std::string Editor::fresh(const std::string& stem) {
  std::string name = stem;
  for (std::size_t k = 1; names_.contains(name) || uses_.contains(name); ++k) name = stem + "_" + std::to_string(k);
  names_.insert(name);
  return name;
}

std::string Editor::add(const std::string& stem, const Constant& value) {
  // Kept aside until replace_nodes(): growing the list would move the tensors that `constants_` points at.
  ::onnx::TensorProto tensor;
  tensor.set_name(fresh(stem));
  tensor.set_data_type(static_cast<int>(value.type));
  for (const std::int64_t dimension : value.shape) tensor.add_dims(dimension);
  tensor.set_raw_data(value.data.data(), value.data.size());
  added_.push_back(std::move(tensor));
  return added_.back().name();
}

void Editor::replace_nodes(std::vector<::onnx::NodeProto> nodes) {
  graph().clear_node();
  for (auto& node : nodes) *graph().add_node() = std::move(node);
  for (auto& tensor : added_) *graph().add_initializer() = std::move(tensor);
  added_.clear();
  index();
}

core::Result<core::Bytes> Editor::finish() {
  CHECK(added_.empty(), "finish() before replace_nodes()");
  index();
  auto* nodes = graph().mutable_node();
  const auto unused = [&](const ::onnx::NodeProto& node) {
    return constant_of(node) != nullptr && uses(node.output(0)) == 0;
  };
  nodes->erase(std::remove_if(nodes->begin(), nodes->end(), unused), nodes->end());
  auto* tensors = graph().mutable_initializer();
  const auto orphan = [&](const ::onnx::TensorProto& tensor) { return uses(tensor.name()) == 0; };
  tensors->erase(std::remove_if(tensors->begin(), tensors->end(), orphan), tensors->end());
  return encode_model(model_);
}

::onnx::NodeProto make_node(const std::string& op, const std::vector<std::string>& inputs,
                            const std::vector<std::string>& outputs, const std::string& domain) {
  ::onnx::NodeProto node;
  node.set_op_type(op);
  node.set_domain(domain);
  node.set_name(outputs.front() + "/" + op);
  for (const auto& input : inputs) node.add_input(input);
  for (const auto& output : outputs) node.add_output(output);
  return node;
}

void set_attribute(::onnx::NodeProto& node, const std::string& name, std::int64_t value) {
  auto* attribute = node.add_attribute();
  attribute->set_name(name);
  attribute->set_type(::onnx::AttributeProto::INT);
  attribute->set_i(value);
}

void set_attribute(::onnx::NodeProto& node, const std::string& name, float value) {
  auto* attribute = node.add_attribute();
  attribute->set_name(name);
  attribute->set_type(::onnx::AttributeProto::FLOAT);
  attribute->set_f(value);
}

std::int64_t attribute_or(const ::onnx::NodeProto& node, std::string_view name, std::int64_t fallback) {
  const auto* attribute = find(node, name);
  return attribute == nullptr ? fallback : attribute->i();
}

float attribute_or(const ::onnx::NodeProto& node, std::string_view name, float fallback) {
  const auto* attribute = find(node, name);
  return attribute == nullptr ? fallback : attribute->f();
}

std::optional<std::vector<float>> float_values(const ::onnx::TensorProto& tensor) {
  if (tensor.data_type() != ::onnx::TensorProto::FLOAT) return std::nullopt;
  if (tensor.has_raw_data()) return raw_values<float>(tensor.raw_data());
  return std::vector<float>(tensor.float_data().begin(), tensor.float_data().end());
}

std::optional<std::vector<std::int64_t>> integer_values(const ::onnx::TensorProto& tensor) {
  if (tensor.data_type() == ::onnx::TensorProto::INT64) {
    if (tensor.has_raw_data()) return raw_values<std::int64_t>(tensor.raw_data());
    return std::vector<std::int64_t>(tensor.int64_data().begin(), tensor.int64_data().end());
  }
  if (tensor.data_type() != ::onnx::TensorProto::INT32) return std::nullopt;
  if (!tensor.has_raw_data()) return std::vector<std::int64_t>(tensor.int32_data().begin(), tensor.int32_data().end());
  const auto narrow = raw_values<std::int32_t>(tensor.raw_data());
  return std::vector<std::int64_t>(narrow.begin(), narrow.end());
}

}  // namespace noonmark::graph::internal
