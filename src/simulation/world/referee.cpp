#include "simulation/world/referee.h"

#include <cmath>

#include "base/stats/interval.h"

namespace noonmark::world {
namespace {

constexpr double kConfidence = 0.95;
constexpr int kResamples = 200;

}  // namespace

verdict::Evidence try_out(const Work& work, const record::EntryFacts& facts, const Noise& noise, core::Philox& random) {
  verdict::Evidence evidence;
  evidence.facts = facts;
  if (work.failure) {
    evidence.failure = work.failure;
    return evidence;
  }
  const double machine = std::exp(noise.machine * random.normal());
  std::vector<double> ratios(static_cast<std::size_t>(noise.launches));
  for (double& ratio : ratios) ratio = work.ratio * machine * std::exp(noise.launch * random.normal());
  const auto estimate = stats::ratio_interval(ratios, kConfidence, kResamples, random.uint64());
  const record::Interval time{estimate->ratio, estimate->low, estimate->high};
  evidence.metrics = {{record::Metric::generation_time, time},
                      {record::Metric::load_time, {}},
                      {record::Metric::peak_memory, {}},
                      {record::Metric::package_size, {}}};
  evidence.fidelity = verdict::Faithfulness{work.fidelity, work.fidelity};
  return evidence;
}

}  // namespace noonmark::world
