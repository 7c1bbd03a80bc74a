#include "model/graph/build.h"

#include <type_traits>

#include "model/graph/internal/message.h"

namespace noonmark::graph {
namespace {

void store(const Constant& constant, const std::string& name, ::onnx::TensorProto& tensor) {
  tensor.set_name(name);
  tensor.set_data_type(static_cast<int>(constant.type));
  for (const std::int64_t dimension : constant.shape) tensor.add_dims(dimension);
  tensor.set_raw_data(constant.data.data(), constant.data.size());
}

void declare(const std::string& name, ElementType type, const std::vector<DeclaredDimension>& shape,
             ::onnx::ValueInfoProto& value) {
  value.set_name(name);
  auto* tensor = value.mutable_type()->mutable_tensor_type();
  tensor->set_elem_type(static_cast<int>(type));
  tensor->mutable_shape();
  for (const DeclaredDimension& dimension : shape) {
    auto* added = tensor->mutable_shape()->add_dim();
    if (const auto* size = std::get_if<std::int64_t>(&dimension)) {
      added->set_dim_value(*size);
    } else {
      added->set_dim_param(std::get<std::string>(dimension));
    }
  }
}

}  // namespace

struct Builder::State {
  ::onnx::GraphProto graph;
  std::size_t names = 0;
};

namespace {

struct AttributeWriter {
  ::onnx::AttributeProto& out;
  const ::onnx::GraphProto* (*graph_of)(const Builder&);

  void operator()(std::int64_t value) const {
    out.set_type(::onnx::AttributeProto::INT);
    out.set_i(value);
  }
  void operator()(float value) const {
    out.set_type(::onnx::AttributeProto::FLOAT);
    out.set_f(value);
  }
  void operator()(const std::string& value) const {
    out.set_type(::onnx::AttributeProto::STRING);
    out.set_s(value);
  }
  void operator()(const std::vector<std::int64_t>& values) const {
    out.set_type(::onnx::AttributeProto::INTS);
    for (const std::int64_t value : values) out.add_ints(value);
  }
  void operator()(const std::vector<float>& values) const {
    out.set_type(::onnx::AttributeProto::FLOATS);
    for (const float value : values) out.add_floats(value);
  }
  void operator()(const Constant& value) const {
    out.set_type(::onnx::AttributeProto::TENSOR);
    store(value, "", *out.mutable_t());
  }
  void operator()(const Builder* body) const {
    out.set_type(::onnx::AttributeProto::GRAPH);
    *out.mutable_g() = *graph_of(*body);
  }
};

}  // namespace

Builder::Builder(std::string name) : state_(std::make_unique<State>()) { state_->graph.set_name(std::move(name)); }
Builder::Builder(Builder&&) noexcept = default;
Builder& Builder::operator=(Builder&&) noexcept = default;
Builder::~Builder() = default;

void Builder::input(const std::string& name, ElementType type, const std::vector<DeclaredDimension>& shape) {
  declare(name, type, shape, *state_->graph.add_input());
}

void Builder::output(const std::string& name, ElementType type, const std::vector<DeclaredDimension>& shape) {
  declare(name, type, shape, *state_->graph.add_output());
}

std::string Builder::constant(const std::string& name, const Constant& value) {
  store(value, name, *state_->graph.add_initializer());
  return name;
}

std::string Builder::node(const std::string& op, const std::vector<std::string>& inputs,
                          const std::vector<std::string>& outputs,
                          const std::vector<std::pair<std::string, Attribute>>& attributes, const std::string& domain) {
  auto* node = state_->graph.add_node();
  node->set_op_type(op);
  node->set_domain(domain);
  for (const std::string& input : inputs) node->add_input(input);
  for (const std::string& output : outputs) node->add_output(output);
  for (const auto& [name, value] : attributes) {
    auto* attribute = node->add_attribute();
    attribute->set_name(name);
    const auto graph_of = [](const Builder& body) -> const ::onnx::GraphProto* { return &body.state_->graph; };
    std::visit(AttributeWriter{*attribute, graph_of}, value);
  }
  return outputs.empty() ? "" : outputs.front();
}

std::string Builder::apply(const std::string& op, const std::vector<std::string>& inputs,
                           const std::vector<std::pair<std::string, Attribute>>& attributes) {
  const std::string name = state_->graph.name() + "_" + std::to_string(state_->names++) + "_" + op;
  return node(op, inputs, {name}, attributes);
}

core::Result<core::Bytes> Builder::finish(std::int64_t opset) const {
  ::onnx::ModelProto model;
  model.set_ir_version(8);
  model.set_producer_name("noonmark");
  auto* standard = model.add_opset_import();
  standard->set_domain("");
  standard->set_version(opset);
  *model.mutable_graph() = state_->graph;
  return internal::encode_model(model);
}

}  // namespace noonmark::graph
