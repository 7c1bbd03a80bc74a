#include "model/pipelines/pipeline.h"

#include "base/codec/json.h"
#include "base/core/files.h"
#include "model/pipelines/internal/text_to_image.h"

namespace noonmark::pipelines {
namespace {

using codec::Json;

const onnx::Runtime& runtime() {
  static const std::unique_ptr<onnx::Runtime> instance = onnx::Runtime::open().value();
  return *instance;
}

/// A copy of the tiny SDXL-shaped model, to be changed before it gets its manifest.
class Copy {
 public:
  Copy() : folder_(core::TempDir::create("noonmark-pipeline").value()) {
    std::filesystem::copy(NOONMARK_SOURCE_DIR "/tests/golden/sdxl_tiny/package", folder_.path(),
                          std::filesystem::copy_options::recursive);
    description.name = "sdxl-tiny";
    description.licence = "MIT";
    description.defaults.width = 64;
    description.defaults.height = 64;
    description.defaults.steps = 4;
  }
  std::filesystem::path path(const std::string& file) const { return folder_.path() / file; }
  void write(const std::string& file, std::string_view text) {
    ASSERT_TRUE(core::write_file_atomic(path(file), text).ok());
  }
  void change(const std::string& file, const std::string& key, Json value) {
    Json json = codec::parse_json(core::read_text(path(file), 1 << 20).value()).value();
    json[key] = std::move(value);
    write(file, codec::write_json(json));
  }
  package::Package package() const {
    const auto manifest = package::describe_directory(folder_.path(), description).value();
    CHECK(package::write_manifest(folder_.path(), manifest).ok());
    return package::Package::open(folder_.path()).value();
  }
  std::unique_ptr<TextToImage> open() const { return TextToImage::open(package(), runtime()).value(); }
  core::Error refusal() const {
    const auto opened = open_pipeline(package(), runtime());
    return opened.ok() ? core::internal("was opened") : opened.error();
  }

  package::Description description;

 private:
  core::TempDir folder_;
};

ImageRequest tiger() {
  ImageRequest request;
  request.prompt = "a tiger face, noto style, blue background";
  request.seed = 7;
  request.guidance_scale = 5.0;
  return request;
}

double largest_difference(const image::Image& a, const image::Image& b) {
  if (a.pixels.size() != b.pixels.size() || a.pixels.empty()) return 255;
  int largest = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i)
    largest = std::max(largest, std::abs(int(a.pixels[i]) - int(b.pixels[i])));
  return largest;
}

TEST(TextToImage, MakesTheGoldenPictureOfTheSdxlShapedModel) {
  for (const int threads : {1, 2, 5}) {
    Copy copy;
    copy.description.runtime.intra_op_threads = threads;
    const auto pipeline = copy.open();
    const Json golden =
        codec::parse_json(core::read_text(NOONMARK_SOURCE_DIR "/tests/golden/sdxl_tiny/golden.json", 1 << 20).value())
            .value();
    ImageRequest request = tiger();
    request.prompt = golden.find("prompt")->as_string();
    request.steps = static_cast<int>(golden.find("steps")->as_integer());
    request.width = 128;
    request.height = 128;
    const Json::Array& noise = golden.find("noise")->as_array();
    const NoiseSource source = [&](int, std::span<float> values) {
      ASSERT_EQ(values.size(), noise.size());
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(noise[i].as_number());
    };
    const auto images = pipeline->generate_from(request, source, {}).value();
    ASSERT_EQ(images.size(), 1u);
    EXPECT_EQ(images[0].width, 128);
    EXPECT_EQ(images[0].channels, 3);
    const Json::Array& expected = golden.find("image_chw")->as_array();
    const auto ours = pipeline->last_pixels();
    ASSERT_EQ(ours.size(), expected.size());
    double worst = 0;
    for (std::size_t i = 0; i < ours.size(); ++i)
      worst = std::max(worst, std::abs(std::clamp(ours[i], 0.0F, 1.0F) - expected[i].as_number()));
    EXPECT_LT(worst, 1e-3);
    EXPECT_GT(worst, 0);
  }
}

TEST(TextToImage, TheSameSeedGivesTheSamePicture) {
  const Copy copy;
  const auto pipeline = copy.open();
  const auto first = pipeline->generate(tiger(), {}).value();
  ImageRequest other = tiger();
  other.seed = 8;
  const auto second = pipeline->generate(other, {}).value();
  EXPECT_GT(largest_difference(first[0], second[0]), 2);
  EXPECT_EQ(pipeline->generate(tiger(), {}).value(), first);
  EXPECT_EQ(copy.open()->generate(tiger(), {}).value(), first);
}

TEST(TextToImage, ImageKOfManyIsTheImageOfSeedPlusK) {
  for (const int threads : {1, 3}) {
    for (const bool one_by_one : {false, true}) {
      Copy copy;
      copy.description.runtime.intra_op_threads = threads;
      copy.description.runtime.prefer_fixed_batch = one_by_one;
      const auto pipeline = copy.open();
      ImageRequest request = tiger();
      request.n = 5;
      const auto many = pipeline->generate(request, {}).value();
      ASSERT_EQ(many.size(), 5u);
      request.n = 1;
      for (std::uint64_t k = 0; k < 5; ++k) {
        request.seed = tiger().seed + k;
        EXPECT_LE(largest_difference(pipeline->generate(request, {}).value()[0], many[k]), 1);
      }
    }
  }
}

TEST(TextToImage, EverySchedulerMakesAPicture) {
  for (const std::string name : {"EulerDiscreteScheduler", "EulerAncestralDiscreteScheduler", "DDIMScheduler",
                                 "DPMSolverMultistepScheduler", "LCMScheduler", "FlowMatchEulerDiscreteScheduler"}) {
    Copy copy;
    copy.description.defaults.scheduler = Json::object({{"_class_name", name}});
    const auto pipeline = copy.open();
    const auto picture = pipeline->generate(tiger(), {});
    ASSERT_TRUE(picture.ok()) << name << picture.error().message;
    EXPECT_EQ(pipeline->generate(tiger(), {}).value(), *picture) << name;
  }
}

TEST(TextToImage, PromptNegativePromptAndGuidanceMatter) {
  const Copy copy;
  const auto pipeline = copy.open();
  const auto base = pipeline->generate(tiger(), {}).value();
  ImageRequest request = tiger();
  request.negative_prompt = "blue";
  const auto negative = pipeline->generate(request, {}).value();
  EXPECT_GT(largest_difference(base[0], negative[0]), 0);
  request = tiger();
  request.prompt = "a rocket";
  EXPECT_GT(largest_difference(base[0], pipeline->generate(request, {}).value()[0]), 0);
  request = tiger();
  request.guidance_scale = 1.0;
  const auto unguided = pipeline->generate(request, {}).value();
  EXPECT_GT(largest_difference(base[0], unguided[0]), 0);
  request.negative_prompt = "blue";
  EXPECT_EQ(pipeline->generate(request, {}).value(), unguided);
  request = tiger();
  request.guidance_rescale = 0.7;
  EXPECT_GT(largest_difference(base[0], pipeline->generate(request, {}).value()[0]), 0);
  // The kept negative prompt does not leak into the next request.
  EXPECT_EQ(pipeline->generate(tiger(), {}).value(), base);
}

TEST(TextToImage, TellsEachStepAndStopsWhenTold) {
  const Copy copy;
  const auto pipeline = copy.open();
  std::vector<int> steps;
  ASSERT_TRUE(pipeline
                  ->generate(tiger(),
                             [&](Progress progress) {
                               EXPECT_EQ(progress.steps, 4);
                               steps.push_back(progress.step);
                               return true;
                             })
                  .ok());
  EXPECT_EQ(steps, (std::vector<int>{1, 2, 3, 4}));
  steps.clear();
  const auto stopped = pipeline->generate(tiger(), [&](Progress progress) {
    steps.push_back(progress.step);
    return progress.step < 2;
  });
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().kind, core::ErrorKind::cancelled);
  EXPECT_EQ(steps.size(), 2u);
  EXPECT_TRUE(pipeline->generate(tiger(), {}).ok());
}

TEST(TextToImage, RefusesRequestsOutOfBounds) {
  const Copy copy;
  const auto pipeline = copy.open();
  const auto refused = [&](const std::function<void(ImageRequest&)>& change) {
    ImageRequest request = tiger();
    change(request);
    const auto result = pipeline->generate(request, {});
    return !result.ok() && result.error().kind == core::ErrorKind::invalid;
  };
  EXPECT_TRUE(refused([](ImageRequest& r) { r.n = 0; }));
  EXPECT_TRUE(refused([](ImageRequest& r) { r.n = kMaxImages + 1; }));
  EXPECT_TRUE(refused([](ImageRequest& r) { r.steps = 0; }));
  EXPECT_TRUE(refused([](ImageRequest& r) { r.steps = kMaxSteps + 1; }));
  EXPECT_TRUE(refused([](ImageRequest& r) { r.width = 60; }));
  EXPECT_TRUE(refused([](ImageRequest& r) { r.height = 0; }));
  EXPECT_TRUE(refused([](ImageRequest& r) { r.height = -64; }));
  EXPECT_TRUE(refused([](ImageRequest& r) { r.width = kMaxSide + 8; }));
  EXPECT_TRUE(refused([](ImageRequest& r) { r.width = r.height = kMaxSide, r.n = 5; }));
  EXPECT_TRUE(refused([](ImageRequest& r) { r.guidance_scale = std::nan(""); }));
  EXPECT_TRUE(refused([](ImageRequest& r) { r.guidance_scale = 1e9; }));
  EXPECT_TRUE(refused([](ImageRequest& r) { r.guidance_rescale = 1.5; }));
  EXPECT_TRUE(refused([](ImageRequest& r) { r.prompt = std::string(kMaxPromptBytes + 1, 'a'); }));
  EXPECT_TRUE(refused([](ImageRequest& r) { r.prompt = "\xff"; }));
  EXPECT_TRUE(refused([](ImageRequest& r) { r.negative_prompt = "\xff"; }));
  EXPECT_TRUE(pipeline->generate(tiger(), {}).ok());
}

TEST(OpenPipeline, NamesWhatIsMissingOrBroken) {
  const auto message_of = [](const std::function<void(Copy&)>& change) {
    Copy copy;
    change(copy);
    const core::Error error = copy.refusal();
    EXPECT_NE(error.kind, core::ErrorKind::internal) << error.message;
    return error.message;
  };
  const auto has = [](const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  };
  for (const std::string file :
       {"unet/model.onnx", "vae_decoder/model.onnx", "text_encoder/model.onnx", "text_encoder_2/model.onnx",
        "tokenizer/vocab.json", "tokenizer_2/merges.txt", "scheduler/scheduler_config.json"}) {
    EXPECT_TRUE(has(message_of([&](Copy& copy) { std::filesystem::remove(copy.path(file)); }), file)) << file;
  }
  EXPECT_TRUE(has(message_of([](Copy& c) { c.description.task = "upscale"; }), "upscale"));
  EXPECT_TRUE(has(message_of([](Copy& c) { c.write("unet/model.onnx", "garbage"); }), "unet/model.onnx"));
  EXPECT_TRUE(has(message_of([](Copy& c) { c.write("model_index.json", "{"); }), "model_index.json"));
  EXPECT_TRUE(
      has(message_of([](Copy& c) { c.change("vae_decoder/config.json", "scaling_factor", 0); }), "scaling_factor"));
  EXPECT_TRUE(has(message_of([](Copy& c) { c.change("vae_decoder/config.json", "block_out_channels", nullptr); }),
                  "block_out_channels"));
  EXPECT_TRUE(has(message_of([](Copy& c) { c.change("text_encoder/config.json", "num_hidden_layers", nullptr); }),
                  "num_hidden_layers"));
  EXPECT_TRUE(has(message_of([](Copy& c) { c.change("text_encoder/config.json", "num_hidden_layers", 99); }),
                  "hidden_states.98"));
  EXPECT_TRUE(
      has(message_of([](Copy& c) { c.change("scheduler/scheduler_config.json", "_class_name", "Other"); }), "Other"));
  EXPECT_TRUE(has(message_of([](Copy& c) { c.description.runtime.execution_provider = "cuda"; }), "cuda"));
  EXPECT_TRUE(has(message_of([](Copy& c) {
                    std::filesystem::copy_file(c.path("vae_decoder/model.onnx"), c.path("unet/model.onnx"),
                                               std::filesystem::copy_options::overwrite_existing);
                  }),
                  "\"sample\""));
}

TEST(TextToImage, SaysSoWhenTheModelGivesNoNumbers) {
  const NoiseSource broken = [](int, std::span<float> values) { std::ranges::fill(values, std::nanf("")); };
  const auto result = Copy().open()->generate_from(tiger(), broken, {});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind, core::ErrorKind::corrupt);
  EXPECT_NE(result.error().message.find("no numbers"), std::string::npos);
}

}  // namespace
}  // namespace noonmark::pipelines
