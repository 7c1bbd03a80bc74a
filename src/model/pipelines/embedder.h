#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"
#include "model/image/image.h"
#include "model/onnx/session.h"
#include "model/package/package.h"
#include "model/pipelines/tokenizer.h"

namespace noonmark::pipelines {

/// Two towers in CLIP's manner (Radford et al. 2021): texts and pictures become vectors of length one, and those of a
/// picture and a text that fit lie close.
/// Owner: the caller; the Runtime must outlive it, the Package need not. Threads: const methods from any thread.
class Embedder {
 public:
  /// Opens a package with text_model/model.onnx (`input_ids` int64 [batch, length] to `text_embeds` [batch, width]),
  /// vision_model/model.onnx (`pixel_values` [batch, 3, side, side] to `image_embeds`), a tokenizer/ and config.json
  /// (`image_mean` and `image_std` by channel where pixels aren't taken as they are, in [0, 1]).
  /// Fails: invalid (a layout that isn't understood), unavailable (execution provider).
  static core::Result<Embedder> open(const package::Package& package, const onnx::Runtime& runtime);

  /// Values of one embedding.
  int width() const { return width_; }
  /// Number of tokens that a text has here, start and end among them. Fails: invalid (no UTF-8, too long to look at).
  core::Result<int> count_tokens(std::string_view text) const;
  /// [width], of length one. Fails: invalid (as count_tokens; more tokens than the model reads), corrupt (values that
  /// are no numbers), internal.
  core::Result<std::vector<float>> embed(std::string_view text) const;
  /// The same of a picture: made as small as the model sees it, the middle of it where it isn't square. What is
  /// transparent counts as white. Fails: invalid (no picture), corrupt, internal.
  core::Result<std::vector<float>> embed(const image::Image& picture) const;

 private:
  /// A graph with one input and the output that is read.
  struct Tower {
    std::unique_ptr<onnx::Session> session;
    std::string input, output;
  };
  Embedder(Tower text, Tower vision, Tokenizer tokenizer)
      : text_(std::move(text)), vision_(std::move(vision)), tokenizer_(std::move(tokenizer)) {}
  static core::Result<Tower> open_tower(const package::Package& package, const onnx::Runtime& runtime,
                                        const std::string& graph, const std::string& output);
  core::Result<void> take_shapes();
  core::Result<std::vector<float>> run(const Tower& tower, const onnx::TensorView& input) const;

  Tower text_, vision_;
  Tokenizer tokenizer_;
  std::array<float, 3> mean_{0, 0, 0}, deviation_{1, 1, 1};
  int length_ = 0, side_ = 0, width_ = 0;
};

}  // namespace noonmark::pipelines
