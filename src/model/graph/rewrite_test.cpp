#include "model/graph/rewrite.h"

#include <limits>

#include "model/graph/internal/test_model.h"

namespace noonmark::graph {
namespace {

using internal::count;
using internal::decoded;

/// y = (x + w) * v, with a symbolic batch.
core::Bytes sample(const std::vector<float>& weights) {
  Builder builder;
  const auto width = static_cast<std::int64_t>(weights.size());
  builder.input("x", ElementType::float32, {std::string("batch"), width});
  builder.output("y", ElementType::float32, {std::string("batch"), width});
  builder.constant("w", Constant::of<float>({width}, weights));
  builder.node("Add", {"x", "w"}, {"sum"});
  builder.node("Mul", {"sum", builder.constant("v", Constant::scalar(2.0f))}, {"y"});
  return builder.finish().value();
}

TEST(ExposeOutputs, AddsInnerValuesOnce) {
  const std::vector<std::string> names = {"sum", "y"};
  const auto model = decoded(expose_outputs(sample({1, 2}), names).value());
  ASSERT_EQ(model.graph().output_size(), 2);
  EXPECT_EQ(model.graph().output(1).name(), "sum");
}

TEST(ExposeOutputs, RefusesNamesThatNoNodeMakes) {
  for (const std::string& name : {std::string("nothing"), std::string("x"), std::string("w")}) {
    const auto exposed = expose_outputs(sample({1, 2}), std::vector<std::string>{name});
    ASSERT_FALSE(exposed.ok());
    EXPECT_EQ(exposed.error().kind, core::ErrorKind::not_found);
  }
}

TEST(FixDimensions, ReplacesTheSymbolEverywhere) {
  const auto report = inspect(fix_dimensions(sample({1, 2}), {{"batch", 3}}).value()).value();
  EXPECT_EQ(report.inputs[0].shape[0].size, 3);
  EXPECT_EQ(report.outputs[0].shape[0].size, 3);
  EXPECT_EQ(report.inputs[0].shape[1].size, 2);
  EXPECT_EQ(fix_dimensions(sample({1, 2}), {{"height", 3}}).error().kind, core::ErrorKind::not_found);
}

/// The stored half of one float, through a whole model.
std::uint16_t half(float value) {
  const auto model = decoded(store_weights_as_half(sample({value}), 1).value());
  return internal::values_of<std::uint16_t>(model, "w_half").at(0);
}

TEST(HalfWeights, AreRoundedToTheNearestEven) {
  EXPECT_EQ(half(0.0f), 0x0000);
  EXPECT_EQ(half(-0.0f), 0x8000);
  EXPECT_EQ(half(1.0f), 0x3c00);
  EXPECT_EQ(half(-2.0f), 0xc000);
  EXPECT_EQ(half(65504.0f), 0x7bff);
  EXPECT_EQ(half(1.0f + 1.0f / 2048), 0x3c00);     // half way: to even, down
  EXPECT_EQ(half(1.0f + 3.0f / 2048), 0x3c02);     // half way: to even, up
  EXPECT_EQ(half(1.9999f), 0x4000);                // the carry reaches the exponent
  EXPECT_EQ(half(6.103515625e-5f), 0x0400);        // least normal
  EXPECT_EQ(half(5.960464477539063e-8f), 0x0001);  // least subnormal
  EXPECT_EQ(half(2.98e-8f), 0x0000);               // below its half
  EXPECT_EQ(half(4.5e-8f), 0x0001);
  EXPECT_EQ(half(1e-30f), 0x0000);
}

TEST(HalfWeights, ReadBackWithinOnePartInTwoThousand) {
  for (float value = 1e-4f; value < 6e4f; value *= 1.37f) {
    const std::uint16_t bits = half(value);
    const float back = std::ldexp(1.0f + static_cast<float>(bits & 0x3ff) / 1024, (bits >> 10) - 15);
    EXPECT_NEAR(back / value, 1.0f, 1.0f / 2048) << value;
  }
}

TEST(HalfWeights, LeaveWhatIsTooLargeOrTooSmallToPay) {
  RewriteSummary summary;
  const auto model = decoded(store_weights_as_half(sample({1e6f, 1}), 2, &summary).value());
  EXPECT_EQ(count(model, "Cast"), 0u);
  EXPECT_EQ(summary.left, 1u);
  EXPECT_EQ(summary.changed, 0u);
}

TEST(HalfWeights, AreCastBeforeTheyAreUsedAndShrinkTheFile) {
  RewriteSummary summary;
  const core::Bytes before = sample(internal::ramp(4000, -1, 0.01f));
  const core::Bytes after = store_weights_as_half(before, 64, &summary).value();
  internal::expect_ordered(decoded(after));
  EXPECT_EQ(summary.changed, 1u);
  EXPECT_EQ(summary.bytes_before, before.size());
  EXPECT_EQ(summary.bytes_after, after.size());
  EXPECT_LT(after.size(), before.size() * 6 / 10);
  EXPECT_TRUE(inspect(after).ok());
}

TEST(HalfWeights, AreStoredOnce) {
  const core::Bytes once = store_weights_as_half(sample(internal::ramp(100, 0, 1)), 64).value();
  RewriteSummary summary;
  EXPECT_EQ(store_weights_as_half(once, 64, &summary).value(), once);
  EXPECT_EQ(summary.changed, 0u);
}

TEST(Rewrites, RefuseWhatInspectionRefuses) {
  core::Bytes bytes = sample({1, std::numeric_limits<float>::quiet_NaN()});
  EXPECT_EQ(store_weights_as_half(bytes).error().kind, core::ErrorKind::corrupt);
  bytes.resize(bytes.size() / 2);
  EXPECT_FALSE(fix_dimensions(bytes, {{"batch", 1}}).ok());
}

}  // namespace
}  // namespace noonmark::graph
