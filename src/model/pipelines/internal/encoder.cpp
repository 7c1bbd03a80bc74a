#include "model/pipelines/internal/encoder.h"

#include "model/pipelines/internal/step.h"

namespace noonmark::pipelines {
namespace {

bool is_float_picture(const onnx::ValueInfo& value) {
  return value.shape.size() == 4 && (value.dtype == onnx::DataType::float32 || value.dtype == onnx::DataType::float16);
}

}  // namespace

core::Result<Encoder> Encoder::open(const std::filesystem::path& graph, const onnx::Runtime& runtime,
                                    const onnx::SessionSettings& settings, const ModelConfig& config,
                                    std::int64_t channels, int factor) {
  Encoder encoder;
  encoder.session_ = TRY(onnx::Session::open(runtime, graph, settings).context("vae_encoder"));
  encoder.channels_ = channels;
  encoder.factor_ = factor;
  encoder.config_ = config;
  const onnx::Session& session = *encoder.session_;
  if (session.inputs().size() != 1 || session.outputs().empty() || !is_float_picture(session.inputs()[0]) ||
      !is_float_picture(session.outputs()[0])) {
    return core::invalid("vae_encoder: the graph must turn one picture of four axes into one latent");
  }
  return encoder;
}

core::Result<std::vector<float>> Encoder::encode(const image::Image& picture) const {
  const onnx::ValueInfo& input = session_->inputs()[0];
  const std::int64_t height = picture.height, width = picture.width;
  const auto pixels = static_cast<std::size_t>(height * width);
  std::vector<float> planes(pixels * 3);
  for (std::size_t channel = 0; channel < 3; ++channel) {
    for (std::size_t i = 0; i < pixels; ++i) {
      planes[channel * pixels + i] = static_cast<float>(picture.pixels[i * 3 + channel]) / 127.5F - 1.0F;
    }
  }
  const onnx::Tensor sample = TRY(onnx::Tensor::create(input.dtype, {1, 3, height, width}));
  TRY(onnx::store_floats(planes, sample.view()));
  const std::vector<onnx::Tensor> outputs =
      TRY(session_->run({{input.name, sample.view()}}, {session_->outputs()[0].name}).context("vae_encoder"));
  const onnx::Tensor& given = outputs[0];
  // latent_parameters holds means, then log-variances; latent_sample the latent alone.
  const std::int64_t rows = height / factor_, columns = width / factor_;
  const onnx::Shape& shape = given.shape();
  const bool fits = shape.size() == 4 && shape[0] == 1 && (shape[1] == channels_ || shape[1] == 2 * channels_) &&
                    shape[2] == rows && shape[3] == columns;
  if (!fits) return core::invalid("vae_encoder gives " + onnx::to_string(shape) + " for a picture of this size");
  std::vector<float> values(given.size());
  TRY(onnx::load_floats(given.view(), values));
  const auto area = static_cast<std::size_t>(rows * columns);
  values.resize(static_cast<std::size_t>(channels_) * area);
  if (!all_finite(values)) return core::corrupt("vae_encoder gave a latent that is no number");
  // What the decoder does with a latent, the other way round.
  for (std::size_t i = 0; i < values.size(); ++i) {
    double value = values[i] - config_.shift_factor;
    if (!config_.latents_mean.empty()) value -= config_.latents_mean[i / area];
    value *= config_.scaling_factor;
    if (!config_.latents_std.empty()) value /= config_.latents_std[i / area];
    values[i] = static_cast<float>(value);
  }
  return values;
}

}  // namespace noonmark::pipelines
