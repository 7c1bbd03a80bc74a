#pragma once

#include <memory>

#include "model/pipelines/pipeline.h"

namespace noonmark::pipelines {

/// A model that enlarges pictures by a whole number, ready to run.
/// Owner: the caller; the Runtime must outlive it, the Package need not. Threads: one call at a time.
/// Fails: as upscale() says; a failed call leaves it usable.
class Upscaler {
 public:
  /// Opens a package with upscaler/model.onnx (`image` [batch, 3, height, width] in [0, 1] to `upscaled`, `scale` times
  /// as high and wide) and upscaler/config.json (`scale`, and `overlap`: how far, in pixels, a pixel of the answer
  /// looks around). Fails: invalid (a layout that isn't understood), unavailable (execution provider).
  static core::Result<std::unique_ptr<Upscaler>> open(const package::Package& package, const onnx::Runtime& runtime);
  virtual ~Upscaler() = default;

  virtual int scale() const = 0;
  /// Enlarges an RGB picture tile by tile; where tiles meet nothing shows, because each sees `overlap` pixels around it
  /// (the picture's mirror image beyond its border). Fails: invalid (no picture, or larger than kMaxSide a side or
  /// kMaxPixels in all once it is enlarged), cancelled, corrupt (values that are no numbers), internal.
  virtual core::Result<image::Image> upscale(const image::Image& picture, const OnProgress& on_progress) = 0;
};

}  // namespace noonmark::pipelines
