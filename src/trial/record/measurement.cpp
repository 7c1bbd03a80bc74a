#include "trial/record/measurement.h"

#include "base/codec/fields.h"
#include "trial/record/internal/lists.h"
#include "trial/record/internal/words.h"

namespace noonmark::record {
namespace {

constexpr internal::Words<StopReason, 7> kReasons = {"reason to stop",
                                                     {{{StopReason::narrow, "narrow"},
                                                       {StopReason::decided, "decided"},
                                                       {StopReason::hopeless, "hopeless"},
                                                       {StopReason::launches, "launches"},
                                                       {StopReason::budget, "budget"},
                                                       {StopReason::unfit, "unfit"},
                                                       {StopReason::failed, "failed"}}}};

constexpr std::int64_t kMaxIndex = 1'000'000;

int index_from(codec::Fields& fields, std::string_view key) {
  return static_cast<int>(fields.integer(key, 0, kMaxIndex));
}

}  // namespace

std::string_view name_of(StopReason reason) { return kReasons.name(reason); }
core::Result<StopReason> parse_stop_reason(std::string_view name) { return kReasons.parse(name); }

codec::Json to_json(const Turn& turn) {
  return codec::Json::object({
      {"launch", turn.launch},
      {"pair", turn.pair},
      {"baseline", turn.baseline},
      {"warm_up", turn.warm_up},
      {"wall_ns", turn.wall_ns},
      {"cpu_ns", turn.cpu_ns},
      {"energy_uj", turn.energy_uj},
      {"request", turn.request},
      {"discarded", internal::bounded(turn.discarded)},
  });
}

core::Result<Turn> turn_from_json(const codec::Json& json) {
  codec::Fields fields(json, "turn");
  Turn turn;
  turn.launch = index_from(fields, "launch");
  turn.pair = index_from(fields, "pair");
  turn.baseline = fields.flag("baseline");
  turn.warm_up = fields.flag("warm_up");
  turn.wall_ns = fields.integer("wall_ns", 0);
  turn.cpu_ns = fields.integer("cpu_ns", 0);
  turn.energy_uj = fields.integer("energy_uj", 0);
  turn.request = index_from(fields, "request");
  turn.discarded = fields.text("discarded");
  TRY(fields.finish());
  return turn;
}

codec::Json to_json(const Launch& launch) {
  return codec::Json::object({
      {"index", launch.index},
      {"baseline", launch.baseline},
      {"load_wall_ns", launch.load_wall_ns},
      {"load_cpu_ns", launch.load_cpu_ns},
      {"peak_memory_bytes", launch.peak_memory_bytes},
  });
}

core::Result<Launch> launch_from_json(const codec::Json& json) {
  codec::Fields fields(json, "launch");
  Launch launch;
  launch.index = index_from(fields, "index");
  launch.baseline = fields.flag("baseline");
  launch.load_wall_ns = fields.integer("load_wall_ns", 0);
  launch.load_cpu_ns = fields.integer("load_cpu_ns", 0);
  launch.peak_memory_bytes = fields.integer("peak_memory_bytes", 0);
  TRY(fields.finish());
  return launch;
}

codec::Json to_json(const Look& look) {
  return codec::Json::object({
      {"launches", look.launches},
      {"alpha", look.alpha},
      {"alpha_spent", look.alpha_spent},
      {"generation_time", to_json(look.generation_time)},
  });
}

core::Result<Look> look_from_json(const codec::Json& json) {
  codec::Fields fields(json, "look");
  Look look;
  look.launches = index_from(fields, "launches");
  look.alpha = fields.number("alpha", 0, 1);
  look.alpha_spent = fields.number("alpha_spent", 0, 1);
  look.generation_time = internal::item_from(fields, "generation_time", interval_from_json);
  TRY(fields.finish());
  return look;
}

codec::Json to_json(const Measurement& measurement) {
  return codec::Json::object({
      {"settings", to_json(measurement.settings)},
      // As text: a JSON integer holds only half of the seeds.
      {"seed", std::to_string(measurement.seed)},
      {"launches", internal::list_to_json(measurement.launches)},
      {"turns", internal::list_to_json(measurement.turns)},
      {"host", internal::list_to_json(measurement.host)},
      {"looks", internal::list_to_json(measurement.looks)},
      {"stop", name_of(measurement.stop)},
      {"failure", measurement.failure ? to_json(*measurement.failure) : codec::Json()},
      {"baseline_package_bytes", measurement.baseline_package_bytes},
      {"entry_package_bytes", measurement.entry_package_bytes},
      {"warnings", internal::texts_to_json(measurement.warnings)},
  });
}

core::Result<Measurement> measurement_from_json(const codec::Json& json) {
  codec::Fields fields(json, "measurement");
  Measurement measurement;
  measurement.settings = internal::item_from(fields, "settings", settings_from_json);
  const auto seed = fields.text("seed", 20);
  if (seed.empty() || seed.find_first_not_of("0123456789") != std::string::npos ||
      std::to_string(std::strtoull(seed.c_str(), nullptr, 10)) != seed) {
    fields.fail("seed", "must be a whole number below 2^64, as text");
  } else {
    measurement.seed = std::strtoull(seed.c_str(), nullptr, 10);
  }
  measurement.launches = internal::list_from(fields, "launches", 4000, launch_from_json);
  measurement.turns = internal::list_from(fields, "turns", 200'000, turn_from_json);
  measurement.host = internal::list_from(fields, "host", 200'000, host_sample_from_json);
  measurement.looks = internal::list_from(fields, "looks", 100, look_from_json);
  measurement.stop = internal::word_from(fields, "stop", parse_stop_reason);
  if (const auto* failure = fields.optional_child("failure"); failure != nullptr) {
    measurement.failure = TRY(failure_from_json(*failure).context("measurement.failure"));
  }
  measurement.baseline_package_bytes = fields.integer("baseline_package_bytes", 0);
  measurement.entry_package_bytes = fields.integer("entry_package_bytes", 0);
  measurement.warnings = fields.texts("warnings", 1000);
  TRY(fields.finish());
  return measurement;
}

}  // namespace noonmark::record
