#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/core/check.h"
#include "base/core/result.h"
#include "model/onnx/data_type.h"

namespace noonmark::onnx {

/// Sizes of the axes, outermost first; empty for a scalar.
using Shape = std::vector<std::int64_t>;

/// "[2, 4, 16, 16]".
std::string to_string(const Shape& shape);

/// Borrowed elements with a type and a shape, contiguous and row-major. The memory must outlive the view.
struct TensorView {
  DataType dtype = DataType::float32;
  Shape shape;
  std::span<std::uint8_t> bytes;

  /// The elements. Requires: T is the element type.
  template <class T>
  std::span<T> values() const {
    CHECK(dtype == DataTypeOf<T>::value, "tensor read as another element type");
    return {reinterpret_cast<T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
  /// Rows `first` .. `first + count - 1` of the outermost axis, the same memory. Requires: they exist.
  TensorView rows(std::int64_t first, std::int64_t count) const;
};

/// Elements that it owns: contiguous, row-major, aligned to 64 bytes, zero at first. The buffer never moves while the
/// Tensor lives (moving the Tensor keeps it), so that it can stay bound to a graph.
/// Threads: as a plain buffer.
class Tensor {
 public:
  /// Fails: invalid (a negative size), exhausted (more than `max_bytes`).
  static core::Result<Tensor> create(DataType dtype, Shape shape, std::uint64_t max_bytes = std::uint64_t{4} << 30);
  /// A tensor without elements, shape [0].
  Tensor() = default;
  Tensor(Tensor&&) noexcept = default;
  Tensor& operator=(Tensor&&) noexcept = default;

  DataType dtype() const { return dtype_; }
  const Shape& shape() const { return shape_; }
  std::size_t byte_count() const { return byte_count_; }
  /// Number of elements.
  std::size_t size() const { return byte_count_ / size_of(dtype_); }
  TensorView view() const { return {dtype_, shape_, {data_.get(), byte_count_}}; }
  template <class T>
  std::span<T> values() {
    return view().values<T>();
  }
  template <class T>
  std::span<const T> values() const {
    return view().values<T>();
  }

 private:
  struct Free {
    void operator()(std::uint8_t* data) const;
  };
  DataType dtype_ = DataType::float32;
  Shape shape_ = {0};
  std::size_t byte_count_ = 0;
  std::unique_ptr<std::uint8_t[], Free> data_;
};

/// Copies elements between float32 memory and a float32 or float16 view, converting where needed.
/// Requires: equal element counts. Fails: invalid (another element type).
core::Result<void> store_floats(std::span<const float> from, const TensorView& to);
core::Result<void> load_floats(const TensorView& from, std::span<float> to);

/// Copies all elements; converts between float32 and float16. Requires: equal element counts.
/// Fails: invalid (other types that differ).
core::Result<void> convert(const TensorView& from, const TensorView& to);

}  // namespace noonmark::onnx
