#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace noonmark::onnx {

/// Element types that tensors may have here; strings and complex numbers are not among them.
enum class DataType {
  float32,
  float16,
  bfloat16,
  float64,
  int64,
  int32,
  int16,
  int8,
  uint64,
  uint32,
  uint16,
  uint8,
  boolean,
};

/// "float32", "int64", …
std::string_view to_string(DataType type);

/// Bytes of one element.
std::size_t size_of(DataType type);

/// IEEE 754 binary16 as it lies in memory.
struct Half {
  std::uint16_t bits = 0;
  bool operator==(const Half&) const = default;
};

/// Exact. Infinities stay infinite, NaN stays NaN.
float to_float(Half value);

/// Nearest, ties to even; overflow gives infinity, NaN stays NaN.
Half to_half(float value);

/// The DataType of a C++ element type.
template <class T>
struct DataTypeOf;
template <>
struct DataTypeOf<float> {
  static constexpr DataType value = DataType::float32;
};
template <>
struct DataTypeOf<Half> {
  static constexpr DataType value = DataType::float16;
};
template <>
struct DataTypeOf<double> {
  static constexpr DataType value = DataType::float64;
};
template <>
struct DataTypeOf<std::int64_t> {
  static constexpr DataType value = DataType::int64;
};
template <>
struct DataTypeOf<std::int32_t> {
  static constexpr DataType value = DataType::int32;
};
template <>
struct DataTypeOf<std::int16_t> {
  static constexpr DataType value = DataType::int16;
};
template <>
struct DataTypeOf<std::int8_t> {
  static constexpr DataType value = DataType::int8;
};
template <>
struct DataTypeOf<std::uint64_t> {
  static constexpr DataType value = DataType::uint64;
};
template <>
struct DataTypeOf<std::uint32_t> {
  static constexpr DataType value = DataType::uint32;
};
template <>
struct DataTypeOf<std::uint16_t> {
  static constexpr DataType value = DataType::uint16;
};
template <>
struct DataTypeOf<std::uint8_t> {
  static constexpr DataType value = DataType::uint8;
};

}  // namespace noonmark::onnx
