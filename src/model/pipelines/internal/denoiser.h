#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/onnx/session.h"
#include "model/pipelines/internal/crew.h"
#include "model/pipelines/internal/text_stage.h"

namespace noonmark::pipelines {

/// What a U-Net's graph takes and gives, read from its inputs and outputs.
struct UnetLayout {
  enum class Timestep { scalar, one, per_row };

  onnx::DataType dtype = onnx::DataType::float32;  ///< of all floating-point inputs
  std::int64_t channels = 4;
  std::optional<std::int64_t> fixed_rows, fixed_height, fixed_width;  ///< of the latent
  Timestep timestep = Timestep::scalar;
  onnx::DataType timestep_dtype = onnx::DataType::int64;
  bool pooled = false;  ///< takes text_embeds and time_ids (SDXL)
  bool guided = false;  ///< takes timestep_cond, an embedding of the guidance scale (LCM): no second, negative row
  std::int64_t guidance_width = 0;
  std::int64_t context_width = -1;  ///< -1: any
  std::string output;
};

/// Fails: invalid, naming the input or output that isn't understood.
core::Result<UnetLayout> read_unet_layout(const onnx::Session& unet, std::optional<int> time_cond_width);

/// One U-Net at one shape: all buffers made and bound once, so that a step copies nothing but the latents into place.
/// Rows are split into parts that run at the same time.
/// Owner:   the caller; the session must outlive it.
/// Threads: one at a time.
class Denoiser {
 public:
  struct Shape {
    int rows = 2;
    std::int64_t height = 0, width = 0;  ///< of the latent
    std::int64_t tokens = 0, context_width = 0, pooled_width = 0;
    int parts = 1;  ///< divides rows as evenly as can be
    bool operator==(const Shape&) const = default;
  };

  /// Fails: invalid (the graph refuses the shape), exhausted.
  static core::Result<std::unique_ptr<Denoiser>> create(const onnx::Session& unet, const UnetLayout& layout,
                                                        const Shape& shape);

  const Shape& shape() const { return shape_; }
  std::size_t latent_size() const { return latent_size_; }

  /// Conditions a row. `width`, `height` of the picture in pixels. Requires: the shape's token count and widths.
  core::Result<void> set_row(int row, const Conditioning& conditioning, int width, int height);
  /// The guidance scale for models that take it as an input.
  core::Result<void> set_guidance(double guidance);
  /// The row's input: latent * scale.
  core::Result<void> put_latent(int row, std::span<const float> latent, double scale);
  core::Result<void> run(double timestep, Crew& crew);
  /// The row's output of the last run; may be overwritten by the caller.
  core::Result<std::span<float>> answer(int row);

 private:
  Denoiser() = default;
  core::Result<void> make_tensors(const UnetLayout& layout);
  core::Result<void> bind_parts(const onnx::Session& unet);
  core::Result<void> put_timestep(double timestep);

  Shape shape_;
  UnetLayout layout_;
  std::size_t latent_size_ = 0;
  onnx::Tensor sample_, timestep_, context_, pooled_, time_ids_, guidance_, output_;
  std::vector<float> scratch_;  // latents on their way to or from float16
  std::vector<std::unique_ptr<onnx::Binding>> parts_;
};

/// Sinusoidal embedding of (guidance - 1) * 1000: sines, then cosines (Vaswani et al. 2017, section 3.5).
std::vector<float> guidance_embedding(double guidance, std::int64_t width);

}  // namespace noonmark::pipelines
