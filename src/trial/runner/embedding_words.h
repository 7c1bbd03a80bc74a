#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"

namespace noonmark::runner {

/// The words of OpenAI's embeddings; pictures beside texts are an extension.
inline constexpr std::string_view kEmbeddingsPath = "/v1/embeddings";

inline constexpr std::size_t kMaxEmbedded = 2048;                ///< inputs of one request
inline constexpr std::size_t kMaxEmbeddedTextBytes = 16 * 1024;  ///< of one text

struct EmbeddingRequest {
  struct Input {
    std::string text;
    std::string picture;  ///< a file that nobody has looked into; where it isn't empty it is what counts
  };
  std::vector<Input> inputs;      ///< at least one
  bool base64 = false;            ///< encoding_format: little-endian float32 in base64 instead of numbers
  std::optional<int> dimensions;  ///< must be what the model gives
  std::string model;              ///< as the request names it
};

/// {"input": text | picture | [text | picture…], "model", "encoding_format", "dimensions", "user"}; a picture is
/// {"image": base64 or a data URL}. Fails: invalid, naming the member (lists of token numbers too: each model has its
/// own).
core::Result<EmbeddingRequest> parse_embedding_request(std::string_view json);
std::string write_embedding_request(const EmbeddingRequest& request);

/// {"object":"list","data":[{"object":"embedding","index","embedding"}…],"model","usage"}.
std::string write_embeddings(const std::vector<std::vector<float>>& embeddings, bool base64, const std::string& model,
                             int tokens);

}  // namespace noonmark::runner
