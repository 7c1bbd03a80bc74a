#include "trial/record/settings.h"

#include "base/codec/fields.h"
#include "trial/record/internal/lists.h"
#include "trial/record/internal/words.h"

namespace noonmark::record {
namespace {

constexpr internal::Words<PrimaryClock, 2> kClocks = {"clock",
                                                      {{{PrimaryClock::cpu, "cpu"}, {PrimaryClock::wall, "wall"}}}};
constexpr internal::Words<Spending, 2> kSpendings = {
    "spending", {{{Spending::obrien_fleming, "obrien_fleming"}, {Spending::pocock, "pocock"}}}};

constexpr std::int64_t kDay = 86'400'000'000'000;

HostLimits host_from(codec::Fields& parent) {
  HostLimits limits;
  const auto* json = parent.optional_child("host");
  if (json == nullptr) {
    return limits;
  }
  codec::Fields fields(*json, parent.path("host"));
  limits.max_other_load = fields.number_or("max_other_load", limits.max_other_load);
  limits.max_steal = fields.number_or("max_steal", limits.max_steal);
  limits.min_frequency = fields.number_or("min_frequency", limits.min_frequency);
  limits.max_temperature_c = fields.number_or("max_temperature_c", limits.max_temperature_c);
  if (const auto done = fields.finish(); !done.ok()) {
    parent.fail("host", done.error().message);
  }
  return limits;
}

std::vector<int> looks_from(codec::Fields& fields, std::vector<int> fallback) {
  if (!fields.has("looks")) {
    return fallback;
  }
  std::vector<int> looks;
  for (const auto& item : fields.array("looks", 100)) {
    if (!item.is_integer() || item.as_integer() < 0 || item.as_integer() > 1000) {
      fields.fail("looks", "must be a list of launch counts up to 1000");
      return looks;
    }
    looks.push_back(static_cast<int>(item.as_integer()));
  }
  return looks;
}

core::Result<void> require(bool condition, const char* message) {
  if (!condition) {
    return core::invalid(std::string("measurement settings: ") + message);
  }
  return {};
}

bool rising(const std::vector<int>& looks) {
  for (std::size_t i = 1; i < looks.size(); ++i) {
    if (looks[i] <= looks[i - 1]) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::string_view name_of(PrimaryClock clock) { return kClocks.name(clock); }
std::string_view name_of(Spending spending) { return kSpendings.name(spending); }
core::Result<PrimaryClock> parse_primary_clock(std::string_view name) { return kClocks.parse(name); }
core::Result<Spending> parse_spending(std::string_view name) { return kSpendings.parse(name); }

core::Result<void> validate(const Settings& settings) {
  const auto share = [](double value) { return value >= 0 && value <= 1; };
  const auto& s = settings;
  TRY(require(s.warm_up_turns >= 0 && s.warm_up_turns <= 100, "warm_up_turns must be 0..100"));
  TRY(require(s.pairs_per_launch >= 1 && s.pairs_per_launch <= 1000, "pairs_per_launch must be 1..1000"));
  TRY(require(!s.looks.empty() && s.looks.size() <= 20, "looks must name 1 to 20 launch counts"));
  TRY(require(s.looks.front() >= 2 && s.looks.back() <= 1000, "looks must lie in 2..1000"));
  TRY(require(rising(s.looks), "looks must rise"));
  TRY(require(s.confidence > 0.5 && s.confidence < 1, "confidence must lie between 0.5 and 1"));
  TRY(require(s.target_width >= 0 && s.target_width <= 10, "target_width must be 0..10"));
  TRY(require(s.decided_margin >= 0 && s.decided_margin < 1, "decided_margin must be 0 or more and below 1"));
  TRY(require(s.hopeless_ratio == 0 || (s.hopeless_ratio > 1 && s.hopeless_ratio <= 1e6),
              "hopeless_ratio must be 0 (never) or above 1"));
  TRY(require(s.hopeless_launches >= 2 && s.hopeless_launches <= 1000, "hopeless_launches must be 2..1000"));
  TRY(require(s.resamples >= 100 && s.resamples <= 100'000, "resamples must be 100..100000"));
  TRY(require(s.budget.count() > 0 && s.budget.count() <= kDay, "budget_ns must be above 0, at most a day"));
  TRY(require(share(s.host.max_other_load) && share(s.host.max_steal) && share(s.host.min_frequency),
              "host limits must be shares from 0 (not checked) to 1"));
  TRY(require(s.host.max_temperature_c >= 0 && s.host.max_temperature_c <= 200, "max_temperature_c must be 0..200"));
  TRY(require(s.host_patience.count() >= 0 && s.host_patience.count() <= kDay,
              "host_patience_ns must be at most a day"));
  TRY(require(s.max_discarded_pairs >= 0 && s.max_discarded_pairs <= 100'000, "max_discarded_pairs must be 0..100000"));
  return {};
}

codec::Json to_json(const Settings& settings) {
  auto looks = codec::Json::array();
  for (const int look : settings.looks) {
    looks.push_back(look);
  }
  return codec::Json::object({
      {"primary_clock", name_of(settings.primary_clock)},
      {"warm_up_turns", settings.warm_up_turns},
      {"pairs_per_launch", settings.pairs_per_launch},
      {"looks", std::move(looks)},
      {"confidence", settings.confidence},
      {"spending", name_of(settings.spending)},
      {"target_width", settings.target_width},
      {"decided_margin", settings.decided_margin},
      {"decide_both_sides", settings.decide_both_sides},
      {"hopeless_ratio", settings.hopeless_ratio},
      {"hopeless_launches", settings.hopeless_launches},
      {"resamples", settings.resamples},
      {"budget_ns", static_cast<std::int64_t>(settings.budget.count())},
      {"host", codec::Json::object({{"max_other_load", settings.host.max_other_load},
                                    {"max_steal", settings.host.max_steal},
                                    {"min_frequency", settings.host.min_frequency},
                                    {"max_temperature_c", settings.host.max_temperature_c}})},
      {"host_patience_ns", static_cast<std::int64_t>(settings.host_patience.count())},
      {"max_discarded_pairs", settings.max_discarded_pairs},
      {"tolerate_unfit_host", settings.tolerate_unfit_host},
  });
}

core::Result<Settings> settings_from_json(const codec::Json& json) {
  Settings s;
  codec::Fields fields(json, "measurement settings");
  const auto count = [&](std::string_view key, int fallback) {
    return static_cast<int>(fields.integer_or(key, fallback, 0, 1'000'000));
  };
  if (fields.has("primary_clock")) {
    s.primary_clock = internal::word_from(fields, "primary_clock", parse_primary_clock);
  }
  if (fields.has("spending")) {
    s.spending = internal::word_from(fields, "spending", parse_spending);
  }
  s.warm_up_turns = count("warm_up_turns", s.warm_up_turns);
  s.pairs_per_launch = count("pairs_per_launch", s.pairs_per_launch);
  s.looks = looks_from(fields, s.looks);
  s.confidence = fields.number_or("confidence", s.confidence);
  s.target_width = fields.number_or("target_width", s.target_width);
  s.decided_margin = fields.number_or("decided_margin", s.decided_margin);
  s.decide_both_sides = fields.flag_or("decide_both_sides", s.decide_both_sides);
  s.hopeless_ratio = fields.number_or("hopeless_ratio", s.hopeless_ratio);
  s.hopeless_launches = count("hopeless_launches", s.hopeless_launches);
  s.resamples = count("resamples", s.resamples);
  s.budget = std::chrono::nanoseconds(fields.integer_or("budget_ns", s.budget.count(), 0, kDay));
  s.host = host_from(fields);
  s.host_patience = std::chrono::nanoseconds(fields.integer_or("host_patience_ns", s.host_patience.count(), 0, kDay));
  s.max_discarded_pairs = count("max_discarded_pairs", s.max_discarded_pairs);
  s.tolerate_unfit_host = fields.flag_or("tolerate_unfit_host", s.tolerate_unfit_host);
  TRY(fields.finish());
  TRY(validate(s));
  return s;
}

}  // namespace noonmark::record
