// Graphs of every shape and type that exports come in, each with a closed form, against the same walk written out here.
#include "base/codec/json.h"
#include "base/core/files.h"
#include "base/core/random.h"
#include "model/graph/build.h"
#include "model/pipelines/internal/step.h"
#include "model/pipelines/internal/text_to_image.h"
#include "model/pipelines/schedule.h"
#include "model/pipelines/tokenizer.h"

namespace noonmark::pipelines {
namespace {

using graph::Builder;
using graph::Constant;
using graph::DeclaredDimension;
using graph::ElementType;

constexpr int kLength = 6;  // ids per prompt
constexpr int kSide = 8;    // latent and picture; the VAE here only drops the fourth channel
constexpr int kChannels = 4;
constexpr double kSampleWeight = 0.3, kContextWeight = 0.5, kTimestepWeight = 0.0004, kGuidanceWeight = 0.2;

struct Variant {
  std::string name;
  ElementType number = ElementType::float32;
  ElementType ids = ElementType::int64;
  ElementType timestep = ElementType::int64;
  std::vector<DeclaredDimension> timestep_shape;
  bool guided = false;                     // takes timestep_cond
  std::optional<std::int64_t> fixed_rows;  // by free-dimension override
  int threads = 1;
  std::string scheduler = "EulerDiscreteScheduler";
  bool encoder = false;  // has vae_encoder
};

core::Bytes text_graph(const Variant& variant) {
  Builder builder;
  builder.input("input_ids", variant.ids, {"batch", std::int64_t{kLength}});
  builder.output("last_hidden_state", variant.number, {"batch", std::int64_t{kLength}, std::int64_t{2}});
  const std::string axis = builder.constant("axis", Constant::integers({2}));
  const std::string weights =
      builder.constant("weights", Constant::of<float>({1, 2}, std::vector<float>{0.001F, -0.0005F}));
  const std::string numbers = builder.apply("Cast", {"input_ids"}, {{"to", std::int64_t{1}}});
  const std::string hidden = builder.apply("MatMul", {builder.apply("Unsqueeze", {numbers, axis}), weights});
  builder.node("Cast", {hidden}, {"last_hidden_state"}, {{"to", static_cast<std::int64_t>(variant.number)}});
  return builder.finish().value();
}

core::Bytes unet_graph(const Variant& variant) {
  const auto side = std::int64_t{kSide};
  Builder builder;
  builder.input("sample", variant.number, {"batch", std::int64_t{kChannels}, side, side});
  builder.input("timestep", variant.timestep, variant.timestep_shape);
  builder.input("encoder_hidden_states", variant.number, {"batch", "tokens", std::int64_t{2}});
  if (variant.guided) builder.input("timestep_cond", variant.number, {"batch", std::int64_t{8}});
  builder.output("out_sample", variant.number, {"batch", std::int64_t{kChannels}, side, side});
  const auto to_float = [&](const std::string& value) {
    return builder.apply("Cast", {value}, {{"to", std::int64_t{1}}});
  };
  const auto weight = [&](const std::string& name, double value) {
    return builder.constant(name, Constant::scalar(static_cast<float>(value)));
  };
  const std::string per_row = builder.constant("per_row", Constant::integers({-1, 1, 1, 1}));
  const auto row_mean = [&](const std::string& value, std::vector<std::int64_t> axes) {
    const std::string mean =
        builder.apply("ReduceMean", {to_float(value)}, {{"axes", std::move(axes)}, {"keepdims", std::int64_t{1}}});
    return builder.apply("Reshape", {mean, per_row});
  };
  std::string sum = builder.apply("Mul", {to_float("sample"), weight("a", kSampleWeight)});
  sum = builder.apply(
      "Add", {sum, builder.apply("Mul", {row_mean("encoder_hidden_states", {1, 2}), weight("b", kContextWeight)})});
  const std::string time = builder.apply("Reshape", {to_float("timestep"), per_row});
  sum = builder.apply("Add", {sum, builder.apply("Mul", {time, weight("c", kTimestepWeight)})});
  if (variant.guided)
    sum = builder.apply("Add",
                        {sum, builder.apply("Mul", {row_mean("timestep_cond", {1}), weight("d", kGuidanceWeight)})});
  builder.node("Cast", {sum}, {"out_sample"}, {{"to", static_cast<std::int64_t>(variant.number)}});
  return builder.finish().value();
}

core::Bytes vae_graph(const Variant& variant) {
  Builder builder;
  builder.input("latent_sample", variant.number, {std::int64_t{1}, std::int64_t{kChannels}, "height", "width"});
  builder.output("sample", variant.number, {std::int64_t{1}, std::int64_t{3}, "height", "width"});
  const std::string from = builder.constant("from", Constant::integers({0})),
                    to = builder.constant("to", Constant::integers({3}));
  const std::string axis = builder.constant("axis", Constant::integers({1}));
  builder.node("Slice", {"latent_sample", from, to, axis}, {"sample"});
  return builder.finish().value();
}

/// The other way round: three channels as they are and a fourth of zeros; log-variances that are to be left out.
core::Bytes encoder_graph(const Variant& variant) {
  Builder builder;
  builder.input("sample", variant.number, {std::int64_t{1}, std::int64_t{3}, "height", "width"});
  builder.output("latent_parameters", variant.number, {std::int64_t{1}, std::int64_t{8}, "height", "width"});
  const std::string from = builder.constant("from", Constant::integers({0})),
                    to = builder.constant("to", Constant::integers({1}));
  const std::string axis = builder.constant("axis", Constant::integers({1}));
  const std::string first = builder.apply("Slice", {"sample", from, to, axis});
  const std::string zero = builder.apply("Sub", {first, first});
  builder.node("Concat", {"sample", zero, first, first, first, first}, {"latent_parameters"},
               {{"axis", std::int64_t{1}}});
  return builder.finish().value();
}

struct Folder {
  core::TempDir folder = core::TempDir::create("noonmark-variant").value();
  std::unique_ptr<TextToImage> pipeline;
};

const onnx::Runtime& runtime() {
  static const std::unique_ptr<onnx::Runtime> instance = onnx::Runtime::open().value();
  return *instance;
}

void write(const Folder& made, const std::string& file, core::ByteView bytes) {
  std::filesystem::create_directories((made.folder.path() / file).parent_path());
  CHECK(core::write_file_atomic(made.folder.path() / file, bytes).ok());
}

Folder make(const Variant& variant) {
  Folder made;
  const std::string tokenizer = NOONMARK_SOURCE_DIR "/tests/golden/sdxl_tiny/package/tokenizer";
  std::filesystem::copy(tokenizer, made.folder.path() / "tokenizer", std::filesystem::copy_options::recursive);
  write(made, "text_encoder/model.onnx", text_graph(variant));
  write(made, "unet/model.onnx", unet_graph(variant));
  write(made, "vae_decoder/model.onnx", vae_graph(variant));
  write(made, "vae_decoder/config.json", core::as_bytes(R"({"scaling_factor": 2.0, "block_out_channels": [4]})"));
  if (variant.encoder) write(made, "vae_encoder/model.onnx", encoder_graph(variant));
  package::Description description;
  description.name = "variant";
  description.licence = "MIT";
  description.runtime.intra_op_threads = variant.threads;
  if (variant.fixed_rows) description.runtime.free_dimensions["unet"] = {{"batch", *variant.fixed_rows}};
  description.defaults.width = description.defaults.height = kSide;
  description.defaults.steps = 5;
  description.defaults.scheduler =
      codec::Json::object({{"_class_name", variant.scheduler}, {"timestep_spacing", "leading"}, {"steps_offset", 1}});
  CHECK(
      package::write_manifest(made.folder.path(), package::describe_directory(made.folder.path(), description).value())
          .ok());
  auto opened = TextToImage::open(package::Package::open(made.folder.path()).value(), runtime());
  EXPECT_TRUE(opened.ok()) << variant.name << ": " << (opened.ok() ? "" : opened.error().message);
  if (opened.ok()) made.pipeline = std::move(*opened);
  return made;
}

double context_mean(const std::string& prompt) {
  const std::string root = NOONMARK_SOURCE_DIR "/tests/golden/sdxl_tiny/package/tokenizer/";
  const auto text = [&](const char* file) { return core::read_text(root + file, 1 << 20).value(); };
  static const Tokenizer tokenizer =
      Tokenizer::create({text("vocab.json"), text("merges.txt"), text("tokenizer_config.json"), ""}).value();
  double sum = 0;
  const std::vector<std::int64_t> ids = tokenizer.encode(prompt, kLength).value();
  for (const std::int64_t id : ids) sum += static_cast<double>(id) * (0.001 - 0.0005);
  return sum / (2 * kLength);
}

/// The walk for one image, in plain words.
std::vector<float> expected_latent(const Variant& variant, const ImageRequest& request) {
  const codec::Json json =
      codec::Json::object({{"_class_name", variant.scheduler}, {"timestep_spacing", "leading"}, {"steps_offset", 1}});
  const Schedule schedule = plan_schedule(parse_scheduler(json).value(), 5).value();
  core::Philox noise(request.seed);
  std::vector<float> x(kChannels * kSide * kSide), clean(x.size()), output(x.size()), fresh(x.size());
  for (float& value : x) value = static_cast<float>(noise.normal() * schedule.initial_noise_scale);
  const double guidance = *request.guidance_scale;
  const auto embedding = guidance_embedding(guidance, 8);
  double embedded = 0;
  for (const float value : embedding) embedded += value / 8.0;
  for (const ScheduleStep& step : schedule.steps) {
    const bool whole = variant.timestep == ElementType::int64 || variant.timestep == ElementType::int32;
    const double time = whole ? std::trunc(step.timestep) : step.timestep;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const auto answer = [&](const std::string& prompt) {
        return kSampleWeight * x[i] * step.input_scale + kContextWeight * context_mean(prompt) +
               kTimestepWeight * time + (variant.guided ? kGuidanceWeight * embedded : 0);
      };
      const double positive = answer(request.prompt);
      const bool pair = guidance > 1 && !variant.guided;
      const double negative = pair ? answer(request.negative_prompt) : 0;
      output[i] = static_cast<float>(pair ? negative + guidance * (positive - negative) : positive);
    }
    if (step.from_noise != 0) {
      for (float& value : fresh) value = static_cast<float>(noise.normal());
    }
    apply_step(step, schedule.clip_range, output, x, clean, fresh);
  }
  return x;
}

void expect_walk(const Variant& variant, double tolerance) {
  const Folder made = make(variant);
  if (made.pipeline == nullptr) return;
  for (const double guidance : {1.0, 4.0}) {
    ImageRequest request;
    request.prompt = "a tiger face";
    request.negative_prompt = "blue";
    request.guidance_scale = guidance;
    request.seed = 11;
    const auto images = made.pipeline->generate(request, {});
    ASSERT_TRUE(images.ok()) << variant.name << ": " << images.error().message;
    const std::vector<float> latent = expected_latent(variant, request);
    const auto ours = made.pipeline->last_pixels();
    ASSERT_EQ(ours.size(), 3u * kSide * kSide);
    for (std::size_t i = 0; i < ours.size(); ++i) {
      EXPECT_NEAR(ours[i], latent[i] / 2.0 * 0.5 + 0.5, tolerance) << variant.name << " guidance " << guidance;
    }
    request.n = 3;
    const auto many = made.pipeline->generate(request, {});
    ASSERT_TRUE(many.ok()) << variant.name << ": " << many.error().message;
    EXPECT_EQ(many->size(), 3u);
    EXPECT_EQ((*many)[0].pixels.size(), images->front().pixels.size());
  }
}

TEST(Variants, TimestepsOfEveryShapeAndType) {
  for (const ElementType type : {ElementType::int64, ElementType::int32, ElementType::float32}) {
    for (const std::vector<DeclaredDimension>& shape : {std::vector<DeclaredDimension>{},
                                                        {std::int64_t{1}},
                                                        {DeclaredDimension("steps")},
                                                        {DeclaredDimension("batch")}}) {
      Variant variant;
      variant.name =
          "timestep type " + std::to_string(static_cast<int>(type)) + " rank " + std::to_string(shape.size());
      variant.timestep = type;
      variant.timestep_shape = shape;
      expect_walk(variant, 1e-5);
    }
  }
}

TEST(Variants, HalfPrecisionInputsAndOutputs) {
  Variant variant;
  variant.name = "float16";
  variant.number = variant.timestep = ElementType::float16;
  variant.scheduler = "DDIMScheduler";
  expect_walk(variant, 5e-3);
}

TEST(Variants, ThirtyTwoBitIds) {
  Variant variant;
  variant.name = "int32 ids";
  variant.ids = ElementType::int32;
  expect_walk(variant, 1e-5);
}

TEST(Variants, GuidanceAsAnInputReplacesTheNegativeRow) {
  Variant variant;
  variant.name = "timestep_cond";
  variant.guided = true;
  variant.scheduler = "LCMScheduler";
  expect_walk(variant, 1e-4);
}

TEST(Variants, StochasticSchedulersDrawFromTheSameStream) {
  Variant variant;
  variant.name = "ancestral";
  variant.scheduler = "EulerAncestralDiscreteScheduler";
  expect_walk(variant, 1e-4);
}

TEST(Variants, GraphsForAFixedNumberOfRows) {
  for (const std::int64_t rows : {1, 2}) {
    for (const int threads : {1, 2}) {
      Variant variant;
      variant.name = std::to_string(rows) + " rows, " + std::to_string(threads) + " threads";
      variant.fixed_rows = rows;
      variant.threads = threads;
      variant.timestep_shape = {DeclaredDimension("batch")};
      expect_walk(variant, 1e-5);
    }
  }
  Variant three;
  three.fixed_rows = 3;
  ImageRequest request;
  request.guidance_scale = 4.0;
  const auto refused = make(three).pipeline->generate(request, {});
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("3 rows"), std::string::npos);
}

// --- pictures to begin with

image::Image stripes(int width, int height) {
  image::Image picture = image::blank(width, height, 3);
  for (std::size_t i = 0; i < picture.pixels.size(); ++i) picture.pixels[i] = static_cast<std::uint8_t>(i * 37 % 256);
  return picture;
}

ImageRequest edit(int width, int height) {
  ImageRequest request;
  request.prompt = "a tiger face";
  request.guidance_scale = 1.0;
  request.seed = 5;
  request.picture = stripes(width, height);
  return request;
}

TEST(FromPicture, WalksTheEndOfTheScheduleFromTheNoisyPicture) {
  for (const char* scheduler : {"EulerDiscreteScheduler", "DDIMScheduler", "DPMSolverMultistepScheduler"}) {
    Variant variant;
    variant.scheduler = scheduler;
    variant.encoder = true;
    const Folder made = make(variant);
    ImageRequest request = edit(kSide, kSide);
    request.strength = 0.4;
    std::vector<Progress> seen;
    ASSERT_TRUE(
        made.pipeline->generate(request, [&](Progress progress) { return seen.push_back(progress), true; }).ok());
    EXPECT_EQ(seen.size(), 2u);
    EXPECT_EQ(seen.back().steps, 2);

    const codec::Json json =
        codec::Json::object({{"_class_name", scheduler}, {"timestep_spacing", "leading"}, {"steps_offset", 1}});
    const Schedule whole = plan_schedule(parse_scheduler(json).value(), 5).value();
    core::Philox noise(request.seed);
    const ScheduleStep& first = whole.steps[3];
    for (std::size_t i = 0; i < 3u * kSide * kSide; ++i) {
      const std::size_t pixel = i % (kSide * kSide) * 3 + i / (kSide * kSide);
      const double clean = (request.picture->pixels[pixel] / 127.5 - 1) * 2.0;
      double x = first.signal * clean + first.noise * noise.normal(), before = 0;
      for (std::size_t k = 3; k < 5; ++k) {
        ScheduleStep step = whole.steps[k];
        if (k == 3) step.from_clean += step.from_previous_clean, step.from_previous_clean = 0;
        const double output = kSampleWeight * x * step.input_scale + kContextWeight * context_mean(request.prompt) +
                              kTimestepWeight * std::trunc(step.timestep);
        const double limit = whole.clip_range.value_or(1e9);
        const double now = std::clamp(step.clean_from_sample * x + step.clean_from_output * output, -limit, limit);
        x = step.from_sample * x + step.from_output * output + step.from_clean * now +
            step.from_previous_clean * before;
        before = now;
      }
      EXPECT_NEAR(made.pipeline->last_pixels()[i], x / 2 * 0.5 + 0.5, 1e-4) << scheduler << " at " << i;
    }
  }
}

TEST(FromPicture, AMaskKeepsEveryPixelThatItDoesNotPaint) {
  Variant variant;
  variant.encoder = true;
  const Folder made = make(variant);
  for (const double strength : {0.4, 1.0}) {
    ImageRequest request = edit(kSide * 2, kSide * 2);  // another size than the model's: shrunk, and brought back
    request.strength = strength;
    request.mask = image::blank(kSide * 2, kSide * 2, 1);
    for (int x = 0; x < kSide; ++x) request.mask->pixels[request.mask->offset(x, 3)] = 255;
    const image::Image picture = made.pipeline->generate(request, {}).value().front();
    ASSERT_EQ(picture.width, kSide * 2);
    int changed = 0;
    for (std::size_t i = 0; i < request.mask->pixels.size(); ++i) {
      for (std::size_t c = i * 3; c < i * 3 + 3; ++c) {
        if (request.mask->pixels[i] == 0) EXPECT_EQ(picture.pixels[c], request.picture->pixels[c]) << "pixel " << i;
        changed += picture.pixels[c] != request.picture->pixels[c];
      }
    }
    EXPECT_GT(changed, kSide) << "the rest is painted anew";
  }
}

TEST(FromPicture, MarginsArePaintedAroundThePicture) {
  Variant variant;
  variant.encoder = true;
  const Folder made = make(variant);
  ImageRequest request = edit(4, 6);
  request.expand = {.left = 3, .top = 0, .right = 1, .bottom = 2};
  request.n = 2;
  const std::vector<image::Image> pictures = made.pipeline->generate(request, {}).value();
  ASSERT_EQ(pictures.size(), 2u);
  for (const image::Image& picture : pictures) {
    ASSERT_EQ(picture.width, 8);
    ASSERT_EQ(picture.height, 8);
    for (int y = 0; y < 6; ++y) {
      for (int x = 0; x < 4; ++x) {
        EXPECT_EQ(picture.pixels[picture.offset(x + 3, y)], request.picture->pixels[request.picture->offset(x, y)]);
      }
    }
  }
  EXPECT_NE(pictures[0], pictures[1]);
}

TEST(FromPicture, ThePictureDecidesTheShapeUnlessARequestDoes) {
  Variant variant;
  variant.encoder = true;
  const Folder made = make(variant);
  EXPECT_EQ(made.pipeline->generate(edit(kSide * 4, kSide * 4), {}).value().front().width, kSide);
  ImageRequest other = edit(kSide * 4, kSide);
  other.width = 16;
  const auto refused = made.pipeline->generate(other, {});
  ASSERT_FALSE(refused.ok()) << "this U-Net takes one size only";
  EXPECT_EQ(refused.error().kind, core::ErrorKind::invalid);
}

TEST(FromPicture, IsRefusedWithAReason) {
  const Folder blind = make({});
  const auto without = blind.pipeline->generate(edit(kSide, kSide), {});
  EXPECT_NE(without.error().message.find("no vae_encoder"), std::string::npos);
  Variant variant;
  variant.encoder = true;
  const Folder made = make(variant);
  for (const double strength : {0.0, -1.0, 1.5, std::nan("")}) {
    ImageRequest request = edit(kSide, kSide);
    request.strength = strength;
    EXPECT_NE(made.pipeline->generate(request, {}).error().message.find("strength"), std::string::npos) << strength;
  }
  ImageRequest lost;
  lost.strength = 0.5;
  EXPECT_NE(made.pipeline->generate(lost, {}).error().message.find("picture"), std::string::npos);
}

}  // namespace
}  // namespace noonmark::pipelines
