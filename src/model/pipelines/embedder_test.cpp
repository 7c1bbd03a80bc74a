#include "model/pipelines/embedder.h"

#include <cmath>
#include <numeric>

#include <gtest/gtest.h>

#include "model/pipelines/pipeline.h"

namespace noonmark::pipelines {
namespace {

const onnx::Runtime& runtime() {
  static const std::unique_ptr<onnx::Runtime> instance = onnx::Runtime::open().value();
  return *instance;
}

package::Package zoo(const std::string& name) {
  return package::Package::open(NOONMARK_SOURCE_DIR "/zoo/" + name + "/model").value();
}

double product(const std::vector<float>& a, const std::vector<float>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

TEST(Embedder, TextsAreWhatPyTorchMakesOfThem) {
  const Embedder embedder = Embedder::open(zoo("match"), runtime()).value();
  ASSERT_EQ(embedder.width(), 96);
  const std::vector<float> apple = embedder.embed("a red apple").value();
  // The first values of zoo/match's text tower in PyTorch, before it was exported.
  const std::vector<double> wanted = {-0.1639315, -0.1234083, -0.0196350, -0.0799954, -0.0314363, -0.1113706};
  for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_NEAR(apple[i], wanted[i], 1e-5);
  EXPECT_NEAR(product(apple, apple), 1, 1e-5);
}

TEST(Embedder, APictureIsClosestToItsOwnPrompt) {
  const Embedder embedder = Embedder::open(zoo("match"), runtime()).value();
  const auto painter = open_pipeline(zoo("emoji"), runtime()).value();
  ImageRequest request;
  request.prompt = "a rocket, noto style, yellow background";
  request.steps = 6;
  request.seed = 7;
  image::Image picture = painter->generate(request, {}).value().at(0);
  const std::vector<float> seen = embedder.embed(picture).value();
  const double right = product(seen, embedder.embed(request.prompt).value());
  for (const char* wrong : {"a rocket, noto style, blue background", "a rocket, twemoji style, yellow background",
                            "a panda, noto style, yellow background", "a red apple"}) {
    EXPECT_GT(right, product(seen, embedder.embed(wrong).value()) + 0.02) << wrong;
  }
}

TEST(Embedder, ATextThatIsTooLongIsRefusedAndNotCut) {
  const Embedder embedder = Embedder::open(zoo("match"), runtime()).value();
  std::string text = "apple";
  for (int i = 0; i < 30; ++i) text += " apple";
  EXPECT_NE(embedder.embed(text).error().message.find("this model reads 20"), std::string::npos);
  EXPECT_EQ(embedder.embed("\xff").error().kind, core::ErrorKind::invalid);
}

TEST(Embedder, AWidePictureIsSeenByItsMiddle) {
  const Embedder embedder = Embedder::open(zoo("match"), runtime()).value();
  image::Image wide = image::blank(192, 64, 3), middle = image::blank(64, 64, 3);
  for (int y = 0; y < 64; ++y) {
    for (int x = 0; x < 64; ++x) {
      wide.pixels[wide.offset(x + 64, y)] = middle.pixels[middle.offset(x, y)] = static_cast<std::uint8_t>(4 * x);
    }
  }
  EXPECT_EQ(embedder.embed(wide).value(), embedder.embed(middle).value());
  EXPECT_EQ(embedder.embed(image::Image{}).error().kind, core::ErrorKind::invalid);
}

TEST(Embedder, APackageOfAnotherKindIsRefused) {
  EXPECT_NE(Embedder::open(zoo("emoji"), runtime()).error().message.find("text_model/model.onnx"), std::string::npos);
}

}  // namespace
}  // namespace noonmark::pipelines
