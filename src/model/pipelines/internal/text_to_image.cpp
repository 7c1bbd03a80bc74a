#include "model/pipelines/internal/text_to_image.h"

#include <algorithm>
#include <cmath>

#include "base/core/random.h"
#include "model/image/resize.h"
#include "model/pipelines/internal/step.h"

namespace noonmark::pipelines {
namespace {

/// Latent values per part of a U-Net pass up to which images are worth walking together: small pictures leave most of a
/// pass to per-operator cost, large ones only cost memory.
constexpr std::int64_t kLatentPixelsPerPart = 2048;
constexpr double kUsualStrength = 0.8;

onnx::Optimization optimization(package::GraphOptimization level) {
  switch (level) {
    case package::GraphOptimization::disabled:
      return onnx::Optimization::disabled;
    case package::GraphOptimization::basic:
      return onnx::Optimization::basic;
    case package::GraphOptimization::extended:
      return onnx::Optimization::extended;
    case package::GraphOptimization::all:
      return onnx::Optimization::all;
  }
  CHECK(false, "not an optimisation level");
}

/// Settings of one part. Threads work on different rows rather than on the same operator; only from four on, each row's
/// operators are shared too.
onnx::SessionSettings part_settings(const package::RuntimeSettings& runtime, const std::string& part, int threads) {
  onnx::SessionSettings settings;
  settings.intra_op_threads = std::max(1, threads / 2);
  settings.optimization = optimization(runtime.graph_optimization);
  settings.execution_provider = runtime.execution_provider;
  if (const auto found = runtime.free_dimensions.find(part); found != runtime.free_dimensions.end()) {
    settings.free_dimensions = found->second;
  }
  return settings;
}

core::Result<SchedulerConfig> read_scheduler(const package::Package& package) {
  const codec::Json& own = package.manifest().defaults.scheduler;
  if (own.is_object() && !own.as_object().empty()) return parse_scheduler(own).context("noonmark.json");
  const std::string file = "scheduler/scheduler_config.json";
  if (!package.contains(file))
    return core::invalid("the package lacks " + file + ", and noonmark.json names no scheduler");
  const codec::Json json = TRY(read_json_object(package, file));
  return parse_scheduler(json).context(file);
}

core::Result<TextStage> open_text(const package::Package& package, const onnx::Runtime& runtime,
                                  const UnetLayout& layout, const ModelConfig& config, int threads) {
  const package::RuntimeSettings& settings = package.manifest().runtime;
  const bool second = package.contains("text_encoder_2/model.onnx");
  if (layout.pooled != second) {
    return core::invalid(second ? "the package has text_encoder_2, but its U-Net takes no text_embeds"
                                : "the U-Net takes text_embeds, but the package lacks text_encoder_2/model.onnx");
  }
  std::vector<TextEncoder> encoders;
  encoders.push_back(TRY(open_encoder(package, runtime, part_settings(settings, "text_encoder", threads), config, "",
                                      {.penultimate = layout.pooled, .pooled = false})));
  if (second) {
    encoders.push_back(TRY(open_encoder(package, runtime, part_settings(settings, "text_encoder_2", threads), config,
                                        "_2", {.penultimate = true, .pooled = true})));
    if (encoders[0].length != encoders[1].length)
      return core::invalid("the two text encoders differ in sequence length");
  }
  const bool zeros = config.has_force_zeros ? config.force_zeros : layout.pooled;
  return TextStage(std::move(encoders), layout.dtype, zeros);
}

core::Result<int> check_side(const char* name, int value, int factor, const std::optional<std::int64_t>& fixed) {
  const std::string what = std::string(name) + " " + std::to_string(value);
  if (value < factor || value > kMaxSide || value % factor != 0) {
    return core::invalid(what + " must be a multiple of " + std::to_string(factor) + " from " + std::to_string(factor) +
                         " to " + std::to_string(kMaxSide));
  }
  if (fixed && value != *fixed * factor) {
    return core::invalid(what + ": this package makes pictures with a " + name + " of " +
                         std::to_string(*fixed * factor) + " only");
  }
  return value / factor;
}

/// The package needn't outlive this; the files that it has checked do.
std::function<core::Result<Encoder>()> encoder_opener(const package::Package& package, const onnx::Runtime& runtime,
                                                      onnx::SessionSettings settings, const ModelConfig& config,
                                                      const onnx::Session& unet, int factor) {
  const std::string graph = "vae_encoder/model.onnx";
  if (!package.contains(graph)) return {};
  const onnx::ValueInfo* const sample = unet.input("sample");
  const bool known = sample != nullptr && sample->shape.size() == 4 && sample->shape[1].fixed();
  const std::int64_t channels = known ? sample->shape[1].size : 4;
  return [file = package.file(graph), &runtime, settings = std::move(settings), config, channels, factor] {
    return Encoder::open(file, runtime, settings, config, channels, factor);
  };
}

core::Error not_finite() {
  return core::corrupt(
      "the U-Net gave latents that are no numbers; its weights or scheduler settings are broken, or it overflows in "
      "float16");
}

}  // namespace

core::Result<std::unique_ptr<TextToImage>> TextToImage::open(const package::Package& package,
                                                             const onnx::Runtime& runtime) {
  const package::RuntimeSettings& settings = package.manifest().runtime;
  const int wanted = settings.intra_op_threads;
  const int threads = wanted > 0 ? wanted : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const std::string graph = "unet/model.onnx";
  if (!package.contains(graph)) return core::invalid("the package lacks " + graph);
  const ModelConfig config = TRY(read_model_config(package));
  SchedulerConfig scheduler = TRY(read_scheduler(package));
  std::unique_ptr<onnx::Session> unet =
      TRY(onnx::Session::open(runtime, package.file(graph), part_settings(settings, "unet", threads)));
  UnetLayout layout = TRY(read_unet_layout(*unet, config.time_cond_width));
  TextStage text = TRY(open_text(package, runtime, layout, config, threads));
  Decoder decoder = TRY(Decoder::open(package, runtime, part_settings(settings, "vae_decoder", threads), config));
  auto open_encoder = encoder_opener(package, runtime, part_settings(settings, "vae_encoder", threads), config, *unet,
                                     decoder.factor());
  return std::make_unique<TextToImage>(Parts{std::move(layout), std::move(unet), std::move(decoder),
                                             std::move(open_encoder), std::move(text), std::move(scheduler),
                                             package.manifest().defaults, threads, settings.prefer_fixed_batch});
}

core::Result<void> TextToImage::plan_size(const ImageRequest& request, Job& job) const {
  const int factor = parts_.decoder.factor();
  Size size{parts_.defaults.width, parts_.defaults.height};
  if (job.original) size = fit_size({job.original->picture.width, job.original->picture.height}, size, factor);
  if (job.original && parts_.layout.fixed_width) size.width = static_cast<int>(*parts_.layout.fixed_width) * factor;
  if (job.original && parts_.layout.fixed_height) size.height = static_cast<int>(*parts_.layout.fixed_height) * factor;
  job.width = request.width.value_or(size.width);
  job.height = request.height.value_or(size.height);
  job.latent_width = TRY(check_side("width", job.width, factor, parts_.layout.fixed_width));
  job.latent_height = TRY(check_side("height", job.height, factor, parts_.layout.fixed_height));
  if (std::int64_t{job.n} * job.width * job.height > kMaxPixels) {
    return core::invalid("the images of one request must have at most " + std::to_string(kMaxPixels) +
                         " pixels together");
  }
  return {};
}

core::Result<TextToImage::Job> TextToImage::plan_job(const ImageRequest& request) const {
  Job job;
  job.n = request.n;
  job.steps = request.steps.value_or(parts_.defaults.steps);
  job.guidance = request.guidance_scale.value_or(parts_.defaults.guidance_scale);
  job.rescale = request.guidance_rescale;
  if (job.n < 1 || job.n > kMaxImages) return core::invalid("n must be 1 to " + std::to_string(kMaxImages));
  if (!std::isfinite(job.guidance) || std::abs(job.guidance) > kMaxGuidance) {
    return core::invalid("guidance_scale must be a number within ±" + std::to_string(static_cast<int>(kMaxGuidance)));
  }
  if (!(job.rescale >= 0 && job.rescale <= 1)) return core::invalid("guidance_rescale must be 0 to 1");
  job.original = TRY(read_original(request));
  if (request.strength && !job.original) return core::invalid("strength needs a picture to begin with");
  if (job.original && !parts_.open_encoder) {
    return core::invalid("this package makes pictures from text alone: it has no vae_encoder");
  }
  job.strength = request.strength.value_or(!job.original || job.original->masked() ? 1.0 : kUsualStrength);
  if (!(job.strength > 0 && job.strength <= 1)) return core::invalid("strength must be above 0 and at most 1");
  TRY(plan_size(request, job));
  job.negative = job.guidance > 1 && !parts_.layout.guided;
  // A graph for exactly two rows gets both, whatever the guidance.
  if (parts_.layout.fixed_rows == 2 && !parts_.layout.guided) job.negative = true;
  return job;
}

int TextToImage::group_size(const Job& job) const {
  const int rows_per_image = job.negative ? 2 : 1;
  if (parts_.layout.fixed_rows) return std::max(1, static_cast<int>(*parts_.layout.fixed_rows) / rows_per_image);
  if (parts_.one_by_one) return 1;
  const std::int64_t rows =
      std::clamp<std::int64_t>(kLatentPixelsPerPart / (job.latent_height * job.latent_width), 1, 8);
  return std::min(job.n, std::max(1, static_cast<int>(rows) * crew_.threads() / rows_per_image));
}

core::Result<void> TextToImage::prepare(const Job& job, int images, const Conditioning& positive,
                                        const Conditioning* negative) {
  if (negative != nullptr &&
      (negative->context.shape() != positive.context.shape() || negative->pooled.shape() != positive.pooled.shape())) {
    return core::invalid("the text encoders give prompt and negative prompt different shapes");
  }
  Denoiser::Shape shape;
  shape.rows = images * (negative != nullptr ? 2 : 1);
  shape.height = job.latent_height;
  shape.width = job.latent_width;
  shape.tokens = positive.context.shape()[1];
  shape.context_width = positive.context.shape()[2];
  shape.pooled_width = parts_.layout.pooled ? positive.pooled.shape()[1] : 0;
  shape.parts = std::min(crew_.threads(), shape.rows);
  if (parts_.layout.fixed_rows) {
    if (shape.rows % *parts_.layout.fixed_rows != 0) {
      return core::invalid("this package's U-Net takes " + std::to_string(*parts_.layout.fixed_rows) +
                           " rows at a time; " + std::to_string(shape.rows) + " are asked for");
    }
    shape.parts = shape.rows / static_cast<int>(*parts_.layout.fixed_rows);
  }
  if (denoiser_ == nullptr || !(denoiser_->shape() == shape)) {
    denoiser_ = TRY(Denoiser::create(*parts_.unet, parts_.layout, shape));
    slots_.clear();
    guided_.resize(denoiser_->latent_size());
    noise_.resize(denoiser_->latent_size());
    latents_.assign(static_cast<std::size_t>(images), guided_);
    cleans_ = latents_;
  }
  for (int image = 0; image < images; ++image) {
    if (negative != nullptr) TRY(denoiser_->set_row(image, *negative, job.width, job.height));
    TRY(denoiser_->set_row(shape.rows - images + image, positive, job.width, job.height));
  }
  return denoiser_->set_guidance(job.guidance);
}

core::Result<void> TextToImage::take_step(const Job& job, const Schedule& schedule, std::size_t index,
                                          const Group& group, const NoiseSource& noise) {
  const ScheduleStep& step = schedule.steps[index];
  const int first_positive = denoiser_->shape().rows - group.count;
  for (int image = 0; image < group.count; ++image) {
    const std::vector<float>& latent = latents_[static_cast<std::size_t>(image)];
    if (job.negative) TRY(denoiser_->put_latent(image, latent, step.input_scale));
    TRY(denoiser_->put_latent(first_positive + image, latent, step.input_scale));
  }
  TRY(denoiser_->run(step.timestep, crew_));
  for (int image = 0; image < group.count; ++image) {
    const std::span<float> positive = TRY(denoiser_->answer(first_positive + image));
    std::span<const float> output = positive;
    if (job.negative) {
      const std::span<float> negative = TRY(denoiser_->answer(image));
      guide(negative, positive, job.guidance, guided_);
      if (job.rescale > 0) rescale_guidance(positive, job.rescale, guided_);
      output = guided_;
    }
    std::span<const float> fresh;
    if (step.from_noise != 0) {
      noise(group.first + image, noise_);
      fresh = noise_;
    }
    const auto place = static_cast<std::size_t>(image);
    apply_step(step, schedule.clip_range, output, latents_[place], cleans_[place], fresh);
  }
  return {};
}

core::Result<void> TextToImage::encode_original(Job& job) {
  if (!job.original) return {};
  if (!encoder_) encoder_ = TRY(parts_.open_encoder());
  const image::Image& picture = job.original->picture;
  const bool fits = picture.width == job.width && picture.height == job.height;
  job.original_latent =
      TRY(encoder_->encode(fits ? picture : image::resize(picture, job.width, job.height, image::Filter::lanczos3)));
  if (job.original->masked()) {
    job.repainted = latent_mask(job.original->mask, job.latent_height, job.latent_width);
  }
  // What is painted anew from scratch shall owe nothing to what was there.
  job.from_noise = job.original->masked() && job.strength >= 1;
  return {};
}

/// The latents before the first step.
void TextToImage::begin(const Job& job, const Schedule& schedule, const Group& group, const NoiseSource& noise) {
  const auto scale = static_cast<float>(schedule.initial_noise_scale);
  const auto signal = static_cast<float>(schedule.steps.front().signal);
  const auto noisy = static_cast<float>(schedule.steps.front().noise);
  starts_.resize(latents_.size());
  for (int image = 0; image < group.count; ++image) {
    const auto place = static_cast<std::size_t>(image);
    std::vector<float>& latent = latents_[place];
    noise(group.first + image, latent);
    if (!job.repainted.empty()) starts_[place] = latent;
    for (std::size_t i = 0; i < latent.size(); ++i) {
      latent[i] = job.from_noise ? latent[i] * scale : signal * job.original_latent[i] + noisy * latent[i];
    }
    std::ranges::fill(cleans_[place], 0.0F);
  }
}

/// Puts the original, as noisy as the step `next` expects it, where nothing is painted anew (Lugmayr et al. 2022,
/// equation 8).
void TextToImage::keep_original(const Job& job, const Schedule& schedule, std::size_t next, const Group& group) {
  const bool last = next == schedule.steps.size();
  const auto signal = static_cast<float>(last ? 1 : schedule.steps[next].signal);
  const auto noisy = static_cast<float>(last ? 0 : schedule.steps[next].noise);
  for (int image = 0; image < group.count; ++image) {
    const auto place = static_cast<std::size_t>(image);
    std::vector<float>& latent = latents_[place];
    for (std::size_t i = 0; i < latent.size(); ++i) {
      if (job.repainted[i % job.repainted.size()] != 0) continue;
      latent[i] = signal * job.original_latent[i] + noisy * starts_[place][i];
    }
  }
}

core::Result<void> TextToImage::walk(const Job& job, const Schedule& schedule, const Group& group,
                                     const NoiseSource& noise, const OnProgress& on_progress, int walked) {
  begin(job, schedule, group, noise);
  const int steps = static_cast<int>(schedule.steps.size());
  const int total = steps * ((job.n + group_size(job) - 1) / group_size(job));
  for (std::size_t index = 0; index < schedule.steps.size(); ++index) {
    TRY(take_step(job, schedule, index, group, noise));
    if (!job.repainted.empty()) keep_original(job, schedule, index + 1, group);
    const Progress progress{walked + static_cast<int>(index) + 1, total};
    if (on_progress && !on_progress(progress) && progress.step < total)
      return core::cancelled("the request was cancelled");
  }
  for (int image = 0; image < group.count; ++image) {
    if (!all_finite(latents_[static_cast<std::size_t>(image)])) return not_finite();
  }
  return {};
}

core::Result<void> TextToImage::decode(const Job& job, const Group& group, std::vector<image::Image>& images) {
  while (slots_.size() < static_cast<std::size_t>(std::min(crew_.threads(), group.count))) {
    slots_.push_back(TRY(parts_.decoder.make_slot(job.latent_height, job.latent_width)));
  }
  const int lanes = static_cast<int>(slots_.size());
  std::vector<core::Result<image::Image>> results(static_cast<std::size_t>(group.count), image::Image{});
  crew_.run(lanes, [&](int lane) {
    for (int image = lane; image < group.count; image += lanes) {
      const auto place = static_cast<std::size_t>(image);
      results[place] = parts_.decoder.decode(slots_[static_cast<std::size_t>(lane)], latents_[place]);
    }
  });
  for (core::Result<image::Image>& result : results) {
    image::Image made = TRY(std::move(result));
    images.push_back(job.original ? compose(*job.original, std::move(made)) : std::move(made));
  }
  return {};
}

core::Result<std::vector<image::Image>> TextToImage::generate_from(const ImageRequest& request,
                                                                   const NoiseSource& noise,
                                                                   const OnProgress& on_progress) {
  Job job = TRY(plan_job(request));
  const int tokens = static_cast<int>(job.latent_height / 2 * (job.latent_width / 2));
  Schedule schedule = TRY(plan_schedule(parts_.scheduler, job.steps, std::max(1, tokens)));
  if (job.original) schedule = from_picture(schedule, job.strength);
  TRY(encode_original(job));
  const Conditioning positive = TRY(parts_.text.encode(request.prompt));
  const Conditioning* negative = job.negative ? TRY(parts_.text.encode_negative(request.negative_prompt)) : nullptr;
  if (parts_.layout.context_width >= 0 && positive.context.shape()[2] != parts_.layout.context_width) {
    return core::invalid("the text encoders give " + std::to_string(positive.context.shape()[2]) +
                         " numbers per token, the U-Net takes " + std::to_string(parts_.layout.context_width));
  }
  std::vector<image::Image> images;
  const int size = group_size(job);
  int walked = 0;
  for (int first = 0; first < job.n; first += size) {
    const Group group{first, std::min(size, job.n - first)};
    TRY(prepare(job, group.count, positive, negative));
    TRY(walk(job, schedule, group, noise, on_progress, walked));
    TRY(decode(job, group, images));
    walked += static_cast<int>(schedule.steps.size());
  }
  return images;
}

core::Result<std::vector<image::Image>> TextToImage::generate(const ImageRequest& request,
                                                              const OnProgress& on_progress) {
  std::vector<core::Philox> generators;
  for (int image = 0; image < std::clamp(request.n, 0, kMaxImages); ++image) {
    generators.emplace_back(request.seed + static_cast<std::uint64_t>(image));
  }
  const NoiseSource noise = [&](int image, std::span<float> values) {
    core::Philox& generator = generators[static_cast<std::size_t>(image)];
    for (float& value : values) value = static_cast<float>(generator.normal());
  };
  return generate_from(request, noise, on_progress);
}

}  // namespace noonmark::pipelines
