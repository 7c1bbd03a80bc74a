#include "model/graph/inspect.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "model/graph/build.h"
#include "model/graph/internal/message.h"

namespace noonmark::graph {
namespace {

using ::onnx::ModelProto;
using ::onnx::TensorProto;

/// y = x + w, the smallest model with a weight.
ModelProto adder() {
  Builder builder;
  builder.input("x", ElementType::float32, {std::string("batch"), std::int64_t{2}});
  builder.output("y", ElementType::float32, {std::string("batch"), std::int64_t{2}});
  const std::vector<float> weights = {1, 2};
  builder.constant("w", Constant::of<float>({2}, weights));
  builder.node("Add", {"x", "w"}, {"y"});
  ModelProto model;
  const core::Bytes bytes = builder.finish().value();
  EXPECT_TRUE(model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  return model;
}

core::Bytes bytes_of(const ModelProto& model) { return internal::encode_model(model).value(); }

/// A package's files in memory.
class FakeFiles final : public ExternalFiles {
 public:
  std::map<std::string, core::Bytes, std::less<>> content;
  mutable std::uint64_t largest_read = 0;
  std::optional<std::uint64_t> size(std::string_view path) const override {
    const auto found = content.find(path);
    if (found == content.end()) return std::nullopt;
    return found->second.size();
  }
  core::Result<core::Bytes> read(std::string_view path, std::uint64_t offset, std::uint64_t length) const override {
    largest_read = std::max(largest_read, length);
    const core::Bytes& all = content.find(path)->second;
    return core::Bytes(all.begin() + static_cast<std::ptrdiff_t>(offset),
                       all.begin() + static_cast<std::ptrdiff_t>(offset + length));
  }
};

void expect_refused(const ModelProto& model, core::ErrorKind kind, const std::string& word, const Limits& limits = {},
                    const ExternalFiles* files = nullptr) {
  const auto report = inspect(bytes_of(model), "unet/model.onnx", files, limits);
  ASSERT_FALSE(report.ok()) << word;
  EXPECT_EQ(report.error().kind, kind) << report.error().message;
  EXPECT_NE(report.error().message.find(word), std::string::npos) << report.error().message;
}

void set_external(TensorProto& tensor, const std::vector<std::pair<std::string, std::string>>& entries) {
  tensor.clear_raw_data();
  tensor.set_data_location(TensorProto::EXTERNAL);
  for (const auto& [key, value] : entries) {
    auto* entry = tensor.add_external_data();
    entry->set_key(key);
    entry->set_value(value);
  }
}

TEST(Inspect, ReportsWhatASoundModelHolds) {
  const auto report = inspect(bytes_of(adder()));
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report->nodes, 1u);
  EXPECT_EQ(report->tensors, 1u);
  EXPECT_EQ(report->parameters, 2u);
  EXPECT_EQ(report->tensor_bytes, 8u);
  EXPECT_EQ(report->operators.at("Add"), 1u);
  EXPECT_EQ(report->opsets.at(""), 17);
  ASSERT_EQ(report->inputs.size(), 1u);
  EXPECT_EQ(report->inputs[0].element_type, "float");
  EXPECT_EQ(report->inputs[0].shape[0].symbol, "batch");
  EXPECT_EQ(report->inputs[0].shape[1].size, 2);
}

TEST(Inspect, RefusesWhatIsNoProtobuf) {
  for (const std::string& text : {std::string("hello"), std::string("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 11),
                                  std::string("\x3a\x7f", 2), std::string("\x0b", 1), std::string("\x00\x00", 2)}) {
    const auto report = inspect(core::as_bytes(text));
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.error().kind, core::ErrorKind::corrupt);
  }
}

TEST(Inspect, RefusesEveryTruncationThatIsNotAWholeModel) {
  const core::Bytes bytes = bytes_of(adder());
  int refused = 0;
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    if (!inspect(core::ByteView(bytes).first(length)).ok()) ++refused;
  }
  EXPECT_GT(refused, static_cast<int>(bytes.size() / 2));
}

TEST(Inspect, RefusesAnEmptyFileAndAModelWithoutGraph) {
  EXPECT_FALSE(inspect({}).ok());
  ModelProto model = adder();
  model.clear_graph();
  expect_refused(model, core::ErrorKind::corrupt, "no graph");
}

TEST(Inspect, RefusesATensorOfTenGigabytesFromItsShapeAlone) {
  ModelProto model = adder();
  auto* tensor = model.mutable_graph()->mutable_initializer(0);
  tensor->clear_dims();
  tensor->add_dims(2'500'000'000);
  expect_refused(model, core::ErrorKind::invalid, "'w'");
  // The same with the data said to lie in a file.
  FakeFiles files;
  files.content["unet/data"] = core::Bytes(16);
  set_external(*tensor, {{"location", "data"}});
  expect_refused(model, core::ErrorKind::invalid, "10000000000 bytes", {}, &files);
  EXPECT_EQ(files.largest_read, 0u);
}

TEST(Inspect, RefusesShapesThatOverflowOrAreNegative) {
  ModelProto model = adder();
  auto* tensor = model.mutable_graph()->mutable_initializer(0);
  tensor->clear_dims();
  for (int k = 0; k < 4; ++k) tensor->add_dims(std::int64_t{1} << 40);
  expect_refused(model, core::ErrorKind::invalid, "absurd");
  tensor->add_dims(0);  // a zero doesn't excuse it
  expect_refused(model, core::ErrorKind::invalid, "absurd");
  tensor->clear_dims();
  tensor->add_dims(-2);
  expect_refused(model, core::ErrorKind::invalid, "negative");
  tensor->clear_dims();
  for (int k = 0; k < 17; ++k) tensor->add_dims(1);
  expect_refused(model, core::ErrorKind::invalid, "dimensions");
}

TEST(Inspect, RefusesADeclaredInputThatIsTooLarge) {
  ModelProto model = adder();
  auto* shape = model.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type()->mutable_shape();
  shape->mutable_dim(1)->set_dim_value(std::int64_t{1} << 34);
  expect_refused(model, core::ErrorKind::invalid, "'x'");
}

TEST(Inspect, RefusesAnAttributeTensorThatIsTooLarge) {
  ModelProto model = adder();
  auto* attribute = model.mutable_graph()->mutable_node(0)->add_attribute();
  attribute->set_name("value");
  attribute->mutable_t()->set_data_type(TensorProto::FLOAT);
  attribute->mutable_t()->add_dims(std::int64_t{1} << 33);
  expect_refused(model, core::ErrorKind::invalid, "'value'");
}

TEST(Inspect, RefusesDataThatDoesNotFitItsShape) {
  ModelProto model = adder();
  auto* tensor = model.mutable_graph()->mutable_initializer(0);
  tensor->set_raw_data(std::string(7, '\0'));
  expect_refused(model, core::ErrorKind::corrupt, "7 bytes");
  tensor->clear_raw_data();
  expect_refused(model, core::ErrorKind::corrupt, "0 values");
  tensor->add_float_data(1);
  tensor->add_float_data(2);
  EXPECT_TRUE(inspect(bytes_of(model)).ok());
  tensor->add_float_data(3);
  expect_refused(model, core::ErrorKind::corrupt, "3 values");
}

TEST(Inspect, NamesTheTensorThatHoldsNan) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  ModelProto model = adder();
  auto* tensor = model.mutable_graph()->mutable_initializer(0);
  const float raw[2] = {1, nan};
  tensor->set_raw_data(raw, sizeof(raw));
  expect_refused(model, core::ErrorKind::corrupt, "'w'");
  expect_refused(model, core::ErrorKind::corrupt, "NaN");
  tensor->clear_raw_data();
  tensor->add_float_data(nan);
  tensor->add_float_data(1);
  expect_refused(model, core::ErrorKind::corrupt, "NaN");
}

TEST(Inspect, FindsNanInHalfAndDoublePrecision) {
  ModelProto model = adder();
  auto* tensor = model.mutable_graph()->mutable_initializer(0);
  const std::uint16_t half[2] = {0x3c00, 0x7e00};
  tensor->set_data_type(TensorProto::FLOAT16);
  tensor->set_raw_data(half, sizeof(half));
  expect_refused(model, core::ErrorKind::corrupt, "NaN");
  tensor->clear_raw_data();
  tensor->add_int32_data(0x3c00);
  tensor->add_int32_data(0xfe01);
  expect_refused(model, core::ErrorKind::corrupt, "NaN");
  tensor->clear_int32_data();
  const double wide[2] = {1, std::numeric_limits<double>::quiet_NaN()};
  tensor->set_data_type(TensorProto::DOUBLE);
  tensor->set_raw_data(wide, sizeof(wide));
  expect_refused(model, core::ErrorKind::corrupt, "NaN");
}

TEST(Inspect, ReportsInfinitiesWithoutRefusingThem) {
  ModelProto model = adder();
  const float raw[2] = {1, -std::numeric_limits<float>::infinity()};
  model.mutable_graph()->mutable_initializer(0)->set_raw_data(raw, sizeof(raw));
  const auto report = inspect(bytes_of(model));
  ASSERT_TRUE(report.ok()) << report.error().message;
  ASSERT_EQ(report->infinite_tensors.size(), 1u);
  EXPECT_NE(report->infinite_tensors[0].find("'w'"), std::string::npos);
}

TEST(Inspect, RefusesForeignOperatorDomains) {
  ModelProto model = adder();
  model.mutable_graph()->mutable_node(0)->set_domain("com.example.native");
  expect_refused(model, core::ErrorKind::invalid, "com.example.native");
}

TEST(Inspect, ReadsExternalDataFromAListedFileBesideTheModel) {
  FakeFiles files;
  files.content["unet/weights.bin"] = core::Bytes(12);
  ModelProto model = adder();
  set_external(*model.mutable_graph()->mutable_initializer(0),
               {{"location", "weights.bin"}, {"offset", "4"}, {"length", "8"}});
  const auto report = inspect(bytes_of(model), "unet/model.onnx", &files);
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_TRUE(report->external_files.contains("unet/weights.bin"));
  expect_refused(model, core::ErrorKind::invalid, "external");  // no files at all
}

TEST(Inspect, RefusesExternalDataElsewhere) {
  FakeFiles files;
  files.content["weights.bin"] = core::Bytes(8);
  files.content["unet/weights.bin"] = core::Bytes(8);
  for (const char* location : {"../weights.bin", "/etc/passwd", "a/../../weights.bin", "./weights.bin", "C:weights.bin",
                               "..\\weights.bin", "", "*/_ORT_MEM_ADDR_/*"}) {
    ModelProto model = adder();
    set_external(*model.mutable_graph()->mutable_initializer(0), {{"location", location}});
    expect_refused(model, core::ErrorKind::invalid, "plain relative path", {}, &files);
  }
  ModelProto model = adder();
  set_external(*model.mutable_graph()->mutable_initializer(0), {{"location", "other.bin"}});
  expect_refused(model, core::ErrorKind::invalid, "doesn't list", {}, &files);
}

TEST(Inspect, RefusesExternalDataOutsideOfItsFile) {
  FakeFiles files;
  files.content["unet/data"] = core::Bytes(8);
  const auto refused = [&](const std::vector<std::pair<std::string, std::string>>& entries, core::ErrorKind kind,
                           const std::string& word) {
    ModelProto model = adder();
    set_external(*model.mutable_graph()->mutable_initializer(0), entries);
    expect_refused(model, kind, word, {}, &files);
  };
  refused({{"location", "data"}, {"offset", "9"}}, core::ErrorKind::corrupt, "begins after");
  refused({{"location", "data"}, {"offset", "4"}}, core::ErrorKind::corrupt, "4 bytes");
  refused({{"location", "data"}, {"offset", "4"}, {"length", "8"}}, core::ErrorKind::corrupt, "ends after");
  refused({{"location", "data"}, {"length", "18446744073709551615"}}, core::ErrorKind::corrupt, "ends after");
  refused({{"location", "data"}, {"offset", "-1"}}, core::ErrorKind::invalid, "offset");
  refused({{"location", "data"}, {"offset", "0x0"}}, core::ErrorKind::invalid, "offset");
  refused({{"location", "data"}, {"location", "data"}}, core::ErrorKind::invalid, "location");
}

TEST(Inspect, FindsNanInExternalData) {
  FakeFiles files;
  const float values[2] = {1, std::numeric_limits<float>::quiet_NaN()};
  const auto* raw = reinterpret_cast<const std::uint8_t*>(values);
  files.content["unet/data"] = core::Bytes(raw, raw + sizeof(values));
  ModelProto model = adder();
  set_external(*model.mutable_graph()->mutable_initializer(0), {{"location", "data"}});
  expect_refused(model, core::ErrorKind::corrupt, "NaN", {}, &files);
}

TEST(Inspect, LooksIntoSubgraphsAndLimitsTheirNesting) {
  ModelProto model = adder();
  auto* graph = model.mutable_graph();
  for (int level = 0; level < 10; ++level) {
    auto* node = graph->add_node();
    node->set_op_type("If");
    auto* attribute = node->add_attribute();
    attribute->set_name("then_branch");
    attribute->set_type(::onnx::AttributeProto::GRAPH);
    graph = attribute->mutable_g();
  }
  auto report = inspect(bytes_of(model));
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report->depth, 11u);
  EXPECT_EQ(report->nodes, 11u);
  Limits limits;
  limits.depth = 10;
  expect_refused(model, core::ErrorKind::invalid, "nested", limits);
  // A bad tensor at the bottom is found.
  auto* tensor = graph->add_initializer();
  tensor->set_name("deep");
  tensor->set_data_type(TensorProto::FLOAT);
  tensor->add_dims(1);
  expect_refused(model, core::ErrorKind::corrupt, "'deep'");
}

TEST(Inspect, RefusesNestingThatWouldExhaustTheStack) {
  // graph → node → attribute → graph … built by hand, inside out, 20 000 deep.
  const auto wrap = [](int field, const std::string& content) {
    std::string result(1, static_cast<char>(field << 3 | 2));
    for (std::size_t size = content.size();; size >>= 7) {
      result += static_cast<char>((size & 0x7f) | (size > 0x7f ? 0x80 : 0));
      if (size <= 0x7f) break;
    }
    return result + content;
  };
  std::string graph;
  for (int level = 0; level < 2000; ++level) graph = wrap(1, wrap(5, wrap(6, graph)));
  const std::string model = wrap(7, graph);
  const auto report = inspect(core::as_bytes(model));
  ASSERT_FALSE(report.ok());
  EXPECT_NE(report.error().message.find("nested"), std::string::npos);
}

TEST(Inspect, CountsElementsBeforeDecodingThem) {
  // Two bytes per empty node.
  std::string graph;
  for (int k = 0; k < 5000; ++k) graph += std::string("\x0a\x00", 2);
  std::string model = "\x3a";
  model += static_cast<char>((graph.size() & 0x7f) | 0x80);
  model += static_cast<char>(graph.size() >> 7);
  model += graph;
  Limits limits;
  limits.elements = 1000;
  const auto report = inspect(core::as_bytes(model), "model.onnx", nullptr, limits);
  ASSERT_FALSE(report.ok());
  EXPECT_NE(report.error().message.find("1000 elements"), std::string::npos) << report.error().message;
  limits = {};
  limits.memory_bytes = 100'000;
  EXPECT_FALSE(inspect(core::as_bytes(model), "model.onnx", nullptr, limits).ok());
}

TEST(Inspect, LimitsNodesTensorsAndBytes) {
  Limits limits;
  limits.nodes = 0;
  expect_refused(adder(), core::ErrorKind::invalid, "nodes", limits);
  limits = {};
  limits.tensors = 0;
  expect_refused(adder(), core::ErrorKind::invalid, "tensors", limits);
  limits = {};
  limits.total_tensor_bytes = 7;
  expect_refused(adder(), core::ErrorKind::invalid, "together", limits);
  limits = {};
  limits.file_bytes = 10;
  expect_refused(adder(), core::ErrorKind::invalid, "bytes", limits);
}

/// `calls` calls of the next function in a chain of `length`.
ModelProto function_chain(int length, int calls) {
  ModelProto model = adder();
  for (int k = 0; k < length; ++k) {
    auto* function = model.add_functions();
    function->set_domain("local");
    function->set_name("f" + std::to_string(k));
    for (int c = 0; c < calls; ++c) {
      auto* node = function->add_node();
      const bool last = k + 1 == length;
      node->set_op_type(last ? "Identity" : "f" + std::to_string(k + 1));
      if (!last) node->set_domain("local");
    }
  }
  auto* node = model.mutable_graph()->add_node();
  node->set_op_type("f0");
  node->set_domain("local");
  return model;
}

TEST(Inspect, CountsFunctionsAsTheNodesTheyBecome) {
  const auto report = inspect(bytes_of(function_chain(3, 4)));
  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report->functions, 3u);
  EXPECT_GE(report->nodes, 64u);
  expect_refused(function_chain(8, 10), core::ErrorKind::invalid, "nodes");  // 10^8
  expect_refused(function_chain(14, 1), core::ErrorKind::invalid, "nested too deeply");
}

TEST(Inspect, RefusesAFunctionThatCallsItself) {
  ModelProto model = function_chain(2, 1);
  auto* node = model.mutable_functions(1)->add_node();
  node->set_op_type("f0");
  node->set_domain("local");
  expect_refused(model, core::ErrorKind::invalid, "calls itself");
}

TEST(Inspect, ChecksFunctionsThatNobodyCalls) {
  ModelProto model = function_chain(1, 1);
  model.mutable_graph()->mutable_node()->RemoveLast();
  model.mutable_functions(0)->mutable_node(0)->set_domain("com.example");
  expect_refused(model, core::ErrorKind::invalid, "com.example");
}

TEST(Inspect, RefusesTrainingGraphs) {
  ModelProto model = adder();
  model.add_training_info()->mutable_algorithm()->set_name("sgd");
  expect_refused(model, core::ErrorKind::invalid, "training");
}

TEST(Inspect, ShowsForeignNamesWithoutControlCharacters) {
  ModelProto model = adder();
  auto* tensor = model.mutable_graph()->mutable_initializer(0);
  tensor->set_name("w\x1b[2J");
  tensor->clear_raw_data();
  const auto report = inspect(bytes_of(model));
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().message.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace noonmark::graph
