#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/codec/json.h"
#include "base/core/result.h"
#include "trial/record/failure.h"
#include "trial/record/machine.h"
#include "trial/record/metric.h"
#include "trial/record/settings.h"

namespace noonmark::record {

/// One request to one side, timed from outside.
struct Turn {
  int launch = 0;
  int pair = 0;           ///< Within the launch, warm-up included.
  bool baseline = false;  ///< Which side.
  bool warm_up = false;   ///< Dropped by rule.
  std::int64_t wall_ns = 0;
  std::int64_t cpu_ns = 0;
  std::int64_t energy_uj = 0;  ///< Microjoules; 0 where no counter exists.
  int request = 0;             ///< Which request of the trial; both turns of a pair have the same one.
  std::string discarded = {};  ///< Why the turn does not count; empty when it does.
  bool operator==(const Turn&) const = default;
};

/// One start of one side.
struct Launch {
  int index = 0;  ///< Both sides of a launch share it.
  bool baseline = false;
  std::int64_t load_wall_ns = 0;
  std::int64_t load_cpu_ns = 0;
  std::int64_t peak_memory_bytes = 0;  ///< 0 where it could not be read.
  bool operator==(const Launch&) const = default;
};

/// One look of the sequential trial at the generation time.
struct Look {
  int launches = 0;               ///< Launches that counted.
  double alpha = 0;               ///< Two-sided error spent at this look; the interval's confidence is 1 - alpha.
  double alpha_spent = 0;         ///< Error spent up to and including this look.
  Interval generation_time = {};  ///< At this look's confidence.
  bool operator==(const Look&) const = default;
};

/// Why sampling ended.
enum class StopReason {
  narrow,    ///< The interval reached its target width.
  decided,   ///< The interval lies above 1 (or on either side, if the settings say so).
  hopeless,  ///< Every launch was slower than the hopeless ratio.
  launches,  ///< The last look was reached.
  budget,    ///< The time was used up.
  unfit,     ///< The host was too disturbed.
  failed,    ///< One side broke; see `failure`.
};

/// Everything that was observed while one entry was measured against its baseline. Raw: ratios and intervals are
/// derived from it by bench::summarise, live and in replay.
struct Measurement {
  Settings settings = {};
  std::uint64_t seed = 0;  ///< The order of turns and the bootstrap derive from it.
  std::vector<Launch> launches = {};
  std::vector<Turn> turns = {};  ///< In the order in which they ran.
  std::vector<HostSample> host = {};
  std::vector<Look> looks = {};
  StopReason stop = StopReason::launches;
  std::optional<Failure> failure = {};
  std::int64_t baseline_package_bytes = 0;  ///< 0 = unknown. Filled in by whoever holds the packages.
  std::int64_t entry_package_bytes = 0;
  std::vector<std::string> warnings = {};
  bool operator==(const Measurement&) const = default;
};

std::string_view name_of(StopReason reason);
core::Result<StopReason> parse_stop_reason(std::string_view name);

codec::Json to_json(const Turn& turn);
core::Result<Turn> turn_from_json(const codec::Json& json);
codec::Json to_json(const Launch& launch);
core::Result<Launch> launch_from_json(const codec::Json& json);
codec::Json to_json(const Look& look);
core::Result<Look> look_from_json(const codec::Json& json);
codec::Json to_json(const Measurement& measurement);
/// Limits: 4000 launches, 200 000 turns and host samples, 100 looks, 1000 warnings. Fails: invalid.
core::Result<Measurement> measurement_from_json(const codec::Json& json);

}  // namespace noonmark::record
