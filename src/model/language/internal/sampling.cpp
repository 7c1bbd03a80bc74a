#include "model/language/internal/sampling.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace noonmark::language {

std::vector<double> log_probabilities(std::span<const float> logits) {
  const double largest = *std::ranges::max_element(logits);
  double sum = 0;
  for (const float logit : logits) sum += std::exp(logit - largest);
  const double shift = largest + std::log(sum);
  std::vector<double> values;
  values.reserve(logits.size());
  for (const float logit : logits) values.push_back(logit - shift);
  return values;
}

std::vector<std::int64_t> likeliest(std::span<const double> values, std::size_t count) {
  std::vector<std::int64_t> ids(values.size());
  std::iota(ids.begin(), ids.end(), 0);
  count = std::min(count, ids.size());
  const auto before = [&](std::int64_t a, std::int64_t b) {
    const double left = values[static_cast<std::size_t>(a)], right = values[static_cast<std::size_t>(b)];
    return left != right ? left > right : a < b;
  };
  std::partial_sort(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(count), ids.end(), before);
  ids.resize(count);
  return ids;
}

std::int64_t draw(std::span<const float> logits, const Sampling& sampling,
                  const std::unordered_map<std::int64_t, int>& counts, double uniform) {
  std::vector<double> scores(logits.begin(), logits.end());
  for (const auto& [id, count] : counts) {
    scores[static_cast<std::size_t>(id)] -= sampling.frequency_penalty * count + sampling.presence_penalty;
  }
  if (sampling.temperature <= 0) return likeliest(scores, 1).front();
  const std::size_t kept = sampling.top_k > 0 ? static_cast<std::size_t>(sampling.top_k) : scores.size();
  const std::vector<std::int64_t> ids = likeliest(scores, kept);
  const double largest = scores[static_cast<std::size_t>(ids.front())];
  std::vector<double> weights;
  double total = 0;
  for (const std::int64_t id : ids) {
    weights.push_back(std::exp((scores[static_cast<std::size_t>(id)] - largest) / sampling.temperature));
    total += weights.back();
  }
  // The likeliest whose share reaches top_p: at least one.
  double nucleus = 0;
  std::size_t last = 0;
  for (; last < weights.size(); ++last) {
    nucleus += weights[last];
    if (nucleus >= sampling.top_p * total) break;
  }
  last = std::min(last, weights.size() - 1);
  double left = uniform * nucleus;
  for (std::size_t i = 0; i < last; ++i) {
    left -= weights[i];
    if (left < 0) return ids[i];
  }
  return ids[last];
}

}  // namespace noonmark::language
