#include "model/pipelines/internal/text_stage.h"

#include <algorithm>

namespace noonmark::pipelines {
namespace {

constexpr int kDefaultLength = 77;

core::Result<std::string> optional_text(const package::Package& package, const std::string& path) {
  if (!package.contains(path)) return std::string();
  return package.read_text(path);
}

core::Result<Tokenizer> open_tokenizer(const package::Package& package, const std::string& folder) {
  TokenizerFiles files;
  for (const std::string& needed : {folder + "/vocab.json", folder + "/merges.txt"}) {
    if (!package.contains(needed)) return core::invalid("the package lacks " + needed);
  }
  files.vocabulary = TRY(package.read_text(folder + "/vocab.json"));
  files.merges = TRY(package.read_text(folder + "/merges.txt"));
  files.config = TRY(optional_text(package, folder + "/tokenizer_config.json"));
  files.special_tokens = TRY(optional_text(package, folder + "/special_tokens_map.json"));
  return Tokenizer::create(files).context(folder);
}

core::Result<std::string> hidden_output(const TextEncoder& encoder, bool penultimate, std::optional<int> layers) {
  std::string name = "last_hidden_state";
  if (penultimate) {
    if (!layers) {
      return core::invalid(
          encoder.part +
          "/config.json must say num_hidden_layers, because the U-Net wants the last but one hidden state");
    }
    name = "hidden_states." + std::to_string(*layers - 1);
  }
  if (encoder.session->output(name) == nullptr) {
    return core::invalid(encoder.part + ": the graph has no output \"" + name + "\"; export it with hidden states");
  }
  return name;
}

/// The ids as the graph wants them, [1, length].
core::Result<onnx::Tensor> make_ids(const TextEncoder& encoder, const std::vector<std::int64_t>& ids) {
  const onnx::DataType dtype = encoder.session->input("input_ids")->dtype;
  onnx::Tensor tensor = TRY(onnx::Tensor::create(dtype, {1, static_cast<std::int64_t>(ids.size())}));
  if (dtype == onnx::DataType::int64) {
    std::copy(ids.begin(), ids.end(), tensor.values<std::int64_t>().begin());
  } else {
    std::transform(ids.begin(), ids.end(), tensor.values<std::int32_t>().begin(),
                   [](std::int64_t id) { return static_cast<std::int32_t>(id); });
  }
  return tensor;
}

/// Hidden states [1, tokens, width] of several encoders, side by side in the last axis.
core::Result<onnx::Tensor> join(const std::vector<onnx::Tensor>& parts, onnx::DataType dtype) {
  std::int64_t width = 0;
  for (const onnx::Tensor& part : parts) {
    const onnx::Shape& shape = part.shape();
    if (shape.size() != 3 || shape[0] != 1 || shape[1] != parts[0].shape()[1]) {
      return core::invalid("the text encoders give hidden states of shape " + onnx::to_string(shape) +
                           ", which do not fit together");
    }
    width += shape[2];
  }
  const std::int64_t tokens = parts[0].shape()[1];
  onnx::Tensor joined = TRY(onnx::Tensor::create(onnx::DataType::float32, {1, tokens, width}));
  std::int64_t column = 0;
  for (const onnx::Tensor& part : parts) {
    const std::int64_t own = part.shape()[2];
    std::vector<float> values(part.size());
    TRY(onnx::load_floats(part.view(), values));
    for (std::int64_t token = 0; token < tokens; ++token) {
      std::copy_n(values.begin() + token * own, own, joined.values<float>().begin() + token * width + column);
    }
    column += own;
  }
  onnx::Tensor result = TRY(onnx::Tensor::create(dtype, joined.shape()));
  TRY(onnx::convert(joined.view(), result.view()));
  return result;
}

}  // namespace

TextStage::TextStage(std::vector<TextEncoder> encoders, onnx::DataType dtype, bool zeros_for_empty)
    : encoders_(std::move(encoders)), dtype_(dtype), zeros_for_empty_(zeros_for_empty) {}

core::Result<Conditioning> TextStage::encode(const std::string& prompt) const {
  Conditioning result;
  std::vector<onnx::Tensor> hidden;
  for (const TextEncoder& encoder : encoders_) {
    const std::vector<std::int64_t> ids = TRY(encoder.tokenizer.encode(prompt, encoder.length).context("prompt"));
    const onnx::Tensor tensor = TRY(make_ids(encoder, ids));
    std::vector<std::string> wanted = {encoder.hidden_output};
    if (!encoder.pooled_output.empty()) wanted.push_back(encoder.pooled_output);
    std::vector<onnx::Tensor> outputs =
        TRY(encoder.session->run({{"input_ids", tensor.view()}}, wanted).context(encoder.part));
    hidden.push_back(std::move(outputs[0]));
    if (wanted.size() == 2) {
      if (outputs[1].shape().size() != 2 || outputs[1].shape()[0] != 1) {
        return core::invalid(encoder.part + ": text_embeds must be one row, but is " +
                             onnx::to_string(outputs[1].shape()));
      }
      result.pooled = TRY(onnx::Tensor::create(dtype_, outputs[1].shape()));
      TRY(onnx::convert(outputs[1].view(), result.pooled.view()));
    }
  }
  result.context = TRY(join(hidden, dtype_));
  return result;
}

core::Result<const Conditioning*> TextStage::encode_negative(const std::string& prompt) {
  if (negative_prompt_ != prompt) {
    negative_prompt_.reset();
    negative_ = TRY(encode(prompt));
    if (prompt.empty() && zeros_for_empty_) {
      for (onnx::Tensor* tensor : {&negative_.context, &negative_.pooled}) {
        std::ranges::fill(tensor->view().bytes, std::uint8_t{0});
      }
    }
    negative_prompt_ = prompt;
  }
  return &negative_;
}

core::Result<TextEncoder> open_encoder(const package::Package& package, const onnx::Runtime& runtime,
                                       const onnx::SessionSettings& settings, const ModelConfig& config,
                                       const std::string& suffix, const EncoderUse& use) {
  const std::string part = "text_encoder" + suffix, graph = part + "/model.onnx";
  if (!package.contains(graph)) return core::invalid("the package lacks " + graph);
  Tokenizer tokenizer = TRY(open_tokenizer(package, "tokenizer" + suffix));
  TextEncoder encoder{part, std::move(tokenizer), nullptr, "", "", 0};
  encoder.session = TRY(onnx::Session::open(runtime, package.file(graph), settings));
  const onnx::ValueInfo* ids = encoder.session->input("input_ids");
  if (encoder.session->inputs().size() != 1 || ids == nullptr || ids->shape.size() != 2 ||
      (ids->dtype != onnx::DataType::int64 && ids->dtype != onnx::DataType::int32)) {
    return core::invalid(part + ": the graph must have the one input input_ids [batch, length] of int64 or int32");
  }
  encoder.hidden_output =
      TRY(hidden_output(encoder, use.penultimate, suffix.empty() ? config.hidden_layers : config.hidden_layers_2));
  if (use.pooled) {
    encoder.pooled_output = "text_embeds";
    if (encoder.session->output("text_embeds") == nullptr)
      return core::invalid(part + ": the graph has no output \"text_embeds\"");
  }
  const std::optional<int> positions = suffix.empty() ? config.positions : config.positions_2;
  const int named = encoder.tokenizer.model_max_length();
  encoder.length = named > 0 ? named : positions.value_or(kDefaultLength);
  if (positions) encoder.length = std::min(encoder.length, *positions);
  if (ids->shape[1].fixed()) {
    if (ids->shape[1].size < 2 || ids->shape[1].size > 4096)
      return core::invalid(part + ": input_ids must hold 2 to 4096 ids");
    encoder.length = static_cast<int>(ids->shape[1].size);
  }
  return encoder;
}

}  // namespace noonmark::pipelines
