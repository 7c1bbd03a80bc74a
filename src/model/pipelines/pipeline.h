#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "model/image/image.h"
#include "model/onnx/runtime.h"
#include "model/package/package.h"

namespace noonmark::pipelines {

/// Bounds of a request, whatever the package.
inline constexpr int kMaxImages = 64;
inline constexpr int kMaxSide = 4096;                           ///< pixels
inline constexpr std::int64_t kMaxPixels = 64ll * 1024 * 1024;  ///< of all images of one request together
inline constexpr double kMaxGuidance = 100;

/// Pixels by which a picture grows on each side.
struct Margins {
  int left = 0, top = 0, right = 0, bottom = 0;
  bool operator==(const Margins&) const = default;
};

/// What to make. Fields without a value take the package's default.
struct ImageRequest {
  std::string prompt;           ///< UTF-8, at most kMaxPromptBytes
  std::string negative_prompt;  ///< the same; empty: none
  /// Image k of n is made from the noise of `seed + k` and equals the image that a request for one with that seed gets,
  /// up to the rounding of floating-point sums (which may depend on how many rows the runtime multiplies at once).
  std::uint64_t seed = 0;
  int n = 1;                         ///< images, 1 to kMaxImages
  std::optional<int> steps;          ///< 1 to kMaxSteps
  std::optional<int> width, height;  ///< pixels; multiples of the VAE's factor, at most kMaxSide
  /// Strength of classifier-free guidance; 1 or less: none (Ho and Salimans 2021).
  std::optional<double> guidance_scale;
  double guidance_rescale = 0;  ///< 0 to 1 (Lin et al. 2023, section 3.4)

  // To begin with a picture (image-to-image). Without width and height, the new one has the picture's shape and at most
  // the package's usual area. With a mask or margins, the answer has the picture's size, margins included, and every
  // pixel that the mask keeps is exactly the picture's.
  std::optional<image::Image> picture;  ///< at most kMaxSide a side
  std::optional<image::Image> mask;     ///< the picture's size; white is painted anew (inpainting), black is kept
  Margins expand;                       ///< painted anew around the picture (outpainting)
  /// How far the picture is changed: this part of the steps is walked. 0 < strength <= 1; without a value 1 with a mask
  /// or margins, else 0.8.
  std::optional<double> strength;
};

/// After step `step` of `steps`.
struct Progress {
  int step = 0;
  int steps = 0;
};

/// Called after each step from the thread that called generate(); false cancels the request before its next step.
using OnProgress = std::function<bool(Progress)>;

/// A model that makes images, ready to run.
///
/// Owner:   the caller; the Runtime must outlive it, the Package need not.
/// Threads: one call at a time; it may use as many threads inside as the package's runtime settings say.
/// Fails:   as generate() says; a failed call leaves the pipeline usable.
class Pipeline {
 public:
  virtual ~Pipeline() = default;

  /// Makes `request.n` images, RGB. The same request gives the same images every time: noise is
  /// core::Philox(seed + k).normal() in the order channel, row, column for the first latent, then once more for each
  /// step that adds noise. Fails: invalid (request out of bounds, with the bound in the message), cancelled, exhausted
  /// (memory), corrupt (the model gave values that are no numbers), internal (the runtime failed).
  virtual core::Result<std::vector<image::Image>> generate(const ImageRequest& request,
                                                           const OnProgress& on_progress) = 0;
};

/// Opens a text-to-image package in the folder layout of Stable Diffusion exports (tokenizer, text_encoder, unet,
/// vae_decoder, scheduler; for SDXL also tokenizer_2 and text_encoder_2; with vae_encoder it takes pictures too). What
/// the model needs is read from its graphs' inputs and outputs and from its configs, never from its name. Fails:
/// invalid (task or layout that isn't supported, bad config; the message names the file), unavailable (execution
/// provider), not_found, internal.
core::Result<std::unique_ptr<Pipeline>> open_pipeline(const package::Package& package, const onnx::Runtime& runtime);

}  // namespace noonmark::pipelines
