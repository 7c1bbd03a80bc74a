#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/core/random.h"

namespace noonmark::language {

/// log softmax of the logits. Requires: finite, not empty.
std::vector<double> log_probabilities(std::span<const float> logits);

struct Sampling {
  double temperature = 1, top_p = 1;
  int top_k = 0;
  double frequency_penalty = 0, presence_penalty = 0;
};

/// Draws a token; `uniform` in [0, 1). `counts`: how often each was written. Ties fall to the smaller id. Pure.
/// Requires: finite logits, not empty.
std::int64_t draw(std::span<const float> logits, const Sampling& sampling,
                  const std::unordered_map<std::int64_t, int>& counts, double uniform);

/// The `count` likeliest ids, the likeliest first, ties by the smaller id.
std::vector<std::int64_t> likeliest(std::span<const double> values, std::size_t count);

}  // namespace noonmark::language
