#pragma once

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/result.h"

namespace noonmark::graph {

/// Element types that the builder writes; the numbers are ONNX's (TensorProto.DataType).
enum class ElementType {
  float32 = 1,
  uint8 = 2,
  int8 = 3,
  int32 = 6,
  int64 = 7,
  boolean = 9,
  float16 = 10,
  float64 = 11
};

/// A constant: shape and row-major little-endian data.
struct Constant {
  ElementType type = ElementType::float32;
  std::vector<std::int64_t> shape;
  core::Bytes data;

  /// From values; an empty shape makes a scalar. T: float, double, uint8_t, int8_t, int32_t, int64_t, bool.
  template <class T>
  static Constant of(std::vector<std::int64_t> shape, std::span<const T> values);
  template <class T>
  static Constant scalar(T value) {
    return of<T>({}, std::span<const T>(&value, 1));
  }
  static Constant integers(std::vector<std::int64_t> values) {
    const auto size = static_cast<std::int64_t>(values.size());
    return of<std::int64_t>({size}, values);
  }
};

/// A dimension of a declared value: a size, or a symbol such as "batch".
using DeclaredDimension = std::variant<std::int64_t, std::string>;

class Builder;

/// An operator's attribute. A Builder is a subgraph (the body of Loop and If).
using Attribute = std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>, std::vector<float>,
                               Constant, const Builder*>;

/// Writes small ONNX graphs node by node: for tests, and for packages whose graphs are made rather than exported.
///
/// Nothing is checked here; inspect() and the runtime do that.
/// Owner:   the caller. Threads: one.
class Builder {
 public:
  explicit Builder(std::string name = "graph");
  Builder(Builder&&) noexcept;
  Builder& operator=(Builder&&) noexcept;
  ~Builder();

  void input(const std::string& name, ElementType type, const std::vector<DeclaredDimension>& shape);
  void output(const std::string& name, ElementType type, const std::vector<DeclaredDimension>& shape);
  /// Declares an initialiser; returns its name.
  std::string constant(const std::string& name, const Constant& value);
  /// Adds a node; returns its first output, or "" when it has none.
  std::string node(const std::string& op, const std::vector<std::string>& inputs,
                   const std::vector<std::string>& outputs,
                   const std::vector<std::pair<std::string, Attribute>>& attributes = {},
                   const std::string& domain = "");
  /// node() with one output whose name is made up.
  std::string apply(const std::string& op, const std::vector<std::string>& inputs,
                    const std::vector<std::pair<std::string, Attribute>>& attributes = {});

  /// The model with this as its main graph, in ONNX's operator set `opset`.
  core::Result<core::Bytes> finish(std::int64_t opset = 17) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

template <class T>
constexpr ElementType element_type_of() {
  if constexpr (std::is_same_v<T, float>)
    return ElementType::float32;
  else if constexpr (std::is_same_v<T, double>)
    return ElementType::float64;
  else if constexpr (std::is_same_v<T, std::uint8_t>)
    return ElementType::uint8;
  else if constexpr (std::is_same_v<T, std::int8_t>)
    return ElementType::int8;
  else if constexpr (std::is_same_v<T, std::int32_t>)
    return ElementType::int32;
  else if constexpr (std::is_same_v<T, bool>)
    return ElementType::boolean;
  else {
    static_assert(std::is_same_v<T, std::int64_t>, "no ONNX element type");
    return ElementType::int64;
  }
}

template <class T>
Constant Constant::of(std::vector<std::int64_t> shape, std::span<const T> values) {
  Constant constant{element_type_of<T>(), std::move(shape), core::Bytes(values.size_bytes())};
  if (!values.empty()) std::memcpy(constant.data.data(), values.data(), values.size_bytes());
  return constant;
}

}  // namespace noonmark::graph
