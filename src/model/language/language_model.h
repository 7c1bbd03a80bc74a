#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/core/result.h"
#include "model/language/chat_template.h"
#include "model/onnx/runtime.h"
#include "model/package/package.h"

namespace noonmark::language {

/// Bounds of a request, whatever the package.
inline constexpr int kMaxTokens = 1 << 20;
inline constexpr int kMaxTopLogprobs = 20;
inline constexpr std::size_t kMaxStops = 4;

/// What to write.
struct TextRequest {
  std::vector<Message> messages;    ///< a talk to go on with; empty: `prompt` counts
  std::string prompt;               ///< a text to go on with
  int max_tokens = 0;               ///< at most so many; 0: as many as the context has room for
  double temperature = 1;           ///< 0 to 2; 0: the likeliest token each time
  double top_p = 1;                 ///< above 0 to 1: only the likeliest tokens that have this share together
  int top_k = 0;                    ///< only so many of the likeliest; 0: all
  double frequency_penalty = 0;     ///< -2 to 2: taken off a token's logit each time that it was written
  double presence_penalty = 0;      ///< -2 to 2: taken off once
  std::uint64_t seed = 0;           ///< the same request gives the same text
  std::vector<std::string> stops;   ///< where one of these would begin, the text ends; not empty, at most kMaxStops
  std::optional<int> top_logprobs;  ///< how many of the likeliest tokens are told with each; 0: the token's own alone
};

struct TokenLogprob {
  std::string token;  ///< its bytes
  double logprob = 0;
};

/// A token that was written: its logarithm of probability before temperature and the rest, and the likeliest others.
struct Written {
  TokenLogprob token;
  std::vector<TokenLogprob> top;
};

/// More of the text, whole characters.
struct Piece {
  std::string text;
  std::vector<Written> written;  ///< if logprobs are asked for: the tokens since the last piece
};

/// False cancels the request before its next token.
using OnPiece = std::function<bool(const Piece&)>;

struct TextEnd {
  bool stopped = true;  ///< by the model or a stop; else there was no more room, or max_tokens came
  int prompt_tokens = 0, completion_tokens = 0;
};

/// A decoder-only language model, ready to write.
/// Owner: the caller; the Runtime must outlive it, the Package need not. Threads: one call at a time.
/// Fails: as generate() says; a failed call leaves it usable.
class LanguageModel {
 public:
  /// Opens a package in the layout of optimum's exports with cache: model.onnx (inputs input_ids, attention_mask,
  /// position_ids where the graph has it, past_key_values.N.key/value; outputs logits, present.N.key/value),
  /// config.json, tokenizer.json, tokenizer_config.json, and generation_config.json if there is one. Sizes and types
  /// are read from the graph. Fails: invalid (a layout that isn't supported, with the file's name), unavailable
  /// (execution provider).
  static core::Result<std::unique_ptr<LanguageModel>> open(const package::Package& package,
                                                           const onnx::Runtime& runtime);
  ~LanguageModel();

  /// Fails: invalid (request out of bounds, or too long for the context, with the numbers), cancelled, corrupt (logits
  /// that are no numbers), internal.
  core::Result<TextEnd> generate(const TextRequest& request, const OnPiece& on_piece);
  /// Tokens that a request and its answer have room for together.
  int context_length() const;

  struct Parts;
  explicit LanguageModel(std::unique_ptr<Parts> parts);

 private:
  std::unique_ptr<Parts> parts_;
};

}  // namespace noonmark::language
