#include "model/onnx/tensor.h"

#include <numeric>

namespace noonmark::onnx {
namespace {

TEST(Tensor, IsZeroAlignedAndKeepsItsBufferWhenMoved) {
  Tensor tensor = Tensor::create(DataType::float32, {3, 5}).value();
  const float* data = tensor.values<float>().data();
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(data) % 64, 0u);
  EXPECT_EQ(tensor.size(), 15u);
  for (const float value : tensor.values<float>()) EXPECT_EQ(value, 0.0F);
  const Tensor moved = std::move(tensor);
  EXPECT_EQ(moved.values<float>().data(), data);
}

TEST(Tensor, RefusesNegativeAndHugeShapes) {
  EXPECT_EQ(Tensor::create(DataType::float32, {2, -1}).error().kind, core::ErrorKind::invalid);
  EXPECT_EQ(Tensor::create(DataType::float32, {1 << 30, 1 << 30, 1 << 30}).error().kind, core::ErrorKind::exhausted);
  EXPECT_EQ(Tensor::create(DataType::uint8, {101}, 100).error().kind, core::ErrorKind::exhausted);
  EXPECT_TRUE(Tensor::create(DataType::uint8, {100}, 100).ok());
  EXPECT_EQ(Tensor::create(DataType::int64, {}).value().size(), 1u);
  EXPECT_EQ(Tensor::create(DataType::int64, {0, 4}).value().size(), 0u);
}

TEST(Tensor, RowsAreTheSameMemory) {
  Tensor tensor = Tensor::create(DataType::int32, {4, 2}).value();
  std::iota(tensor.values<std::int32_t>().begin(), tensor.values<std::int32_t>().end(), 0);
  const TensorView part = tensor.view().rows(1, 2);
  EXPECT_EQ(part.shape, (Shape{2, 2}));
  EXPECT_EQ(part.values<std::int32_t>()[0], 2);
  part.values<std::int32_t>()[3] = 99;
  EXPECT_EQ(tensor.values<std::int32_t>()[5], 99);
}

TEST(Tensor, ConvertsBetweenFloatsAndRefusesOtherTypes) {
  Tensor full = Tensor::create(DataType::float32, {4}).value();
  Tensor half = Tensor::create(DataType::float16, {4}).value();
  const std::vector<float> numbers = {0.5F, -2.0F, 1024.0F, 0.333251953125F};
  ASSERT_TRUE(store_floats(numbers, half.view()).ok());
  ASSERT_TRUE(convert(half.view(), full.view()).ok());
  std::vector<float> back(4);
  ASSERT_TRUE(load_floats(full.view(), back).ok());
  EXPECT_EQ(back, numbers);
  Tensor integers = Tensor::create(DataType::int32, {4}).value();
  EXPECT_EQ(convert(full.view(), integers.view()).error().kind, core::ErrorKind::invalid);
  EXPECT_EQ(store_floats(numbers, integers.view()).error().kind, core::ErrorKind::invalid);
}

}  // namespace
}  // namespace noonmark::onnx
