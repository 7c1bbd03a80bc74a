#include "model/onnx/tensor.h"

#include <cstdlib>
#include <cstring>

namespace noonmark::onnx {
namespace {

constexpr std::size_t kAlignment = 64;

core::Error not_floating(DataType type) {
  return core::invalid("a tensor of " + std::string(to_string(type)) + " where float32 or float16 is needed");
}

}  // namespace

std::string to_string(const Shape& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  return text + "]";
}

TensorView TensorView::rows(std::int64_t first, std::int64_t count) const {
  CHECK(!shape.empty() && first >= 0 && count >= 0 && first + count <= shape[0], "rows outside the tensor");
  TensorView part = *this;
  part.shape[0] = count;
  const std::size_t row_bytes = shape[0] == 0 ? 0 : bytes.size() / static_cast<std::size_t>(shape[0]);
  part.bytes = bytes.subspan(static_cast<std::size_t>(first) * row_bytes, static_cast<std::size_t>(count) * row_bytes);
  return part;
}

void Tensor::Free::operator()(std::uint8_t* data) const { std::free(data); }

core::Result<Tensor> Tensor::create(DataType dtype, Shape shape, std::uint64_t max_bytes) {
  std::uint64_t bytes = size_of(dtype);
  for (const std::int64_t size : shape) {
    if (size < 0) return core::invalid("a tensor cannot have the shape " + to_string(shape));
    std::uint64_t product = 0;
    if (__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(size), &product)) product = UINT64_MAX;
    bytes = product;
    if (bytes > max_bytes) {
      return core::exhausted("a tensor of shape " + to_string(shape) + " needs more than the allowed " +
                             std::to_string(max_bytes) + " bytes");
    }
  }
  Tensor tensor;
  tensor.dtype_ = dtype;
  tensor.shape_ = std::move(shape);
  tensor.byte_count_ = static_cast<std::size_t>(bytes);
  const std::size_t rounded = (tensor.byte_count_ / kAlignment + 1) * kAlignment;
  auto* data = static_cast<std::uint8_t*>(std::aligned_alloc(kAlignment, rounded));
  if (data == nullptr) return core::exhausted("no memory for a tensor of " + std::to_string(bytes) + " bytes");
  std::memset(data, 0, rounded);
  tensor.data_.reset(data);
  return tensor;
}

core::Result<void> store_floats(std::span<const float> from, const TensorView& to) {
  CHECK(from.size() * size_of(to.dtype) == to.bytes.size(), "store_floats: sizes differ");
  if (to.dtype == DataType::float32) {
    std::copy(from.begin(), from.end(), to.values<float>().begin());
    return {};
  }
  if (to.dtype != DataType::float16) return not_floating(to.dtype);
  const std::span<Half> halves = to.values<Half>();
  for (std::size_t i = 0; i < from.size(); ++i) halves[i] = to_half(from[i]);
  return {};
}

core::Result<void> load_floats(const TensorView& from, std::span<float> to) {
  CHECK(to.size() * size_of(from.dtype) == from.bytes.size(), "load_floats: sizes differ");
  if (from.dtype == DataType::float32) {
    const std::span<float> values = from.values<float>();
    std::copy(values.begin(), values.end(), to.begin());
    return {};
  }
  if (from.dtype != DataType::float16) return not_floating(from.dtype);
  const std::span<Half> halves = from.values<Half>();
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = to_float(halves[i]);
  return {};
}

core::Result<void> convert(const TensorView& from, const TensorView& to) {
  CHECK(from.bytes.size() / size_of(from.dtype) == to.bytes.size() / size_of(to.dtype), "convert: sizes differ");
  if (from.dtype == to.dtype) {
    std::copy(from.bytes.begin(), from.bytes.end(), to.bytes.begin());
    return {};
  }
  if (from.dtype == DataType::float32) return store_floats(from.values<float>(), to);
  if (to.dtype == DataType::float32) return load_floats(from, to.values<float>());
  return core::invalid("no conversion from " + std::string(to_string(from.dtype)) + " to " +
                       std::string(to_string(to.dtype)));
}

}  // namespace noonmark::onnx
