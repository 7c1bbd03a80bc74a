#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

#include "base/core/clock.h"
#include "base/core/result.h"
#include "trial/bench/host_gate.h"
#include "trial/bench/subject.h"
#include "trial/record/measurement.h"

namespace noonmark::bench {

/// Where a measurement stands; given after every pair.
struct Progress {
  int launches = 0;      ///< Launches that count so far.
  int max_launches = 0;  ///< At most so many.
  std::chrono::nanoseconds elapsed{0};
  std::chrono::nanoseconds left{
      0};  ///< At most so long, judging from the launches so far; the budget before there are any.
  std::optional<record::Interval> generation_time = {};  ///< From the newest look.
};

/// false cancels.
using OnProgress = std::function<bool(const Progress&)>;

/// Measures `entry` against `baseline`.
///
/// Per launch both are started (in random order) and stay alive together. They take turns that never overlap, in random
/// ABBA or BAAB order, both turns of a pair on the same request number; every pair has a new one. The first
/// `settings.warm_up_turns` of each are dropped by rule. A launch is one observation: the median ratio of its pairs. At
/// the launches named by `settings.looks` the interval over launches is looked at, each look spending its part of the
/// permitted error, and sampling ends for one of the reasons of record::StopReason.
///
/// Pairs during which the host was unfit are kept in the record, marked as discarded, and measured again; before a
/// launch the referee waits for a fit host, at most `settings.host_patience`. An entry whose pairs are
/// `settings.hopeless_ratio` times slower gets one pair per launch and only `settings.hopeless_launches` launches.
///
/// A side that breaks does not fail this function: the measurement comes back with `failure`, a broken baseline being
/// the validator's fault. Package sizes stay 0, the caller fills them in. The order of turns
/// and the bootstrap derive from `seed`, which the record states. Fails: invalid (settings), cancelled.
core::Result<record::Measurement> measure(Subject& baseline, Subject& entry, const record::Settings& settings,
                                          HostGate& gate, core::Clock& clock, std::uint64_t seed,
                                          const OnProgress& on_progress = {});

}  // namespace noonmark::bench
