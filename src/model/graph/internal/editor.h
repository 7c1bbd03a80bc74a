#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/graph/build.h"
#include "model/graph/inspect.h"
#include "model/graph/internal/message.h"

namespace noonmark::graph::internal {

/// A decoded model with the look-ups that rewriting needs. Only the main graph is rewritten; names used in subgraphs
/// are seen as uses.
///
/// Threads: one.
class Editor {
 public:
  /// Fails: as inspect(); invalid when tensors lie in external files.
  static core::Result<Editor> open(core::ByteView bytes, const Limits& limits);

  ::onnx::ModelProto& model() { return model_; }
  ::onnx::GraphProto& graph() { return *model_.mutable_graph(); }

  /// The version of ONNX's own operator set.
  std::int64_t opset() const;

  /// The constant of that name (initialiser or Constant node); null when the value depends on inputs.
  const ::onnx::TensorProto* constant(std::string_view name) const;

  /// Nodes and graph outputs that use the value.
  std::size_t uses(std::string_view name) const;
  bool is_output(std::string_view name) const;

  /// A value name that nothing uses, beginning with `stem`.
  std::string fresh(const std::string& stem);

  /// Adds an initialiser under a fresh name; returns the name.
  std::string add(const std::string& stem, const Constant& value);

  /// Replaces the nodes of the main graph. Call look-ups before, they aren't renewed.
  void replace_nodes(std::vector<::onnx::NodeProto> nodes);

  /// Drops constants that nothing uses any more, and encodes. Fails: invalid (2 GiB).
  core::Result<core::Bytes> finish();

 private:
  Editor() = default;
  void index();

  ::onnx::ModelProto model_;
  std::map<std::string, const ::onnx::TensorProto*, std::less<>> constants_;
  std::map<std::string, std::size_t, std::less<>> uses_;
  std::set<std::string, std::less<>> names_, outputs_;
  std::vector<::onnx::TensorProto> added_;
};

/// A node with single-valued parts; attributes are added by the caller.
::onnx::NodeProto make_node(const std::string& op, const std::vector<std::string>& inputs,
                            const std::vector<std::string>& outputs, const std::string& domain = "");
void set_attribute(::onnx::NodeProto& node, const std::string& name, std::int64_t value);
void set_attribute(::onnx::NodeProto& node, const std::string& name, float value);
std::int64_t attribute_or(const ::onnx::NodeProto& node, std::string_view name, std::int64_t fallback);
float attribute_or(const ::onnx::NodeProto& node, std::string_view name, float fallback);

/// The values of a float32 tensor; nothing for other types.
std::optional<std::vector<float>> float_values(const ::onnx::TensorProto& tensor);
/// The values of an int64 or int32 tensor.
std::optional<std::vector<std::int64_t>> integer_values(const ::onnx::TensorProto& tensor);

}  // namespace noonmark::graph::internal
