#include "trial/bench/internal/trial.h"

#include <algorithm>

#include "base/stats/estimators.h"
#include "base/stats/interval.h"
#include "trial/bench/internal/looks.h"
#include "trial/bench/summarise.h"

namespace noonmark::bench::internal {
namespace {

using record::StopReason;
using namespace std::chrono_literals;

constexpr core::Nanos kUsualWindow = 100ms;  // the kernel counts CPU time in steps of 10 ms
constexpr core::Nanos kLeastWindow = 50ms;   // shorter ones cannot be judged and count as fit
constexpr core::Nanos kWaitingWindow = 200ms;

bool checks_anything(const record::HostLimits& limits) {
  return limits.max_other_load > 0 || limits.max_steal > 0 || limits.min_frequency > 0 || limits.max_temperature_c > 0;
}

std::int64_t count_of(core::Nanos duration) { return std::max<std::int64_t>(0, duration.count()); }

}  // namespace

Trial::Trial(const Parties& parties, const record::Settings& settings, std::uint64_t seed,
             const OnProgress& on_progress)
    : parties_(parties), on_progress_(on_progress), started_(parties.clock.steady()), order_(seed, 1) {
  result_.settings = settings;
  result_.seed = seed;
}

core::Result<record::Measurement> Trial::run() {
  auto next = Next::go_on;
  while (next == Next::go_on) {
    next = host_becomes_fit() ? one_launch() : stop(StopReason::unfit);
    if (next == Next::go_on) {
      next = after_launch();
    }
  }
  if (next == Next::cancelled) {
    return core::cancelled("the measurement was cancelled");
  }
  finish();
  return std::move(result_);
}

Trial::Next Trial::one_launch() {
  pair_ = 0;
  first_turn_ = result_.turns.size();
  const bool baseline_first = toss();
  auto next = start(baseline_first);
  if (next != Next::go_on) {
    return next;
  }
  next = start(!baseline_first);
  if (next == Next::go_on) {
    // What the host did while both were loading says nothing about the turns.
    parties_.gate.sample(own_cpu_);
    own_cpu_ = core::Nanos(0);
    sampled_at_ = elapsed();
    next = all_turns();
    judge_host(true);
    const auto ended = end(!baseline_first);
    next = next == Next::go_on ? ended : next;
  }
  const auto ended = end(baseline_first);
  ++launches_made_;
  return next == Next::go_on ? ended : next;
}

Trial::Next Trial::start(bool baseline) {
  const auto facts = side(baseline).launch();
  if (!facts.ok()) {
    return broken(baseline, facts.error(), "did not start");
  }
  own_cpu_ += facts->load_cpu;
  result_.launches.push_back({.index = launches_made_,
                              .baseline = baseline,
                              .load_wall_ns = count_of(facts->load_wall),
                              .load_cpu_ns = count_of(facts->load_cpu)});
  return Next::go_on;
}

Trial::Next Trial::end(bool baseline) {
  const auto facts = side(baseline).end();
  if (!facts.ok()) {
    return broken(baseline, facts.error(), "could not be stopped");
  }
  // A side whose start failed has no launch of this index; it is not ended either.
  for (auto launch = result_.launches.rbegin(); launch != result_.launches.rend(); ++launch) {
    if (launch->index == launches_made_ && launch->baseline == baseline) {
      launch->peak_memory_bytes = std::max<std::int64_t>(0, facts->peak_memory_bytes);
      break;
    }
  }
  return Next::go_on;
}

Trial::Next Trial::all_turns() {
  for (int i = 0; i < settings().warm_up_turns; ++i) {
    if (const auto next = one_pair(toss(), true); next != Next::go_on) {
      return next;
    }
  }
  bool baseline_first = false;
  for (int i = 0;; ++i) {
    // Blocks of two pairs, ABBA or BAAB, so that a drift within the launch falls on both sides alike.
    baseline_first = i % 2 == 0 ? toss() : !baseline_first;
    if (const auto next = one_pair(baseline_first, false); next != Next::go_on) {
      return next;
    }
    if (discarded_pairs_ > settings().max_discarded_pairs && !tolerating_) {
      if (!settings().tolerate_unfit_host) {
        return stop(StopReason::unfit);
      }
      tolerating_ = true;
    }
    const auto ratios = kept_ratios();
    const bool enough = static_cast<int>(ratios.size()) >= settings().pairs_per_launch;
    // A side that costs nothing measurable gives no ratio; then the turns made are the limit.
    const bool fruitless = i >= settings().pairs_per_launch + settings().max_discarded_pairs;
    const bool late = !ratios.empty() && elapsed() >= settings().budget;
    if (enough || fruitless || late || hopeless(ratios)) {
      return Next::go_on;
    }
  }
}

Trial::Next Trial::one_pair(bool baseline_first, bool warm_up) {
  for (const bool baseline : {baseline_first, !baseline_first}) {
    if (const auto next = one_turn(baseline, warm_up); next != Next::go_on) {
      return next;
    }
  }
  ++pair_;
  ++next_request_;
  judge_host(false);
  return report() ? Next::go_on : Next::cancelled;
}

Trial::Next Trial::one_turn(bool baseline, bool warm_up) {
  const auto energy_before = parties_.gate.energy_uj();
  const auto facts = side(baseline).turn(next_request_);
  if (!facts.ok()) {
    return broken(baseline, facts.error(), "did not answer");
  }
  const auto energy_after = energy_before ? parties_.gate.energy_uj() : std::nullopt;
  own_cpu_ += facts->cpu;
  unjudged_.push_back(result_.turns.size());
  result_.turns.push_back({.launch = launches_made_,
                           .pair = pair_,
                           .baseline = baseline,
                           .warm_up = warm_up,
                           .wall_ns = count_of(facts->wall),
                           .cpu_ns = count_of(facts->cpu),
                           // A counter that wrapped meanwhile has nothing to say about this turn.
                           .energy_uj = energy_after ? std::max<std::int64_t>(0, *energy_after - *energy_before) : 0,
                           .request = next_request_});
  return Next::go_on;
}

std::vector<double> Trial::kept_ratios() const {
  std::vector<stats::Pair> pairs;
  const bool wall = settings().primary_clock == record::PrimaryClock::wall;
  for (std::size_t i = first_turn_; i + 1 < result_.turns.size(); i += 2) {
    const auto& first = result_.turns[i];
    const auto& second = result_.turns[i + 1];
    if (first.warm_up || !first.discarded.empty()) {
      continue;
    }
    const auto& baseline = first.baseline ? first : second;
    const auto& entry = first.baseline ? second : first;
    pairs.push_back({static_cast<double>(wall ? entry.wall_ns : entry.cpu_ns),
                     static_cast<double>(wall ? baseline.wall_ns : baseline.cpu_ns)});
  }
  return stats::ratios(pairs);
}

bool Trial::host_becomes_fit() {
  if (!checks_anything(settings().host) || tolerating_ || (launches_made_ > 0 && last_unfit_.empty())) {
    return true;
  }
  const auto since = elapsed();
  do {
    parties_.gate.sample(own_cpu_);
    own_cpu_ = core::Nanos(0);
    parties_.clock.sleep_for(kWaitingWindow);
    if (take_sample().empty()) {
      return true;
    }
  } while (elapsed() - since < settings().host_patience);
  tolerating_ = settings().tolerate_unfit_host;
  return tolerating_;
}

void Trial::judge_host(bool end_of_launch) {
  if (elapsed() - sampled_at_ < (end_of_launch ? kLeastWindow : kUsualWindow)) {
    return;
  }
  const auto reason = take_sample();
  if (!reason.empty() && !tolerating_) {
    discard_unjudged(reason);
  }
  unjudged_.clear();
}

std::string Trial::take_sample() {
  auto sample = parties_.gate.sample(own_cpu_);
  own_cpu_ = core::Nanos(0);
  sampled_at_ = elapsed();
  sample.at_ns = count_of(sampled_at_);
  sample.launch = launches_made_;
  sample.other_load = record::rounded(sample.other_load);
  sample.steal = record::rounded(sample.steal);
  last_unfit_ = sample.unfit = unfit_reason(sample, settings().host);
  result_.host.push_back(std::move(sample));
  return last_unfit_;
}

void Trial::discard_unjudged(const std::string& reason) {
  int turns = 0;
  for (const auto index : unjudged_) {
    auto& turn = result_.turns[index];
    turn.discarded = reason;
    turns += turn.warm_up ? 0 : 1;
  }
  discarded_pairs_ += turns / 2;
}

Trial::Next Trial::after_launch() {
  unjudged_.clear();
  const auto ratios = launch_ratios(result_);
  launches_counting_ = static_cast<int>(ratios.size());
  if (launches_counting_ >= settings().hopeless_launches && hopeless(ratios)) {
    return stop(StopReason::hopeless);
  }
  const auto& looks = settings().looks;
  const bool grew = result_.looks.empty() || result_.looks.back().launches < launches_counting_;
  if (grew && std::find(looks.begin(), looks.end(), launches_counting_) != looks.end()) {
    if (const auto next = look(launches_counting_ == looks.back()); next != Next::go_on) {
      return next;
    }
  }
  if (launches_made_ >= looks.back() + settings().max_discarded_pairs) {
    return stop(StopReason::launches);
  }
  const bool enough = launches_counting_ >= 2 || launches_made_ >= looks.back();
  return enough && elapsed() + usual_launch() > settings().budget ? stop(StopReason::budget) : Next::go_on;
}

Trial::Next Trial::look(bool final) {
  std::vector<int> launches;
  for (const auto& past : result_.looks) {
    launches.push_back(past.launches);
  }
  launches.push_back(launches_counting_);
  const auto share = share_of_newest_look(settings(), launches, final);
  const auto estimate =
      stats::ratio_interval(launch_ratios(result_), 1 - share.alpha, settings().resamples, result_.seed);
  if (share.alpha <= 0 || !estimate) {
    return final ? stop(StopReason::launches) : Next::go_on;  // nothing to spend yet: no look was taken
  }
  const auto interval = recorded(*estimate);
  result_.looks.push_back({launches_counting_, share.alpha, share.spent, interval});
  if (final) {
    return stop(StopReason::launches);
  }
  if ((interval.high - interval.low) / interval.ratio <= settings().target_width) {
    return stop(StopReason::narrow);
  }
  const bool slower = interval.low > 1 + settings().decided_margin;
  const bool faster = settings().decide_both_sides && interval.high < 1 - settings().decided_margin;
  return slower || faster ? stop(StopReason::decided) : Next::go_on;
}

bool Trial::hopeless(const std::vector<double>& ratios) const {
  return settings().hopeless_ratio > 0 && !ratios.empty() &&
         *std::min_element(ratios.begin(), ratios.end()) >= settings().hopeless_ratio;
}

core::Nanos Trial::usual_launch() const { return elapsed() / std::max(1, launches_made_); }

Trial::Next Trial::stop(StopReason reason) {
  result_.stop = reason;
  return Next::stop;
}

Trial::Next Trial::broken(bool baseline, const core::Error& error, const char* doing) {
  if (!result_.failure) {  // what comes after the first failure follows from it
    using Owner = record::Failure::Owner;
    const auto told = error.with_context(std::string(baseline ? "the baseline " : "the entry ") + doing);
    result_.failure = record::failure_from(told, baseline ? Owner::validator : Owner::entry);
  }
  return stop(StopReason::failed);
}

bool Trial::report() {
  if (!on_progress_) {
    return true;
  }
  const int most = settings().looks.back();
  const auto budget_left = std::max(core::Nanos(0), settings().budget - elapsed());
  Progress progress{.launches = launches_counting_, .max_launches = most, .elapsed = elapsed(), .left = budget_left};
  if (launches_made_ > 0) {
    progress.left = std::min(budget_left, std::max(core::Nanos(0), usual_launch() * (most - launches_counting_)));
  }
  if (!result_.looks.empty()) {
    progress.generation_time = result_.looks.back().generation_time;
  }
  return on_progress_(progress);
}

void Trial::finish() {
  launches_counting_ = static_cast<int>(launch_ratios(result_).size());
  const auto reason = result_.stop;
  const bool looked_last = reason == StopReason::narrow || reason == StopReason::decided ||
                           reason == StopReason::failed ||
                           (reason == StopReason::launches && !result_.looks.empty() &&
                            result_.looks.back().launches == settings().looks.back());
  if (!looked_last && launches_counting_ >= 2) {
    (void)look(true);
    result_.stop = reason;
  }
  if (reason == StopReason::unfit && launches_counting_ < 2 && !result_.failure) {
    result_.failure =
        record::Failure{record::Failure::Owner::validator, "unfit_host",
                        "This machine was too disturbed to measure on: " + last_unfit_ +
                            ". Stop other programs, or state wider limits in the contest, and run again."};
  }
  if (discarded_pairs_ > 0) {
    result_.warnings.push_back(std::to_string(discarded_pairs_) + " pairs were discarded because the host was unfit");
  }
  if (tolerating_) {
    result_.warnings.push_back("the host stayed unfit (" + last_unfit_ + "); the contest tolerates that");
  }
}

}  // namespace noonmark::bench::internal
