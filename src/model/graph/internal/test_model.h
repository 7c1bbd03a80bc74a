#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "model/graph/build.h"
#include "model/graph/internal/editor.h"

// Shared by this folder's tests.

namespace noonmark::graph::internal {

inline ::onnx::ModelProto decoded(core::ByteView bytes) { return decode_model(bytes, {}).value(); }

/// The float initialiser of that name.
inline std::vector<float> floats_of(const ::onnx::ModelProto& model, const std::string& name) {
  for (const auto& tensor : model.graph().initializer()) {
    if (tensor.name() == name) return float_values(tensor).value();
  }
  ADD_FAILURE() << "no initialiser " << name;
  return {};
}

/// Its raw values as T.
template <class T>
std::vector<T> values_of(const ::onnx::ModelProto& model, const std::string& name) {
  for (const auto& tensor : model.graph().initializer()) {
    if (tensor.name() != name) continue;
    std::vector<T> values(tensor.raw_data().size() / sizeof(T));
    std::memcpy(values.data(), tensor.raw_data().data(), tensor.raw_data().size());
    return values;
  }
  ADD_FAILURE() << "no initialiser " << name;
  return {};
}

inline const ::onnx::NodeProto* producer(const ::onnx::ModelProto& model, const std::string& value) {
  for (const auto& node : model.graph().node()) {
    for (const auto& output : node.output()) {
      if (output == value) return &node;
    }
  }
  return nullptr;
}

inline std::size_t count(const ::onnx::ModelProto& model, const std::string& op) {
  std::size_t found = 0;
  for (const auto& node : model.graph().node()) found += node.op_type() == op ? 1 : 0;
  return found;
}

/// Every input is made before it is used.
inline void expect_ordered(const ::onnx::ModelProto& model) {
  std::set<std::string> made = {""};
  for (const auto& tensor : model.graph().initializer()) made.insert(tensor.name());
  for (const auto& input : model.graph().input()) made.insert(input.name());
  for (const auto& node : model.graph().node()) {
    for (const auto& input : node.input()) EXPECT_TRUE(made.contains(input)) << input << " of " << node.op_type();
    for (const auto& output : node.output()) EXPECT_TRUE(made.insert(output).second) << output << " is made twice";
  }
  for (const auto& output : model.graph().output()) EXPECT_TRUE(made.contains(output.name())) << output.name();
}

/// Weights that differ from element to element.
inline std::vector<float> ramp(std::size_t size, float from, float step) {
  std::vector<float> values(size);
  for (std::size_t k = 0; k < size; ++k) values[k] = from + step * static_cast<float>(k % 97);
  return values;
}

}  // namespace noonmark::graph::internal
