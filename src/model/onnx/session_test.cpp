#include "model/onnx/session.h"

#include "base/core/files.h"
#include "model/onnx/internal/test_graph.h"

namespace noonmark::onnx {
namespace {

const Runtime& runtime() {
  static const std::unique_ptr<Runtime> instance = Runtime::open().value();
  return *instance;
}

Tensor filled(Shape shape, float value) {
  Tensor tensor = Tensor::create(DataType::float32, std::move(shape)).value();
  std::fill(tensor.values<float>().begin(), tensor.values<float>().end(), value);
  return tensor;
}

TEST(Session, TellsNamesTypesAndShapes) {
  const auto session = Session::open(runtime(), add_graph(DataType::float16)).value();
  ASSERT_EQ(session->inputs().size(), 2u);
  const ValueInfo* x = session->input("x");
  ASSERT_NE(x, nullptr);
  EXPECT_EQ(x->dtype, DataType::float16);
  ASSERT_EQ(x->shape.size(), 2u);
  EXPECT_FALSE(x->shape[0].fixed());
  EXPECT_EQ(x->shape[0].symbol, "batch");
  EXPECT_EQ(x->shape[1].size, 3);
  EXPECT_NE(session->output("sum"), nullptr);
  EXPECT_EQ(session->output("x"), nullptr);
}

TEST(Session, RunsInPlaceOnBoundBuffers) {
  const auto session = Session::open(runtime(), add_graph(DataType::float32)).value();
  Tensor x = filled({2, 3}, 1.5F), y = filled({2, 3}, 2.0F), sum = filled({2, 3}, 0.0F);
  const float* memory = sum.values<float>().data();
  const auto binding = session->bind().value();
  ASSERT_TRUE(binding->input("x", x.view()).ok());
  ASSERT_TRUE(binding->input("y", y.view()).ok());
  ASSERT_TRUE(binding->output("sum", sum.view()).ok());
  ASSERT_TRUE(binding->run().ok());
  EXPECT_EQ(memory[5], 3.5F);
  x.values<float>()[5] = -2.0F;
  ASSERT_TRUE(binding->run().ok());
  EXPECT_EQ(memory[5], 0.0F);
  EXPECT_EQ(memory[0], 3.5F);
}

TEST(Session, ShowsAnObserverWhatABindingIsAboutToRunOn) {
  const auto folder = core::TempDir::create("onnx-observer").value();
  const std::filesystem::path file = folder.path() / "add.onnx";
  ASSERT_TRUE(core::write_file_atomic(file, add_graph(DataType::float32)).ok());
  std::vector<float> seen;
  RuntimeSettings settings;
  settings.on_run = [&](const std::filesystem::path& graph, const std::map<std::string, TensorView>& inputs) {
    EXPECT_EQ(graph, file);
    EXPECT_EQ(inputs.size(), 2u);
    seen.push_back(inputs.at("x").values<float>()[0]);
  };
  const auto watched = Runtime::open(settings).value();
  const auto session = Session::open(*watched, file).value();
  Tensor x = filled({1, 3}, 1.0F), y = filled({1, 3}, 2.0F), sum = filled({1, 3}, 0.0F);
  const auto binding = session->bind().value();
  ASSERT_TRUE(binding->input("x", x.view()).ok());
  ASSERT_TRUE(binding->input("y", y.view()).ok());
  ASSERT_TRUE(binding->output("sum", sum.view()).ok());
  ASSERT_TRUE(binding->run().ok());
  x.values<float>()[0] = 7.0F;
  ASSERT_TRUE(binding->run().ok());
  EXPECT_EQ(seen, (std::vector<float>{1.0F, 7.0F}));
}

TEST(Session, RunGivesFreshTensors) {
  const auto session = Session::open(runtime(), add_graph(DataType::float32)).value();
  const Tensor x = filled({4, 3}, 1.0F);
  const auto outputs = session->run({{"x", x.view()}, {"y", x.view()}}, {"sum"}).value();
  ASSERT_EQ(outputs.size(), 1u);
  EXPECT_EQ(outputs[0].shape(), (Shape{4, 3}));
  EXPECT_EQ(outputs[0].values<float>()[11], 2.0F);
}

TEST(Session, RefusesBuffersThatDoNotFit) {
  const auto session = Session::open(runtime(), add_graph(DataType::float32)).value();
  const auto binding = session->bind().value();
  const Tensor wide = filled({2, 4}, 0), flat = filled({6}, 0), good = filled({2, 3}, 0);
  const Tensor half = Tensor::create(DataType::float16, {2, 3}).value();
  EXPECT_EQ(binding->input("x", wide.view()).error().kind, core::ErrorKind::invalid);
  EXPECT_EQ(binding->input("x", flat.view()).error().kind, core::ErrorKind::invalid);
  EXPECT_EQ(binding->input("x", half.view()).error().kind, core::ErrorKind::invalid);
  EXPECT_EQ(binding->input("z", good.view()).error().kind, core::ErrorKind::invalid);
  EXPECT_NE(binding->input("x", wide.view()).error().message.find("[batch, 3]"), std::string::npos);
  EXPECT_FALSE(binding->run().ok());
  EXPECT_FALSE(session->run({{"x", good.view()}}, {"sum"}).ok());
  EXPECT_FALSE(session->run({{"x", good.view()}, {"y", good.view()}}, {"other"}).ok());
}

TEST(Session, FreeDimensionOverridesBecomeFixedSizes) {
  SessionSettings settings;
  settings.free_dimensions = {{"batch", 5}};
  const auto session = Session::open(runtime(), add_graph(DataType::float32), settings).value();
  EXPECT_EQ(session->input("x")->shape[0].size, 5);
  settings.free_dimensions = {{"batch", 0}};
  EXPECT_EQ(Session::open(runtime(), add_graph(DataType::float32), settings).error().kind, core::ErrorKind::invalid);
}

TEST(Session, RefusesBytesThatAreNoGraph) {
  EXPECT_EQ(Session::open(runtime(), core::as_bytes("not a graph")).error().kind, core::ErrorKind::invalid);
  EXPECT_FALSE(Session::open(runtime(), core::ByteView{}).ok());
  EXPECT_FALSE(Session::open(runtime(), add_graph(DataType::float32, "NoSuchOperator")).ok());
  const auto absent = Session::open(runtime(), std::filesystem::path("/nonexistent/model.onnx"));
  ASSERT_FALSE(absent.ok());
  EXPECT_EQ(absent.error().kind, core::ErrorKind::not_found);
  EXPECT_NE(absent.error().message.find("/nonexistent/model.onnx"), std::string::npos);
}

TEST(Session, NamesTheProvidersThatThereAre) {
  SessionSettings settings;
  for (const std::string name : {"cuda", "tensorrt", "coreml", "toaster"}) {
    const auto& known = runtime().execution_providers();
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    settings.execution_provider = name;
    const auto refused = Session::open(runtime(), add_graph(DataType::float32), settings);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().kind, core::ErrorKind::unavailable);
    EXPECT_NE(refused.error().message.find("cpu"), std::string::npos);
  }
  settings.execution_provider = "cpu";
  settings.intra_op_threads = 100000;
  EXPECT_EQ(Session::open(runtime(), add_graph(DataType::float32), settings).error().kind, core::ErrorKind::invalid);
}

TEST(Session, WritesTheOptimisedGraph) {
  const core::TempDir folder = core::TempDir::create("noonmark-onnx").value();
  SessionSettings settings;
  settings.optimized_model = folder.path() / "baked.onnx";
  settings.optimization = Optimization::extended;
  ASSERT_TRUE(Session::open(runtime(), add_graph(DataType::float32), settings).ok());
  const auto again = Session::open(runtime(), settings.optimized_model);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ((*again)->inputs().size(), 2u);
}

}  // namespace
}  // namespace noonmark::onnx
