#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model/image/image.h"
#include "model/onnx/session.h"
#include "model/pipelines/internal/model_config.h"

namespace noonmark::pipelines {

/// A VAE encoder: pixels to latents, one picture at a time. Takes the mean of what the VAE gives, so that the same
/// picture gives the same latent.
/// Owner:   the caller.
/// Threads: any.
class Encoder {
 public:
  /// Opens vae_encoder/model.onnx. `channels` of the U-Net's latents, `factor` pixels per latent in each direction.
  /// Fails: invalid (no such file, a graph that isn't understood), as Session::open.
  static core::Result<Encoder> open(const std::filesystem::path& graph, const onnx::Runtime& runtime,
                                    const onnx::SessionSettings& settings, const ModelConfig& config,
                                    std::int64_t channels, int factor);

  /// As the U-Net takes it, [channels, height / factor, width / factor]. Requires: RGB, sides that are multiples of the
  /// factor. Fails: invalid (the graph refuses the size), corrupt (values that are no numbers), internal.
  core::Result<std::vector<float>> encode(const image::Image& picture) const;

 private:
  std::unique_ptr<onnx::Session> session_;
  std::int64_t channels_ = 4;
  int factor_ = 8;
  ModelConfig config_;
};

}  // namespace noonmark::pipelines
