#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/codec/json.h"
#include "base/core/result.h"

namespace noonmark::record {

/// Which clock of a turn decides. cpu: steady on a shared host (pinned, single-threaded turns). wall: what an owner of
/// a device feels. The other clock is recorded beside it.
enum class PrimaryClock { cpu, wall };

/// How the permitted error is spent over the looks of a sequential trial (Lan and DeMets, Biometrika 70, 1983).
enum class Spending {
  obrien_fleming,  ///< Hardly anything early, nearly all at the end: early stops are only for plain cases.
  pocock,          ///< About evenly: stops earlier, with a wider last interval.
};

/// When the host counts as disturbed. A limit of 0 means "not checked".
struct HostLimits {
  double max_other_load = 0.75;   ///< Share of all cores' time that processes outside the trial used, 0..1.
  double max_steal = 0.10;        ///< Share of all cores' time that the hypervisor took, 0..1.
  double min_frequency = 0;       ///< Current / highest frequency, 0..1.
  double max_temperature_c = 95;  ///< Degrees Celsius, hottest sensor.
  bool operator==(const HostLimits&) const = default;
};

/// How one entry is measured against its baseline. Data: a contest states it, a record keeps it.
struct Settings {
  PrimaryClock primary_clock = PrimaryClock::cpu;
  int warm_up_turns = 1;                ///< First turns of each side of each launch, measured and dropped.
  int pairs_per_launch = 3;             ///< Kept pairs (one turn of each side) per launch.
  std::vector<int> looks = {5, 8, 12};  ///< Launches after which the interval is looked at; the last is the maximum.
  double confidence = 0.95;             ///< Of the whole sequence of looks together, in (0.5, 1).
  Spending spending = Spending::obrien_fleming;
  double target_width = 0.03;      ///< Stop when (high - low) / ratio of the generation time is not more than this.
  double decided_margin = 0.02;    ///< Stop when the interval lies wholly above 1 + this: such an entry cannot win.
  bool decide_both_sides = false;  ///< Stop also when it lies wholly below 1 - this. Off, because entries that are
                                   ///< faster are compared with each other and deserve narrow intervals.
  double hopeless_ratio = 2.0;     ///< Stop after `hopeless_launches` when every ratio is at least this; 0 = never.
  int hopeless_launches = 2;       ///< At least 2: one launch gives no interval.
  int resamples = 2000;            ///< Bootstrap resamples.
  std::chrono::nanoseconds budget{40'000'000'000};  ///< Wall time for the whole; two launches are always made.
  HostLimits host;
  std::chrono::nanoseconds host_patience{5'000'000'000};  ///< Longest wait for a fit host before each launch.
  int max_discarded_pairs = 12;      ///< Over the whole measurement; more means that the host is unfit.
  bool tolerate_unfit_host = false;  ///< Then go on with a warning, keep what is sampled, and let the interval show it;
                                     ///< otherwise stop.
  bool operator==(const Settings&) const = default;
};

std::string_view name_of(PrimaryClock clock);
std::string_view name_of(Spending spending);
core::Result<PrimaryClock> parse_primary_clock(std::string_view name);
core::Result<Spending> parse_spending(std::string_view name);

/// Says whether the settings make sense together. Fails: invalid, naming the member and its permitted range.
core::Result<void> validate(const Settings& settings);

codec::Json to_json(const Settings& settings);
/// Members that are absent keep their defaults. Fails: invalid (unknown member, wrong type, or refused by validate()).
core::Result<Settings> settings_from_json(const codec::Json& json);

}  // namespace noonmark::record
