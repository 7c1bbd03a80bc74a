#include "model/pipelines/internal/denoiser.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "model/pipelines/internal/step.h"

namespace noonmark::pipelines {
namespace {

using onnx::DataType;
using onnx::Tensor;

constexpr std::int64_t kTimeIds = 6;  // original height and width, crop top and left, target height and width

bool is_floating(DataType type) { return type == DataType::float32 || type == DataType::float16; }

std::optional<std::int64_t> fixed(const onnx::Dimension& axis) {
  return axis.fixed() ? std::optional<std::int64_t>(axis.size) : std::nullopt;
}

core::Result<const onnx::ValueInfo*> need(const onnx::Session& unet, std::string_view name, std::size_t rank) {
  const onnx::ValueInfo* value = unet.input(name);
  if (value == nullptr) return core::invalid("unet: the graph has no input \"" + std::string(name) + "\"");
  if (value->shape.size() != rank) {
    return core::invalid("unet: the input \"" + std::string(name) + "\" must have " + std::to_string(rank) + " axes");
  }
  return value;
}

core::Result<void> read_timestep(const onnx::Session& unet, const onnx::Dimension& batch, UnetLayout& layout) {
  const onnx::ValueInfo* value = unet.input("timestep");
  if (value == nullptr || value->shape.size() > 1) {
    return core::invalid("unet: the input \"timestep\" must be there, a scalar or with one axis");
  }
  layout.timestep_dtype = value->dtype;
  if (!is_floating(value->dtype) && value->dtype != DataType::int64 && value->dtype != DataType::int32) {
    return core::invalid("unet: timestep must be int64, int32, float32 or float16");
  }
  if (value->shape.empty()) {
    layout.timestep = UnetLayout::Timestep::scalar;
    return {};
  }
  // An axis of its own ("steps" in some exports) holds one value; the batch's axis one per row.
  const onnx::Dimension& axis = value->shape[0];
  const bool per_row =
      axis.fixed() ? axis.size > 1 || (batch.fixed() && batch.size == axis.size) : axis.symbol == batch.symbol;
  layout.timestep = per_row ? UnetLayout::Timestep::per_row : UnetLayout::Timestep::one;
  return {};
}

core::Result<void> read_extras(const onnx::Session& unet, std::optional<int> time_cond_width, UnetLayout& layout) {
  layout.pooled = unet.input("text_embeds") != nullptr;
  if (layout.pooled != (unet.input("time_ids") != nullptr)) {
    return core::invalid("unet: text_embeds and time_ids must be inputs together");
  }
  if (layout.pooled) {
    const onnx::ValueInfo* ids = TRY(need(unet, "time_ids", 2));
    if (ids->shape[1].fixed() && ids->shape[1].size != kTimeIds) {
      return core::invalid("unet: time_ids must hold 6 numbers; refiner models are not supported");
    }
  }
  if (unet.input("timestep_cond") != nullptr) {
    const onnx::ValueInfo* guidance = TRY(need(unet, "timestep_cond", 2));
    layout.guided = true;
    layout.guidance_width = guidance->shape[1].fixed() ? guidance->shape[1].size : time_cond_width.value_or(0);
    if (layout.guidance_width < 2 || layout.guidance_width > 65536) {
      return core::invalid("unet/config.json must say time_cond_proj_dim, the width of timestep_cond");
    }
  }
  return {};
}

core::Result<void> check_inputs(const onnx::Session& unet, const UnetLayout& layout) {
  constexpr std::array<std::string_view, 6> kKnown = {"sample",      "timestep", "encoder_hidden_states",
                                                      "text_embeds", "time_ids", "timestep_cond"};
  for (const onnx::ValueInfo& input : unet.inputs()) {
    if (std::find(kKnown.begin(), kKnown.end(), input.name) == kKnown.end()) {
      return core::invalid("unet: the input \"" + input.name.substr(0, 80) + "\" is not understood");
    }
    if (input.name != "timestep" && input.dtype != layout.dtype) {
      return core::invalid("unet: " + input.name + " must be " + std::string(to_string(layout.dtype)) + " like sample");
    }
  }
  return {};
}

}  // namespace

core::Result<UnetLayout> read_unet_layout(const onnx::Session& unet, std::optional<int> time_cond_width) {
  UnetLayout layout;
  const onnx::ValueInfo* sample = TRY(need(unet, "sample", 4));
  const onnx::ValueInfo* context = TRY(need(unet, "encoder_hidden_states", 3));
  layout.dtype = sample->dtype;
  if (!is_floating(layout.dtype)) return core::invalid("unet: sample must be float32 or float16");
  layout.channels = fixed(sample->shape[1]).value_or(4);
  layout.fixed_rows = fixed(sample->shape[0]);
  layout.fixed_height = fixed(sample->shape[2]);
  layout.fixed_width = fixed(sample->shape[3]);
  layout.context_width = context->shape[2].size;
  TRY(read_timestep(unet, sample->shape[0], layout));
  TRY(read_extras(unet, time_cond_width, layout));
  TRY(check_inputs(unet, layout));
  if (unet.output("out_sample") != nullptr) {
    layout.output = "out_sample";
  } else if (unet.outputs().size() == 1) {
    layout.output = unet.outputs().front().name;
  } else {
    return core::invalid("unet: the graph has no output \"out_sample\"");
  }
  if (unet.output(layout.output)->dtype != layout.dtype)
    return core::invalid("unet: input and output differ in element type");
  return layout;
}

core::Result<std::unique_ptr<Denoiser>> Denoiser::create(const onnx::Session& unet, const UnetLayout& layout,
                                                         const Shape& shape) {
  CHECK(shape.rows >= 1 && shape.parts >= 1 && shape.parts <= shape.rows, "a denoiser needs rows and parts");
  struct Maker : Denoiser {};
  std::unique_ptr<Denoiser> made = std::make_unique<Maker>();
  made->shape_ = shape;
  made->layout_ = layout;
  made->latent_size_ = static_cast<std::size_t>(layout.channels * shape.height * shape.width);
  TRY(made->make_tensors(layout));
  TRY(made->bind_parts(unet).context("unet"));
  return made;
}

core::Result<void> Denoiser::make_tensors(const UnetLayout& layout) {
  const std::int64_t rows = shape_.rows;
  sample_ = TRY(Tensor::create(layout.dtype, {rows, layout.channels, shape_.height, shape_.width}));
  output_ = TRY(Tensor::create(layout.dtype, sample_.shape()));
  context_ = TRY(Tensor::create(layout.dtype, {rows, shape_.tokens, shape_.context_width}));
  const onnx::Shape timestep_shape = layout.timestep == UnetLayout::Timestep::scalar ? onnx::Shape{}
                                     : layout.timestep == UnetLayout::Timestep::one  ? onnx::Shape{1}
                                                                                     : onnx::Shape{rows};
  timestep_ = TRY(Tensor::create(layout.timestep_dtype, timestep_shape));
  if (layout.pooled) {
    pooled_ = TRY(Tensor::create(layout.dtype, {rows, shape_.pooled_width}));
    time_ids_ = TRY(Tensor::create(layout.dtype, {rows, kTimeIds}));
  }
  if (layout.guided) guidance_ = TRY(Tensor::create(layout.dtype, {rows, layout.guidance_width}));
  if (layout.dtype != DataType::float32) scratch_.resize(static_cast<std::size_t>(rows) * latent_size_);
  return {};
}

core::Result<void> Denoiser::bind_parts(const onnx::Session& unet) {
  for (int part = 0; part < shape_.parts; ++part) {
    const std::int64_t first = std::int64_t{shape_.rows} * part / shape_.parts;
    const std::int64_t count = std::int64_t{shape_.rows} * (part + 1) / shape_.parts - first;
    std::unique_ptr<onnx::Binding> binding = TRY(unet.bind());
    const bool per_row = layout_.timestep == UnetLayout::Timestep::per_row;
    TRY(binding->input("sample", sample_.view().rows(first, count)));
    TRY(binding->input("timestep", per_row ? timestep_.view().rows(first, count) : timestep_.view()));
    TRY(binding->input("encoder_hidden_states", context_.view().rows(first, count)));
    if (layout_.pooled) {
      TRY(binding->input("text_embeds", pooled_.view().rows(first, count)));
      TRY(binding->input("time_ids", time_ids_.view().rows(first, count)));
    }
    if (layout_.guided) TRY(binding->input("timestep_cond", guidance_.view().rows(first, count)));
    TRY(binding->output(layout_.output, output_.view().rows(first, count)));
    parts_.push_back(std::move(binding));
  }
  return {};
}

core::Result<void> Denoiser::set_row(int row, const Conditioning& conditioning, int width, int height) {
  TRY(onnx::convert(conditioning.context.view(), context_.view().rows(row, 1)));
  if (!layout_.pooled) return {};
  TRY(onnx::convert(conditioning.pooled.view(), pooled_.view().rows(row, 1)));
  const auto h = static_cast<float>(height), w = static_cast<float>(width);
  return onnx::store_floats(std::array<float, kTimeIds>{h, w, 0, 0, h, w}, time_ids_.view().rows(row, 1));
}

core::Result<void> Denoiser::set_guidance(double guidance) {
  if (!layout_.guided) return {};
  const std::vector<float> embedding = guidance_embedding(guidance, layout_.guidance_width);
  for (int row = 0; row < shape_.rows; ++row) TRY(onnx::store_floats(embedding, guidance_.view().rows(row, 1)));
  return {};
}

core::Result<void> Denoiser::put_latent(int row, std::span<const float> latent, double scale) {
  const auto factor = static_cast<float>(scale);
  const std::size_t first = static_cast<std::size_t>(row) * latent_size_;
  const std::span<float> into =
      (scratch_.empty() ? sample_.values<float>() : std::span<float>(scratch_)).subspan(first, latent_size_);
  for (std::size_t i = 0; i < latent.size(); ++i) into[i] = latent[i] * factor;
  if (scratch_.empty()) return {};
  return onnx::store_floats(into, sample_.view().rows(row, 1));
}

core::Result<void> Denoiser::put_timestep(double timestep) {
  // Graphs with whole timesteps get them as NumPy casts: cut, not rounded.
  switch (layout_.timestep_dtype) {
    case DataType::int64:
      std::ranges::fill(timestep_.values<std::int64_t>(), static_cast<std::int64_t>(timestep));
      return {};
    case DataType::int32:
      std::ranges::fill(timestep_.values<std::int32_t>(), static_cast<std::int32_t>(timestep));
      return {};
    default:
      return onnx::store_floats(std::vector<float>(timestep_.size(), static_cast<float>(timestep)), timestep_.view());
  }
}

core::Result<void> Denoiser::run(double timestep, Crew& crew) {
  TRY(put_timestep(timestep));
  std::vector<core::Result<void>> results(parts_.size());
  crew.run(static_cast<int>(parts_.size()), [&](int part) {
    const auto index = static_cast<std::size_t>(part);
    results[index] = parts_[index]->run();
  });
  for (core::Result<void>& result : results) TRY(std::move(result).context("unet"));
  return {};
}

core::Result<std::span<float>> Denoiser::answer(int row) {
  const std::size_t first = static_cast<std::size_t>(row) * latent_size_;
  if (scratch_.empty()) return output_.values<float>().subspan(first, latent_size_);
  const std::span<float> values = std::span<float>(scratch_).subspan(first, latent_size_);
  TRY(onnx::load_floats(output_.view().rows(row, 1), values));
  return values;
}

std::vector<float> guidance_embedding(double guidance, std::int64_t width) {
  const std::int64_t half = width / 2;
  std::vector<float> embedding(static_cast<std::size_t>(width), 0.0F);
  for (std::int64_t i = 0; i < half; ++i) {
    const double exponent = half > 1 ? std::log(10000.0) * static_cast<double>(i) / static_cast<double>(half - 1) : 0;
    const double angle = (guidance - 1) * 1000 * std::exp(-exponent);
    embedding[static_cast<std::size_t>(i)] = static_cast<float>(std::sin(angle));
    embedding[static_cast<std::size_t>(half + i)] = static_cast<float>(std::cos(angle));
  }
  return embedding;
}

}  // namespace noonmark::pipelines
