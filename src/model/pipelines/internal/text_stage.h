#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/onnx/session.h"
#include "model/pipelines/internal/model_config.h"
#include "model/pipelines/tokenizer.h"

namespace noonmark::pipelines {

/// A prompt as the U-Net wants it.
struct Conditioning {
  onnx::Tensor context;  ///< [1, tokens, width]
  onnx::Tensor pooled;   ///< [1, width], SDXL only; else [0]
};

/// One text encoder with its tokenizer.
struct TextEncoder {
  std::string part;  ///< folder, for messages
  Tokenizer tokenizer;
  std::unique_ptr<onnx::Session> session;
  std::string hidden_output;  ///< output that conditions the U-Net
  std::string pooled_output;  ///< output that is pooled over the prompt, or empty
  int length = 77;            ///< ids per prompt
};

/// Turns prompts into conditioning: each encoder's hidden states side by side, the last one's pooled output.
/// Threads: one at a time.
class TextStage {
 public:
  /// `dtype`: element type of the U-Net's inputs. Requires: at least one encoder.
  TextStage(std::vector<TextEncoder> encoders, onnx::DataType dtype, bool zeros_for_empty);

  core::Result<Conditioning> encode(const std::string& prompt) const;
  /// encode(), or zeros where the model wants them for an absent negative prompt. The last one is kept: most requests
  /// share theirs.
  core::Result<const Conditioning*> encode_negative(const std::string& prompt);

 private:
  std::vector<TextEncoder> encoders_;
  onnx::DataType dtype_;
  bool zeros_for_empty_;
  std::optional<std::string> negative_prompt_;
  Conditioning negative_;
};

/// Which hidden states an encoder gives: the last ones, or the last but one with a pooled vector (SDXL).
struct EncoderUse {
  bool penultimate = false;
  bool pooled = false;
};

/// Opens `text_encoder` + suffix and `tokenizer` + suffix ("" or "_2").
/// Fails: invalid, naming the part and what it lacks.
core::Result<TextEncoder> open_encoder(const package::Package& package, const onnx::Runtime& runtime,
                                       const onnx::SessionSettings& settings, const ModelConfig& config,
                                       const std::string& suffix, const EncoderUse& use);

}  // namespace noonmark::pipelines
