#include "model/graph/inspect.h"

#include <algorithm>
#include <map>
#include <utility>

#include "model/graph/internal/message.h"
#include "model/graph/internal/tensor_check.h"

namespace noonmark::graph {
namespace {

using internal::shown;

/// The size of a value of this type as declared; unknown dimensions count as 1.
core::Result<void> check_value(const ::onnx::ValueInfoProto& value, const Limits& limits) {
  if (!value.has_type() || !value.type().has_tensor_type()) return {};
  const auto& type = value.type().tensor_type();
  ::google::protobuf::RepeatedField<std::int64_t> shape;
  for (const auto& dimension : type.shape().dim()) shape.Add(dimension.has_dim_value() ? dimension.dim_value() : 1);
  // Exporters write -1 for "unknown" now and then.
  for (auto& dimension : shape) dimension = dimension < 0 ? 1 : dimension;
  if (type.elem_type() == 0) return {};
  TRY(internal::declared_bytes(type.elem_type(), shape, limits).context("value " + shown(value.name())));
  return {};
}

Value describe(const ::onnx::ValueInfoProto& value) {
  Value result;
  result.name = value.name();
  if (!value.type().has_tensor_type()) {
    result.element_type = "other";
    return result;
  }
  const auto& type = value.type().tensor_type();
  result.element_type = internal::type_name(type.elem_type());
  result.has_shape = type.has_shape();
  for (const auto& dimension : type.shape().dim()) {
    Value::Dimension one;
    if (dimension.has_dim_value() && dimension.dim_value() >= 0) one.size = dimension.dim_value();
    one.symbol = dimension.dim_param();
    result.shape.push_back(std::move(one));
  }
  return result;
}

using FunctionKey = std::pair<std::string, std::string>;  // domain, name

class Inspector {
 public:
  Inspector(std::string_view path, const ExternalFiles* files, const Limits& limits)
      : limits_(limits), tensors_(path, files, limits_) {}

  core::Result<Report> run(const ::onnx::ModelProto& model) {
    if (!model.has_graph()) return core::corrupt("it holds no graph");
    if (model.graph().output_size() == 0) return core::corrupt("its graph has no output");
    TRY(check_opsets(model.opset_import()));
    for (const auto& function : model.functions()) {
      const bool fresh = functions_.emplace(FunctionKey{function.domain(), function.name()}, &function).second;
      if (!fresh) return core::invalid("function " + shown(function.name()) + " is defined twice");
    }
    report_.functions = functions_.size();
    const std::size_t nodes = TRY(check_graph(model.graph(), 1, 0));
    for (const auto& [key, function] : functions_) TRY(expanded_size(key, 0));
    report_.nodes = nodes;
    for (const auto& input : model.graph().input()) report_.inputs.push_back(describe(input));
    for (const auto& output : model.graph().output()) report_.outputs.push_back(describe(output));
    return std::move(report_);
  }

 private:
  core::Result<void> check_opsets(const ::google::protobuf::RepeatedPtrField<::onnx::OperatorSetIdProto>& opsets) {
    for (const auto& opset : opsets) {
      auto& version = report_.opsets[opset.domain()];
      version = std::max(version, opset.version());
    }
    if (report_.opsets.empty()) return core::corrupt("it doesn't say which operator set it uses");
    return {};
  }

  /// Nodes of this graph and what it holds, functions expanded.
  core::Result<std::size_t> check_graph(const ::onnx::GraphProto& graph, std::size_t depth, std::size_t calls) {
    report_.depth = std::max(report_.depth, depth);
    if (depth > limits_.depth) return core::invalid("graphs are nested too deeply");
    for (const auto& tensor : graph.initializer()) {
      TRY(tensors_.check(tensor, "tensor " + shown(tensor.name()), report_));
    }
    for (const auto& sparse : graph.sparse_initializer()) TRY(check_sparse(sparse));
    for (const auto& value : graph.input()) TRY(check_value(value, limits_));
    for (const auto& value : graph.output()) TRY(check_value(value, limits_));
    for (const auto& value : graph.value_info()) TRY(check_value(value, limits_));
    return check_nodes(graph.node(), depth, calls);
  }

  core::Result<std::size_t> check_nodes(const ::google::protobuf::RepeatedPtrField<::onnx::NodeProto>& nodes,
                                        std::size_t depth, std::size_t calls) {
    std::size_t total = 0;
    for (const auto& node : nodes) {
      total += TRY(check_node(node, depth, calls));
      if (total > limits_.nodes) return core::invalid("more than " + std::to_string(limits_.nodes) + " nodes");
    }
    return total;
  }

  core::Result<std::size_t> check_node(const ::onnx::NodeProto& node, std::size_t depth, std::size_t calls) {
    if (node.op_type().empty()) return core::corrupt(shown(node) + " has no operator");
    const FunctionKey key{node.domain(), node.op_type()};
    std::size_t total = 1;
    if (functions_.contains(key)) {
      total += TRY(expanded_size(key, calls + 1));
    } else if (!limits_.domains.contains(node.domain())) {
      return core::invalid(shown(node) + " uses the operator domain " + shown(node.domain()) +
                           ", which the runner doesn't have; export with standard operators");
    }
    const bool standard = node.domain().empty() || node.domain() == "ai.onnx";
    ++report_.operators[standard ? node.op_type() : node.domain() + ":" + node.op_type()];
    for (const auto& attribute : node.attribute()) total += TRY(check_attribute(attribute, node, depth, calls));
    return total;
  }

  core::Result<std::size_t> check_attribute(const ::onnx::AttributeProto& attribute, const ::onnx::NodeProto& node,
                                            std::size_t depth, std::size_t calls) {
    const std::string where = "attribute " + shown(attribute.name()) + " of " + shown(node);
    std::size_t total = 0;
    if (attribute.has_t()) TRY(tensors_.check(attribute.t(), where, report_));
    for (const auto& tensor : attribute.tensors()) TRY(tensors_.check(tensor, where, report_));
    if (attribute.has_sparse_tensor()) TRY(check_sparse(attribute.sparse_tensor()));
    for (const auto& sparse : attribute.sparse_tensors()) TRY(check_sparse(sparse));
    if (attribute.has_g()) total += TRY(check_graph(attribute.g(), depth + 1, calls));
    for (const auto& graph : attribute.graphs()) total += TRY(check_graph(graph, depth + 1, calls));
    return total;
  }

  core::Result<void> check_sparse(const ::onnx::SparseTensorProto& sparse) {
    const std::string where = "sparse tensor " + shown(sparse.values().name());
    TRY(internal::declared_bytes(sparse.values().data_type(), sparse.dims(), limits_).context(where));
    TRY(tensors_.check(sparse.values(), where, report_));
    return tensors_.check(sparse.indices(), where, report_);
  }

  /// Nodes that a call of this function becomes: a short chain of functions can stand for billions.
  core::Result<std::size_t> expanded_size(const FunctionKey& key, std::size_t calls) {
    if (const auto known = sizes_.find(key); known != sizes_.end()) return known->second;
    if (calls > limits_.depth) return core::invalid("functions are nested too deeply at " + shown(key.second));
    if (!open_.insert(key).second) return core::invalid("function " + shown(key.second) + " calls itself");
    const std::size_t size = TRY(check_nodes(functions_.at(key)->node(), 1, calls));
    open_.erase(key);
    return sizes_[key] = size;
  }

  const Limits& limits_;
  internal::TensorCheck tensors_;
  Report report_;
  std::map<FunctionKey, const ::onnx::FunctionProto*> functions_;
  std::map<FunctionKey, std::size_t> sizes_;
  std::set<FunctionKey> open_;
};

}  // namespace

core::Result<Report> inspect(core::ByteView model, std::string_view path, const ExternalFiles* files,
                             const Limits& limits) {
  const ::onnx::ModelProto message = TRY(internal::decode_model(model, limits));
  return Inspector(path, files, limits).run(message);
}

}  // namespace noonmark::graph
