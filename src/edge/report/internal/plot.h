#pragma once

#include <string>
#include <vector>

#include "edge/report/internal/markup.h"
#include "edge/report/internal/words.h"

namespace noonmark::report {

/// One entry in the plane of speed-up and fidelity.
struct PlotPoint {
  std::string name;
  std::string status;  ///< CSS word of its status
  int rank = 0;        ///< shown before the name when above 0
  SpeedUp speed;
  double fidelity_mean = 0;
  double fidelity_minimum = 0;
};

/// The plane's own facts.
struct PlotFrame {
  double mean_floor = 0;  ///< drawn when above 0
  bool narrow = false;    ///< portrait, for phones
};

/// Speed-up to the right on a logarithmic scale with its interval, fidelity upward with a whisker to the worst picture;
/// the baseline sits at 1× and 1. Inline SVG without text that could overlap: labels are placed one after another where
/// there is room.
Markup speed_fidelity_plot(const std::vector<PlotPoint>& points, const PlotFrame& frame);

/// The positions of ticks for a logarithmic axis from `low` to `high`: 1, 2, 5 of each decade, thinned to powers of two
/// or ten when there would be more than eight. Requires: 0 < low < high.
std::vector<double> log_ticks(double low, double high);

}  // namespace noonmark::report
