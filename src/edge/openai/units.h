#pragma once

#include <cstdint>

#include "trial/runner/embedding_words.h"
#include "trial/runner/protocol.h"
#include "trial/runner/text_words.h"

namespace noonmark::openai {

/// What a request costs, in units: a function of the request alone, so that a quote, a bill and a reward agree, whoever
/// does the work. At least 1, rounded up, never less for a request that asks for more.
///
/// Pictures: n × width × height × steps / (64 · 64 · 20), where what the request leaves out counts as 64 × 64 pixels
/// and 20 steps. An upscale: one for each 12 KiB (64 · 64 pixels) of the picture as it was sent.
std::int64_t units_of(const runner::WireRequest& request);
/// Texts: one for each 1000 tokens: a fourth of the prompt's bytes, and n × max_tokens (256 where it is left out).
std::int64_t units_of(const runner::TextWireRequest& request);
/// Embeddings: texts one for each 1000 tokens, as above; pictures as an upscale.
std::int64_t units_of(const runner::EmbeddingRequest& request);

}  // namespace noonmark::openai
