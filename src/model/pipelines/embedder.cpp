#include "model/pipelines/embedder.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "model/image/colour.h"
#include "model/image/resize.h"
#include "model/pipelines/internal/model_config.h"
#include "model/pipelines/internal/step.h"

namespace noonmark::pipelines {
namespace {

constexpr std::int64_t kMostPositions = 4096, kMostWidth = 16384, kMostPixels = 2048;
constexpr std::array<std::uint8_t, 3> kWhite = {255, 255, 255};

core::Result<Tokenizer> open_tokenizer(const package::Package& package) {
  const auto text = [&](const char* name) -> core::Result<std::string> {
    const std::string path = std::string("tokenizer/") + name;
    return package.contains(path) ? package.read_text(path) : core::Result<std::string>(std::string());
  };
  TokenizerFiles files;
  files.vocabulary = TRY(text("vocab.json"));
  files.merges = TRY(text("merges.txt"));
  files.config = TRY(text("tokenizer_config.json"));
  files.special_tokens = TRY(text("special_tokens_map.json"));
  return Tokenizer::create(files);
}

/// Three numbers of config.json; `usual` where it says nothing.
core::Result<std::array<float, 3>> by_channel(const codec::Json& config, const char* key, std::array<float, 3> usual) {
  const codec::Json* const list = config.find(key);
  if (list == nullptr) return usual;
  std::array<float, 3> values{};
  bool sound = list->is_array() && list->as_array().size() == values.size();
  for (std::size_t c = 0; sound && c < values.size(); ++c) {
    const codec::Json& one = list->as_array()[c];
    sound = one.is_number() && std::abs(one.as_number()) < 1e6;
    if (sound) values[c] = static_cast<float>(one.as_number());
  }
  if (!sound) return core::invalid(std::string("config.json: ") + key + " must be three numbers");
  return values;
}

/// The size of an axis that must be fixed.
core::Result<int> fixed(const onnx::ValueInfo& value, std::size_t axis, std::int64_t most) {
  const std::int64_t size = axis < value.shape.size() ? value.shape[axis].size : -1;
  if (size >= 1 && size <= most) return static_cast<int>(size);
  return core::invalid(value.name + ": axis " + std::to_string(axis) + " must be fixed, and at most " +
                       std::to_string(most));
}

/// The largest square in the middle, at this size.
image::Image square(const image::Image& picture, int side) {
  const int edge = std::min(picture.width, picture.height);
  const int left = (picture.width - edge) / 2, top = (picture.height - edge) / 2;
  image::Image middle = image::blank(edge, edge, picture.channels);
  for (int y = 0; y < edge; ++y) {
    const auto from = picture.pixels.begin() + static_cast<std::ptrdiff_t>(picture.offset(left, top + y));
    std::copy_n(from, edge * picture.channels,
                middle.pixels.begin() + static_cast<std::ptrdiff_t>(middle.offset(0, y)));
  }
  return edge == side ? middle : image::resize(middle, side, side, image::Filter::bilinear);
}

}  // namespace

core::Result<Embedder::Tower> Embedder::open_tower(const package::Package& package, const onnx::Runtime& runtime,
                                                   const std::string& graph, const std::string& output) {
  if (!package.contains(graph)) return core::invalid("the package lacks " + graph);
  onnx::SessionSettings settings;
  settings.intra_op_threads = package.manifest().runtime.intra_op_threads;
  settings.execution_provider = package.manifest().runtime.execution_provider;
  Tower tower;
  tower.session = TRY(onnx::Session::open(runtime, package.file(graph), settings));
  if (tower.session->inputs().size() != 1 || tower.session->output(output) == nullptr) {
    return core::invalid(graph + ": one input and the output " + output + " are expected");
  }
  tower.input = tower.session->inputs()[0].name;
  tower.output = output;
  return tower;
}

core::Result<Embedder> Embedder::open(const package::Package& package, const onnx::Runtime& runtime) {
  Tower text = TRY(open_tower(package, runtime, "text_model/model.onnx", "text_embeds"));
  Tower vision = TRY(open_tower(package, runtime, "vision_model/model.onnx", "image_embeds"));
  Embedder embedder(std::move(text), std::move(vision), TRY(open_tokenizer(package)));
  const codec::Json config = TRY(read_json_object(package, "config.json"));
  embedder.mean_ = TRY(by_channel(config, "image_mean", embedder.mean_));
  embedder.deviation_ = TRY(by_channel(config, "image_std", embedder.deviation_));
  if (std::ranges::any_of(embedder.deviation_, [](float value) { return !(value > 0); })) {
    return core::invalid("config.json: image_std must be above 0");
  }
  TRY(embedder.take_shapes());
  return embedder;
}

core::Result<void> Embedder::take_shapes() {
  const onnx::ValueInfo &ids = text_.session->inputs()[0], &pixels = vision_.session->inputs()[0];
  if (ids.dtype != onnx::DataType::int64 || ids.shape.size() != 2) {
    return core::invalid(ids.name + ": int64 [batch, length] is expected");
  }
  if ((pixels.dtype != onnx::DataType::float32 && pixels.dtype != onnx::DataType::float16) ||
      pixels.shape.size() != 4) {
    return core::invalid(pixels.name + ": floats [batch, 3, side, side] are expected");
  }
  length_ = ids.shape[1].fixed() ? TRY(fixed(ids, 1, kMostPositions)) : tokenizer_.model_max_length();
  if (length_ < 2 || length_ > kMostPositions) {
    return core::invalid("tokenizer/tokenizer_config.json: model_max_length is needed where the graph leaves it open");
  }
  side_ = TRY(fixed(pixels, 2, kMostPixels));
  if (TRY(fixed(pixels, 3, kMostPixels)) != side_ || TRY(fixed(pixels, 1, kMostPixels)) != 3) {
    return core::invalid(pixels.name + ": square pictures of three channels are expected");
  }
  width_ = TRY(fixed(*text_.session->output(text_.output), 1, kMostWidth));
  if (TRY(fixed(*vision_.session->output(vision_.output), 1, kMostWidth)) != width_) {
    return core::invalid("texts and pictures become vectors of different lengths");
  }
  return {};
}

core::Result<int> Embedder::count_tokens(std::string_view text) const {
  const std::vector<std::int64_t> ids = TRY(tokenizer_.tokens(text));
  return static_cast<int>(ids.size()) + 2;
}

core::Result<std::vector<float>> Embedder::embed(std::string_view text) const {
  const int tokens = TRY(count_tokens(text));
  if (tokens > length_) {
    return core::invalid("the text has " + std::to_string(tokens) + " tokens; this model reads " +
                         std::to_string(length_));
  }
  const std::vector<std::int64_t> ids = TRY(tokenizer_.encode(text, length_));
  const onnx::Tensor input = TRY(onnx::Tensor::create(onnx::DataType::int64, {1, length_}));
  std::ranges::copy(ids, input.view().values<std::int64_t>().begin());
  return run(text_, input.view());
}

core::Result<std::vector<float>> Embedder::embed(const image::Image& picture) const {
  if (!image::is_sound(picture)) return core::invalid("a picture is expected");
  const image::Image seen = square(image::flatten(picture, kWhite), side_);
  const auto area = static_cast<std::size_t>(side_) * static_cast<std::size_t>(side_);
  std::vector<float> planes(3 * area);
  for (std::size_t at = 0; at < area; ++at) {
    for (std::size_t c = 0; c < 3; ++c) {
      planes[c * area + at] = (static_cast<float>(seen.pixels[3 * at + c]) / 255.0F - mean_[c]) / deviation_[c];
    }
  }
  const onnx::Tensor input = TRY(onnx::Tensor::create(vision_.session->inputs()[0].dtype, {1, 3, side_, side_}));
  TRY(onnx::store_floats(planes, input.view()));
  return run(vision_, input.view());
}

core::Result<std::vector<float>> Embedder::run(const Tower& tower, const onnx::TensorView& input) const {
  const std::vector<onnx::Tensor> given =
      TRY(tower.session->run({{tower.input, input}}, {tower.output}).context(tower.output));
  if (given[0].size() != static_cast<std::size_t>(width_)) {
    return core::invalid(tower.output + " has the shape " + onnx::to_string(given[0].shape()) + " for one input");
  }
  std::vector<float> values(given[0].size());
  TRY(onnx::load_floats(given[0].view(), values));
  double squares = 0;
  for (const float value : values) squares += double{value} * value;
  if (!all_finite(values) || !(squares > 0)) return core::corrupt(tower.output + " gave values that are no direction");
  const auto length = static_cast<float>(std::sqrt(squares));
  for (float& value : values) value /= length;
  return values;
}

}  // namespace noonmark::pipelines
