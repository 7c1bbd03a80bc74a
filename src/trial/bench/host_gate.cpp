#include "trial/bench/host_gate.h"

#include <cmath>

namespace noonmark::bench {
namespace {

std::string whole(double value) { return std::to_string(std::lround(value)); }

std::string percent(double share) { return whole(share * 100) + " %"; }

}  // namespace

std::string unfit_reason(const record::HostSample& sample, const record::HostLimits& limits) {
  if (limits.max_other_load > 0 && sample.other_load > limits.max_other_load) {
    return "other processes used " + percent(sample.other_load) + " of the machine (limit " +
           percent(limits.max_other_load) + ")";
  }
  if (limits.max_steal > 0 && sample.steal > limits.max_steal) {
    return "the hypervisor took " + percent(sample.steal) + " of the machine (limit " + percent(limits.max_steal) + ")";
  }
  if (limits.min_frequency > 0 && sample.frequency && *sample.frequency < limits.min_frequency) {
    return "the processor ran at " + percent(*sample.frequency) + " of its highest frequency (limit " +
           percent(limits.min_frequency) + ")";
  }
  if (limits.max_temperature_c > 0 && sample.temperature_c && *sample.temperature_c > limits.max_temperature_c) {
    return "the hottest sensor showed " + whole(*sample.temperature_c) + " C (limit " +
           whole(limits.max_temperature_c) + " C)";
  }
  return {};
}

}  // namespace noonmark::bench
