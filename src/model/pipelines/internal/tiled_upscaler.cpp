#include "model/pipelines/internal/tiled_upscaler.h"

#include <algorithm>
#include <cmath>

#include "model/pipelines/internal/model_config.h"
#include "model/pipelines/internal/step.h"

namespace noonmark::pipelines {
namespace {

/// The picture goes on as its mirror image beyond its borders.
int mirrored(int at, int size) {
  const int period = 2 * size, inside = ((at % period) + period) % period;
  return inside < size ? inside : period - 1 - inside;
}

core::Result<int> whole(const codec::Json& config, const char* key, int least, int most) {
  const codec::Json* const value = config.find(key);
  if (value != nullptr && value->is_integer() && value->as_integer() >= least && value->as_integer() <= most) {
    return static_cast<int>(value->as_integer());
  }
  return core::invalid("upscaler/config.json: " + std::string(key) + " must be a whole number from " +
                       std::to_string(least) + " to " + std::to_string(most));
}

bool is_picture(const onnx::ValueInfo& value) {
  return value.shape.size() == 4 && (value.dtype == onnx::DataType::float32 || value.dtype == onnx::DataType::float16);
}

}  // namespace

core::Result<std::unique_ptr<Upscaler>> Upscaler::open(const package::Package& package, const onnx::Runtime& runtime) {
  const std::string graph = "upscaler/model.onnx";
  if (!package.contains(graph)) return core::invalid("the package lacks " + graph);
  const codec::Json config = TRY(read_json_object(package, "upscaler/config.json"));
  TiledUpscaler::Parts parts;
  parts.scale = TRY(whole(config, "scale", 1, 8));
  parts.overlap = TRY(whole(config, "overlap", 0, 256));
  onnx::SessionSettings settings;
  settings.intra_op_threads = package.manifest().runtime.intra_op_threads;
  settings.execution_provider = package.manifest().runtime.execution_provider;
  parts.session = TRY(onnx::Session::open(runtime, package.file(graph), settings));
  const onnx::Session& session = *parts.session;
  if (session.inputs().size() != 1 || session.outputs().size() != 1 || !is_picture(session.inputs()[0]) ||
      !is_picture(session.outputs()[0])) {
    return core::invalid(graph + ": one picture of four axes in and one out are expected");
  }
  parts.input = session.inputs()[0].name;
  parts.output = session.outputs()[0].name;
  std::unique_ptr<Upscaler> upscaler = std::make_unique<TiledUpscaler>(std::move(parts));
  return upscaler;
}

std::vector<TiledUpscaler::Tile> TiledUpscaler::tiles_of(const image::Image& picture) const {
  std::vector<Tile> tiles;
  for (int y = 0; y < picture.height; y += parts_.tile) {
    for (int x = 0; x < picture.width; x += parts_.tile) {
      tiles.push_back({x, y, std::min(parts_.tile, picture.width - x), std::min(parts_.tile, picture.height - y)});
    }
  }
  return tiles;
}

core::Result<void> TiledUpscaler::fill(const image::Image& picture, const Tile& tile, image::Image& enlarged) const {
  const int margin = parts_.overlap, scale = parts_.scale;
  const int width = tile.width + 2 * margin, height = tile.height + 2 * margin;
  const auto area = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  std::vector<float> planes(area * 3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const std::size_t from =
          picture.offset(mirrored(tile.x + x - margin, picture.width), mirrored(tile.y + y - margin, picture.height));
      const auto to = static_cast<std::size_t>(y * width + x);
      for (std::size_t c = 0; c < 3; ++c) planes[c * area + to] = static_cast<float>(picture.pixels[from + c]) / 255.0F;
    }
  }
  const onnx::Tensor input = TRY(onnx::Tensor::create(parts_.session->inputs()[0].dtype, {1, 3, height, width}));
  TRY(onnx::store_floats(planes, input.view()));
  const std::vector<onnx::Tensor> given =
      TRY(parts_.session->run({{parts_.input, input.view()}}, {parts_.output}).context("upscaler"));
  const onnx::Shape wanted = {1, 3, std::int64_t{height} * scale, std::int64_t{width} * scale};
  if (given[0].shape() != wanted) {
    return core::invalid("upscaler gives " + onnx::to_string(given[0].shape()) + " instead of " +
                         onnx::to_string(wanted));
  }
  std::vector<float> values(given[0].size());
  TRY(onnx::load_floats(given[0].view(), values));
  if (!all_finite(values)) return core::corrupt("upscaler gave pixels that are no numbers");
  const std::size_t stride = static_cast<std::size_t>(width * scale), plane = values.size() / 3;
  for (int y = 0; y < tile.height * scale; ++y) {
    for (int x = 0; x < tile.width * scale; ++x) {
      const std::size_t to = enlarged.offset(tile.x * scale + x, tile.y * scale + y);
      const std::size_t from =
          static_cast<std::size_t>(y + margin * scale) * stride + static_cast<std::size_t>(x + margin * scale);
      for (std::size_t c = 0; c < 3; ++c) {
        const float value = std::clamp(values[c * plane + from], 0.0F, 1.0F);
        enlarged.pixels[to + c] = static_cast<std::uint8_t>(std::nearbyint(value * 255.0F));
      }
    }
  }
  return {};
}

core::Result<image::Image> TiledUpscaler::upscale(const image::Image& picture, const OnProgress& on_progress) {
  if (!image::is_sound(picture) || picture.channels != 3) return core::invalid("an RGB picture is expected");
  const std::int64_t pixels = std::int64_t{picture.width} * picture.height * parts_.scale * parts_.scale;
  if (picture.width > kMaxSide || picture.height > kMaxSide || pixels > kMaxPixels) {
    return core::invalid("the picture has " + std::to_string(picture.width) + "x" + std::to_string(picture.height) +
                         " pixels; " + std::to_string(parts_.scale) + " times as large it would be beyond " +
                         std::to_string(kMaxPixels) + " pixels");
  }
  image::Image enlarged = image::blank(picture.width * parts_.scale, picture.height * parts_.scale, 3);
  const std::vector<Tile> tiles = tiles_of(picture);
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    TRY(fill(picture, tiles[i], enlarged));
    const Progress progress{static_cast<int>(i) + 1, static_cast<int>(tiles.size())};
    if (on_progress && !on_progress(progress) && progress.step < progress.steps) {
      return core::cancelled("the request was cancelled");
    }
  }
  return enlarged;
}

}  // namespace noonmark::pipelines
