#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "model/pipelines/internal/crew.h"
#include "model/pipelines/internal/decoder.h"
#include "model/pipelines/internal/denoiser.h"
#include "model/pipelines/internal/encoder.h"
#include "model/pipelines/internal/original.h"
#include "model/pipelines/internal/text_stage.h"
#include "model/pipelines/pipeline.h"
#include "model/pipelines/schedule.h"

namespace noonmark::pipelines {

/// Fills a latent-sized buffer with the next N(0, 1) draw of image k of a request.
using NoiseSource = std::function<void(int image, std::span<float> noise)>;

/// Latent diffusion from text, or from a picture and text, Stable Diffusion's and SDXL's way.
///
/// All images of a request walk together: each step is one pass of the U-Net over their rows (negative rows first, then
/// positive ones), cut into as many parts as there are threads. With one image and two threads the parts are the two
/// halves of classifier-free guidance, so no operator is ever shared between threads.
class TextToImage final : public Pipeline {
 public:
  /// Everything that open() prepares.
  struct Parts {
    UnetLayout layout;
    std::unique_ptr<onnx::Session> unet;
    Decoder decoder;
    std::function<core::Result<Encoder>()> open_encoder;  ///< empty: the package has none
    TextStage text;
    SchedulerConfig scheduler;
    package::Defaults defaults;
    int threads = 1;
    bool one_by_one = false;  ///< images of one request walk one after the other
  };
  explicit TextToImage(Parts parts) : parts_(std::move(parts)), crew_(parts_.threads) {}

  static core::Result<std::unique_ptr<TextToImage>> open(const package::Package& package, const onnx::Runtime& runtime);

  core::Result<std::vector<image::Image>> generate(const ImageRequest& request, const OnProgress& on_progress) override;

  /// generate() with noise from elsewhere, for comparison with other implementations.
  core::Result<std::vector<image::Image>> generate_from(const ImageRequest& request, const NoiseSource& noise,
                                                        const OnProgress& on_progress);

  /// The last decoded picture of thread 0 before rounding, [3, height, width], 0 black to 1 white.
  std::span<const float> last_pixels() const { return Decoder::last_pixels(slots_.front()); }

 private:
  /// A request with every default filled in and every bound checked.
  struct Job {
    int steps = 0, width = 0, height = 0, n = 1;
    double guidance = 1, rescale = 0, strength = 1;
    bool negative = false;  ///< classifier-free guidance needs negative rows
    std::int64_t latent_height = 0, latent_width = 0;
    std::optional<Original> original;
    std::vector<float> original_latent, repainted;  ///< of the original: its latent, and latent_mask() or empty
    bool from_noise = true;                         ///< nothing of the original's latent is in the first one
  };
  /// Images that walk together.
  struct Group {
    int first = 0, count = 0;
  };

  core::Result<Job> plan_job(const ImageRequest& request) const;
  core::Result<void> plan_size(const ImageRequest& request, Job& job) const;
  core::Result<void> encode_original(Job& job);
  int group_size(const Job& job) const;
  core::Result<void> prepare(const Job& job, int images, const Conditioning& positive, const Conditioning* negative);
  void begin(const Job& job, const Schedule& schedule, const Group& group, const NoiseSource& noise);
  void keep_original(const Job& job, const Schedule& schedule, std::size_t next, const Group& group);
  core::Result<void> walk(const Job& job, const Schedule& schedule, const Group& group, const NoiseSource& noise,
                          const OnProgress& on_progress, int walked);
  core::Result<void> take_step(const Job& job, const Schedule& schedule, std::size_t index, const Group& group,
                               const NoiseSource& noise);
  core::Result<void> decode(const Job& job, const Group& group, std::vector<image::Image>& images);

  Parts parts_;
  Crew crew_;
  std::optional<Encoder> encoder_;  // opened by the first request that needs it: others pay nothing for it

  // Buffers of the last shape, kept for the next request.
  std::unique_ptr<Denoiser> denoiser_;
  std::vector<Decoder::Slot> slots_;
  std::vector<std::vector<float>> latents_, cleans_, starts_;  // one per image of the group; starts_: its first noise
  std::vector<float> guided_, noise_;
};

}  // namespace noonmark::pipelines
