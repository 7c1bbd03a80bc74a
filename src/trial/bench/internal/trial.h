#pragma once

#include <string>
#include <vector>

#include "base/core/clock.h"
#include "base/core/random.h"
#include "base/core/result.h"
#include "trial/bench/host_gate.h"
#include "trial/bench/measure.h"
#include "trial/bench/subject.h"
#include "trial/record/measurement.h"

namespace noonmark::bench::internal {

/// One run of measure(): its parties and what was observed so far. Lives for one call, on one thread.
class Trial {
 public:
  struct Parties {
    Subject& baseline;
    Subject& entry;
    HostGate& gate;
    core::Clock& clock;
  };

  Trial(const Parties& parties, const record::Settings& settings, std::uint64_t seed, const OnProgress& on_progress);

  /// Fails: cancelled.
  core::Result<record::Measurement> run();

 private:
  /// What becomes of the trial after a step. stop: the reason stands in the result.
  enum class Next { go_on, stop, cancelled };

  Subject& side(bool baseline) { return baseline ? parties_.baseline : parties_.entry; }
  const record::Settings& settings() const { return result_.settings; }
  bool toss() { return order_.below(2) == 1; }
  core::Nanos elapsed() const { return parties_.clock.steady() - started_; }

  // A launch, from large to small.
  Next one_launch();
  Next start(bool baseline);
  Next all_turns();
  Next one_pair(bool baseline_first, bool warm_up);
  Next one_turn(bool baseline, bool warm_up);
  Next end(bool baseline);
  std::vector<double> kept_ratios() const;

  // The host.
  bool host_becomes_fit();
  void judge_host(bool end_of_launch);
  std::string take_sample();
  void discard_unjudged(const std::string& reason);

  // Between launches.
  Next after_launch();
  Next look(bool final);
  bool hopeless(const std::vector<double>& ratios) const;
  core::Nanos usual_launch() const;

  Next stop(record::StopReason reason);
  Next broken(bool baseline, const core::Error& error, const char* doing);
  bool report();
  void finish();

  // Constant after construction.
  Parties parties_;
  const OnProgress& on_progress_;
  core::Nanos started_;

  core::Philox order_;
  record::Measurement result_;

  // Of the launch in progress.
  int pair_ = 0;
  std::size_t first_turn_ = 0;         // index into result_.turns
  std::vector<std::size_t> unjudged_;  // turns since the last host sample

  // Of the whole trial.
  int launches_made_ = 0;
  int launches_counting_ = 0;
  int next_request_ = 0;
  int discarded_pairs_ = 0;
  bool tolerating_ = false;  // the host stayed unfit and the settings accept that
  core::Nanos own_cpu_{0};   // of both sides since the last host sample
  core::Nanos sampled_at_{0};
  std::string last_unfit_;
};

}  // namespace noonmark::bench::internal
