#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "model/image/image.h"
#include "model/onnx/session.h"
#include "model/pipelines/internal/model_config.h"

namespace noonmark::pipelines {

/// A VAE decoder: latents to pixels, one picture at a time.
/// Owner:   the caller.
/// Threads: decode() from one thread per Slot at a time.
class Decoder {
 public:
  /// Buffers for one picture size, bound once.
  struct Slot {
    std::int64_t height = 0, width = 0;  ///< of the latent
    onnx::Tensor latent, pixels;
    std::vector<float> scaled, values;
    std::unique_ptr<onnx::Binding> binding;
  };

  /// Opens vae_decoder/model.onnx. Fails: invalid (graph or config that isn't understood), as Session::open.
  static core::Result<Decoder> open(const package::Package& package, const onnx::Runtime& runtime,
                                    const onnx::SessionSettings& settings, const ModelConfig& config);

  /// Pixels per latent in each direction.
  int factor() const { return factor_; }

  core::Result<Slot> make_slot(std::int64_t height, std::int64_t width) const;

  /// Fails: corrupt (values that are no numbers), internal.
  core::Result<image::Image> decode(Slot& slot, std::span<const float> latent) const;

  /// Raw pixels [3, height, width] of the last decode() in that slot, before clamping: 0 is black, 1 is white.
  static std::span<const float> last_pixels(const Slot& slot) { return slot.values; }

 private:
  std::unique_ptr<onnx::Session> session_;
  std::string input_, output_;
  std::int64_t channels_ = 4;
  int factor_ = 8;
  ModelConfig config_;
};

}  // namespace noonmark::pipelines
