#pragma once

#include <vector>

#include "base/stats/interval.h"
#include "trial/record/measurement.h"

namespace noonmark::bench::internal {

/// The share of the permitted error that the newest look may use, and what is spent with it.
struct Share {
  double alpha = 0;
  double spent = 0;
};

/// For the looks that were made after `launches` counts, the last of which ends sampling when `final`: it then spends
/// all that is left, whatever was planned. Pure.
Share share_of_newest_look(const record::Settings& settings, const std::vector<int>& launches, bool final);

/// True when sampling that ended for `reason` spends all that is left of the error.
bool ends_with_everything(record::StopReason reason);

/// An estimate as records keep it: rounded, and above 0 all the same.
record::Interval recorded(const stats::Estimate& estimate);

}  // namespace noonmark::bench::internal
