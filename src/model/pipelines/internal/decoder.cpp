#include "model/pipelines/internal/decoder.h"

#include <algorithm>
#include <cmath>

#include "model/pipelines/internal/step.h"

namespace noonmark::pipelines {
namespace {

bool is_picture_tensor(const onnx::ValueInfo& value) {
  return value.shape.size() == 4 && (value.dtype == onnx::DataType::float32 || value.dtype == onnx::DataType::float16);
}

/// From the graph where both sizes are fixed there (exports of other VAEs than Stable Diffusion's have configs that do
/// not fit), else from the config.
core::Result<int> read_factor(const onnx::ValueInfo& latent, const onnx::ValueInfo& pixels, const ModelConfig& config) {
  if (latent.shape[2].fixed() && pixels.shape[2].fixed() && latent.shape[2].size > 0) {
    const std::int64_t factor = pixels.shape[2].size / latent.shape[2].size;
    if (factor < 1 || factor > 64 || factor * latent.shape[2].size != pixels.shape[2].size) {
      return core::invalid("vae_decoder: the picture's height must be 1 to 64 times the latent's");
    }
    return static_cast<int>(factor);
  }
  if (!config.vae_factor) return core::invalid("vae_decoder/config.json must say block_out_channels");
  return *config.vae_factor;
}

}  // namespace

core::Result<Decoder> Decoder::open(const package::Package& package, const onnx::Runtime& runtime,
                                    const onnx::SessionSettings& settings, const ModelConfig& config) {
  const std::string graph = "vae_decoder/model.onnx";
  if (!package.contains(graph)) return core::invalid("the package lacks " + graph);
  Decoder decoder;
  decoder.config_ = config;
  decoder.session_ = TRY(onnx::Session::open(runtime, package.file(graph), settings));
  const onnx::Session& session = *decoder.session_;
  if (session.inputs().size() != 1 || session.outputs().size() != 1 || !is_picture_tensor(session.inputs()[0]) ||
      !is_picture_tensor(session.outputs()[0]) || session.inputs()[0].dtype != session.outputs()[0].dtype) {
    return core::invalid(
        "vae_decoder: the graph must have one input and one output of four axes and the same floating-point type");
  }
  const onnx::ValueInfo& latent = session.inputs()[0];
  const onnx::ValueInfo& pixels = session.outputs()[0];
  if (pixels.shape[1].fixed() && pixels.shape[1].size != 3)
    return core::invalid("vae_decoder: pictures of 3 channels are expected");
  if (latent.shape[0].fixed() && latent.shape[0].size != 1)
    return core::invalid("vae_decoder: the batch must be free or 1");
  decoder.input_ = latent.name;
  decoder.output_ = pixels.name;
  decoder.channels_ = latent.shape[1].fixed() ? latent.shape[1].size : 4;
  decoder.factor_ = TRY(read_factor(latent, pixels, config));
  if (!config.latents_std.empty() && config.latents_std.size() != static_cast<std::size_t>(decoder.channels_)) {
    return core::invalid("vae_decoder/config.json: latents_std needs one number per channel");
  }
  return decoder;
}

core::Result<Decoder::Slot> Decoder::make_slot(std::int64_t height, std::int64_t width) const {
  Slot slot;
  slot.height = height;
  slot.width = width;
  const onnx::DataType dtype = session_->inputs()[0].dtype;
  slot.latent = TRY(onnx::Tensor::create(dtype, {1, channels_, height, width}));
  slot.pixels = TRY(onnx::Tensor::create(dtype, {1, 3, height * factor_, width * factor_}));
  slot.scaled.resize(slot.latent.size());
  slot.values.resize(slot.pixels.size());
  slot.binding = TRY(session_->bind());
  TRY(slot.binding->input(input_, slot.latent.view()).context("vae_decoder"));
  TRY(slot.binding->output(output_, slot.pixels.view()).context("vae_decoder"));
  return slot;
}

core::Result<image::Image> Decoder::decode(Slot& slot, std::span<const float> latent) const {
  if (latent.size() != slot.scaled.size()) return core::invalid("unet and vae_decoder differ in latent channels");
  const std::size_t area = static_cast<std::size_t>(slot.height * slot.width);
  for (std::size_t i = 0; i < latent.size(); ++i) {
    double value = latent[i];
    if (!config_.latents_std.empty()) value = value * config_.latents_std[i / area];
    value /= config_.scaling_factor;
    if (!config_.latents_mean.empty()) value += config_.latents_mean[i / area];
    slot.scaled[i] = static_cast<float>(value + config_.shift_factor);
  }
  TRY(onnx::store_floats(slot.scaled, slot.latent.view()));
  TRY(slot.binding->run().context("vae_decoder"));
  TRY(onnx::load_floats(slot.pixels.view(), slot.values));
  if (!all_finite(slot.values)) {
    const bool half = slot.pixels.dtype() == onnx::DataType::float16;
    return core::corrupt(std::string("vae_decoder gave pixels that are no numbers") +
                         (half && config_.vae_force_upcast
                              ? ": this VAE overflows in float16 (force_upcast), export it in float32"
                          : half ? "; it may overflow in float16, try it in float32"
                                 : ""));
  }
  image::Image picture =
      image::blank(static_cast<int>(slot.width) * factor_, static_cast<int>(slot.height) * factor_, 3);
  const std::size_t pixels = slot.values.size() / 3;
  for (std::size_t channel = 0; channel < 3; ++channel) {
    for (std::size_t i = 0; i < pixels; ++i) {
      float& value = slot.values[channel * pixels + i];
      value = value * 0.5F + 0.5F;
      picture.pixels[i * 3 + channel] =
          static_cast<std::uint8_t>(std::nearbyint(std::clamp(value, 0.0F, 1.0F) * 255.0F));
    }
  }
  return picture;
}

}  // namespace noonmark::pipelines
