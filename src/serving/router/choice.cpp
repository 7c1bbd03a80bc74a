#include "serving/router/choice.h"

#include <algorithm>

namespace noonmark::router {
namespace {

constexpr int kMostDoublings = 5;

double done_after(const Candidate& one) { return one.service_seconds * (one.busy + 1) / std::max(1, one.slots); }

}  // namespace

std::optional<std::size_t> choose(std::span<const Candidate> candidates, std::uint64_t first, std::uint64_t second) {
  const bool all_ejected = std::ranges::all_of(candidates, &Candidate::ejected);
  std::vector<std::size_t> fit;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const Candidate& one = candidates[i];
    if (one.busy < one.slots && !one.tried && (!one.ejected || all_ejected)) fit.push_back(i);
  }
  if (fit.empty()) return std::nullopt;
  const std::size_t a = fit[first % fit.size()], b = fit[second % fit.size()];
  return done_after(candidates[b]) < done_after(candidates[a]) ? b : a;
}

core::Nanos ejection(core::Nanos first, int failures) {
  return first * (1 << std::clamp(failures - 1, 0, kMostDoublings));
}

}  // namespace noonmark::router
