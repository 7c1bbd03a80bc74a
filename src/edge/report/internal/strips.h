#pragma once

#include <optional>

#include "edge/report/internal/markup.h"
#include "edge/report/internal/words.h"
#include "trial/record/measurement.h"

namespace noonmark::report {

/// The common scale of the small interval bars in the table.
struct BarScale {
  double low = 0.8;
  double high = 2;
};

/// One line: the interval of a speed-up, with a mark at 1×.
Markup interval_bar(const SpeedUp& speed, const BarScale& scale);

/// Raw turns on the primary clock, one line per launch: baseline above, entry below, each dot one request, the stroke
/// its median; turns that were discarded are hollow, warm-up turns are left out. Empty when there is no turn.
Markup launch_strips(const record::Measurement& measurement);

/// Middle value of raw launch facts of one side (0 when there is none).
double median_of(std::vector<double> values);

}  // namespace noonmark::report
