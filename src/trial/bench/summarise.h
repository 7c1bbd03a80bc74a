#pragma once

#include <vector>

#include "trial/record/measurement.h"
#include "trial/record/metric.h"

namespace noonmark::bench {

/// The ratios of `measurement`, each with its interval, rounded as records are. Pure: live and replay call the same,
/// with the settings that the measurement states.
///
/// generation_time and cpu_time: per launch the median ratio of its kept pairs. load_time: per launch; the first is
/// left out where there are three or more, because it fills the page cache. peak_memory: per launch. energy: like
/// generation_time. package_size: exact. The confidence is that of the look at which sampling ended. A metric with
/// fewer than two launches, or whose samples are zero, is absent. Every input has a result.
record::Metrics summarise(const record::Measurement& measurement);

/// One ratio per launch that counts, in order of launches, on the primary clock.
std::vector<double> launch_ratios(const record::Measurement& measurement);

}  // namespace noonmark::bench
