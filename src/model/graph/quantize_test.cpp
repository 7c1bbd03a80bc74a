#include "model/graph/quantize.h"

#include <cmath>
#include <limits>

#include "model/graph/internal/test_model.h"

namespace noonmark::graph {
namespace {

using internal::count;
using internal::decoded;
using internal::producer;

const std::vector<float> kWeights = internal::ramp(4 * 8 * 9, -0.4f, 0.011f);
const std::vector<float> kBias = {0.5f, -0.25f, 0.0f, 3.0f};

/// Two convolutions of the same input, one with a bias, then a matrix product.
core::Bytes sample(const std::vector<float>& weights = kWeights, std::int64_t opset = 17) {
  Builder builder;
  builder.input("x", ElementType::float32, {std::string("batch"), std::int64_t{8}, std::int64_t{4}, std::int64_t{4}});
  builder.output("y", ElementType::float32,
                 {std::string("batch"), std::int64_t{4}, std::int64_t{4}, std::int64_t{600}});
  builder.constant("w", Constant::of<float>({4, 8, 3, 3}, weights));
  builder.constant("b", Constant::of<float>({4}, kBias));
  builder.constant("m", Constant::of<float>({4, 600}, internal::ramp(2400, -1, 0.02f)));
  const std::vector<std::int64_t> pads = {1, 1, 1, 1};
  builder.node("Relu", {"x"}, {"a"});
  builder.node("Conv", {"a", "w", "b"}, {"c1"}, {{"pads", pads}});
  builder.node("Conv", {"a", "w"}, {"c2"}, {{"pads", pads}});
  builder.node("Add", {"c1", "c2"}, {"sum"});
  builder.node("MatMul", {"sum", "m"}, {"y"});
  return builder.finish(opset).value();
}

QuantizeOptions small() {
  QuantizeOptions options;
  options.min_weights = 16;
  return options;
}

const std::map<std::string, Range> kRanges = {{"a", {0, 5.1f}}, {"c1", {-2, 2}}, {"c2", {-1, 4.1f}}};

TEST(StaticQuantization, ObservesInputsAndOutputsOfConvolutions) {
  EXPECT_EQ(observed_values(sample(), small()).value(), (std::vector<std::string>{"a", "c1", "c2"}));
  EXPECT_EQ(quantizable_nodes(sample(), small()).value().size(), 2u);
}

TEST(StaticQuantization, PutsEverythingAroundAConvolutionThatFusingNeeds) {
  RewriteSummary summary;
  const auto model = decoded(quantize_static(sample(), kRanges, small(), &summary).value());
  internal::expect_ordered(model);
  EXPECT_EQ(summary.changed, 2u);
  const auto* after = producer(model, "c1");
  ASSERT_NE(after, nullptr);
  EXPECT_EQ(after->op_type(), "DequantizeLinear");
  const auto* quantize = producer(model, after->input(0));
  ASSERT_EQ(quantize->op_type(), "QuantizeLinear");
  const auto* conv = producer(model, quantize->input(0));
  ASSERT_EQ(conv->op_type(), "Conv");
  ASSERT_EQ(conv->input_size(), 3);
  for (const auto& input : conv->input()) EXPECT_EQ(producer(model, input)->op_type(), "DequantizeLinear") << input;
  EXPECT_EQ(conv->attribute_size(), 1);  // the pads
  // The input is quantised once for both.
  EXPECT_EQ(count(model, "QuantizeLinear"), 3u);
  EXPECT_EQ(internal::attribute_or(*producer(model, conv->input(1)), "axis", std::int64_t{-1}), 0);
}

TEST(StaticQuantization, KeepsWeightsWithinHalfAStep) {
  const auto model = decoded(quantize_static(sample(), kRanges, small()).value());
  const auto values = internal::values_of<std::int8_t>(model, "c1_weight");
  const auto scales = internal::floats_of(model, "c1_weight_scale");
  ASSERT_EQ(values.size(), kWeights.size());
  ASSERT_EQ(scales.size(), 4u);
  for (std::size_t k = 0; k < values.size(); ++k) {
    const float scale = scales[k / 72];
    EXPECT_LE(std::abs(values[k] * scale - kWeights[k]), scale * 0.501f);
  }
}

TEST(StaticQuantization, KeepsTheBiasWithinHalfAStepOfInputTimesWeightScale) {
  const auto model = decoded(quantize_static(sample(), kRanges, small()).value());
  const auto values = internal::values_of<std::int32_t>(model, "c1_bias");
  const auto scales = internal::floats_of(model, "c1_bias_scale");
  const auto weight_scales = internal::floats_of(model, "c1_weight_scale");
  for (std::size_t k = 0; k < kBias.size(); ++k) {
    EXPECT_NEAR(scales[k], weight_scales[k] * 5.1f / 255, 1e-9f);
    EXPECT_LE(std::abs(static_cast<float>(values[k]) * scales[k] - kBias[k]), scales[k]);
  }
}

TEST(StaticQuantization, RepresentsZeroExactly) {
  // Padding is zero: a range of positive values only begins at zero all the same.
  const auto model =
      decoded(quantize_static(sample(), {{"a", {1, 5}}, {"c1", {-1, 1}}, {"c2", {-1, 1}}}, small()).value());
  EXPECT_EQ(internal::values_of<std::uint8_t>(model, "a_zero").at(0), 0);
  EXPECT_NEAR(internal::floats_of(model, "a_scale").at(0), 5.0f / 255, 1e-7f);
}

TEST(StaticQuantization, DoesNotOverflowTheBiasOfADeadChannel) {
  std::vector<float> weights = kWeights;
  std::fill(weights.begin() + 3 * 72, weights.end(), 0.0f);  // the channel with bias 3
  const auto model = decoded(quantize_static(sample(weights), kRanges, small()).value());
  const auto values = internal::values_of<std::int32_t>(model, "c1_bias");
  const auto scales = internal::floats_of(model, "c1_bias_scale");
  EXPECT_NEAR(static_cast<float>(values[3]) * scales[3], 3.0f, 1e-4f);
}

TEST(StaticQuantization, LeavesNodesWithoutRangesAndThoseToKeep) {
  RewriteSummary summary;
  const auto partly = decoded(quantize_static(sample(), {{"a", {0, 1}}, {"c2", {0, 1}}}, small(), &summary).value());
  EXPECT_EQ(summary.changed, 1u);
  EXPECT_EQ(summary.left, 1u);
  EXPECT_EQ(producer(partly, "c1")->op_type(), "Conv");
  QuantizeOptions large;
  large.min_weights = 10'000;
  EXPECT_EQ(count(decoded(quantize_static(sample(), kRanges, large).value()), "QuantizeLinear"), 0u);
}

TEST(StaticQuantization, CanTakeMatrixProducts) {
  QuantizeOptions options = small();
  options.operators = {"MatMul"};
  const auto model = decoded(quantize_static(sample(), {{"sum", {-2, 2}}, {"y", {-9, 9}}}, options).value());
  internal::expect_ordered(model);
  EXPECT_EQ(internal::floats_of(model, "y_weight_scale").size(), 600u);
  EXPECT_EQ(producer(model, "c1")->op_type(), "Conv");
}

TEST(StaticQuantization, UsesFewerBitsWhenAsked) {
  QuantizeOptions options = small();
  options.weight_bits = 7;
  const auto model = decoded(quantize_static(sample(), kRanges, options).value());
  for (const std::int8_t value : internal::values_of<std::int8_t>(model, "c1_weight")) EXPECT_LE(std::abs(value), 63);
}

TEST(StaticQuantization, RefusesRangesThatAreNotFiniteAndOldOperatorSets) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_FALSE(quantize_static(sample(), {{"a", {0, nan}}, {"c1", {0, 1}}, {"c2", {0, 1}}}, small()).ok());
  EXPECT_FALSE(quantize_static(sample(kWeights, 12), kRanges, small()).ok());
}

/// y = x · wᵀ + b as Gemm, for dynamic quantisation.
core::Bytes gemm(const std::vector<float>& weights, bool transposed) {
  Builder builder;
  builder.input("x", ElementType::float32, {std::string("batch"), std::int64_t{3}});
  builder.output("y", ElementType::float32, {std::string("batch"), std::int64_t{2}});
  const std::vector<std::int64_t> shape =
      transposed ? std::vector<std::int64_t>{2, 3} : std::vector<std::int64_t>{3, 2};
  builder.constant("w", Constant::of<float>(shape, weights));
  const std::vector<float> bias = {1, 2};
  builder.constant("b", Constant::of<float>({2}, bias));
  builder.node("Gemm", {"x", "w", "b"}, {"y"}, {{"transB", std::int64_t{transposed}}});
  return builder.finish().value();
}

QuantizeOptions products() {
  QuantizeOptions options;
  options.operators = {"MatMul", "Gemm"};
  options.min_weights = 1;
  return options;
}

TEST(DynamicQuantization, TurnsTransposedWeightsRound) {
  const auto turned = decoded(quantize_dynamic(gemm({1, 2, 3, 40, 50, 60}, true), products()).value());
  const auto plain = decoded(quantize_dynamic(gemm({1, 40, 2, 50, 3, 60}, false), products()).value());
  internal::expect_ordered(turned);
  EXPECT_EQ(internal::values_of<std::int8_t>(turned, "y_weight"), internal::values_of<std::int8_t>(plain, "y_weight"));
  EXPECT_EQ(internal::floats_of(turned, "y_weight_scale"), internal::floats_of(plain, "y_weight_scale"));
  EXPECT_EQ(internal::values_of<std::int8_t>(plain, "y_weight"), (std::vector<std::int8_t>{42, 85, 85, 106, 127, 127}));
}

TEST(DynamicQuantization, AddsTheBiasInFloatingPoint) {
  const auto model = decoded(quantize_dynamic(gemm({1, 2, 3, 4, 5, 6}, true), products()).value());
  EXPECT_EQ(producer(model, "y")->op_type(), "Add");
  EXPECT_EQ(count(model, "MatMulInteger"), 1u);
  EXPECT_EQ(count(model, "Gemm"), 0u);
}

TEST(DynamicQuantization, RefusesConvolutions) {
  EXPECT_EQ(quantize_dynamic(sample(), small()).error().kind, core::ErrorKind::invalid);
}

}  // namespace
}  // namespace noonmark::graph
