#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "base/codec/json.h"
#include "trial/record/entry_facts.h"
#include "trial/record/fidelity_report.h"
#include "trial/record/measurement.h"
#include "trial/record/sealed.h"

namespace noonmark::record {
namespace {

Measurement full_measurement() {
  Measurement m;
  m.settings.primary_clock = PrimaryClock::wall;
  m.settings.looks = {3, 6};
  m.settings.spending = Spending::pocock;
  m.settings.host.max_steal = 0.25;
  m.settings.budget = std::chrono::seconds(9);
  m.seed = std::numeric_limits<std::uint64_t>::max();
  m.launches = {{0, true, 100, 90, 1 << 20}, {0, false, 80, 70, 1 << 19}};
  m.turns = {{0, 0, true, true, 500, 400, 0, 0, ""}, {0, 1, false, false, 300, 200, 12, 1, "host: steal 40 %"}};
  m.host = {{.at_ns = 5, .launch = 0, .other_load = 0.5, .steal = 0.01, .frequency = 0.9, .other = "note"},
            {.at_ns = 9, .launch = 0, .other_load = 0.25, .steal = 0, .temperature_c = 61.5, .unfit = "hot"}};
  m.looks = {{3, 0.02, 0.02, {0.5, 0.48, 0.52}}};
  m.stop = StopReason::failed;
  m.failure = Failure{Failure::Owner::network, "unavailable", "Try again later."};
  m.baseline_package_bytes = 4'000'000'000;
  m.entry_package_bytes = 17;
  m.warnings = {"cgroup memory is not available"};
  return m;
}

FidelityReport full_report() {
  return {.outputs = {{0, {{"psnr", 31.5}, {"ssim", 0.97}}, 0.9}, {1, {}, 1}},
          .floors = {{"psnr", {40, 9.5}}},
          .mean = 0.95,
          .minimum = 0.9,
          .notes = {"seed respected"}};
}

template <class Fact>
void expect_round_trip(const Fact& fact, core::Result<Fact> (*read)(const codec::Json&)) {
  const auto text = codec::write_json(to_json(fact));
  const auto parsed = codec::parse_json(text);
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  const auto again = read(*parsed);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(*again, fact);
  EXPECT_EQ(codec::write_json(to_json(*again)), text);
}

TEST(Facts, ReadBackAsTheyWereWritten) {
  expect_round_trip(full_measurement(), measurement_from_json);
  expect_round_trip(Measurement{}, measurement_from_json);
  expect_round_trip(Settings{}, settings_from_json);
  expect_round_trip(full_report(), fidelity_report_from_json);
  expect_round_trip(Failure{Failure::Owner::entry, "memory", "Use less."}, failure_from_json);
  expect_round_trip(Machine{"CPU", 2, 8 << 20, "Linux 6.1", "Debian", {{"noonmark", "0.1.0"}}, {"GPU"}},
                    machine_from_json);
  expect_round_trip(EntryFacts{"fast", hash::sha256("x"), 3, 1'700'000'000'000'000'000, 55, std::string(64, 'a')},
                    entry_facts_from_json);
  expect_round_trip(Metrics{{Metric::energy, {0.5, 0.4, 0.6}}, {Metric::load_time, {1, 1, 1}}}, metrics_from_json);
}

TEST(Words, AreTheSameInBothDirections) {
  for (const auto metric : kAllMetrics) {
    EXPECT_EQ(*parse_metric(name_of(metric)), metric);
  }
  const auto unknown = parse_metric("beauty");
  ASSERT_FALSE(unknown.ok());
  EXPECT_NE(unknown.error().message.find("generation_time"), std::string::npos);
}

TEST(Rounded, KeepsMillionthsAndIsTotal) {
  EXPECT_EQ(rounded(0.12345678), 0.123457);
  EXPECT_EQ(rounded(-2.0000004), -2);
  EXPECT_EQ(rounded(std::nan("")), 0);
  EXPECT_EQ(rounded(std::numeric_limits<double>::infinity()), 0);
  EXPECT_EQ(rounded(1e300), 1e300);
  for (double value = 0.001; value < 1e6; value *= 1.37) {
    EXPECT_EQ(rounded(rounded(value)), rounded(value));
    EXPECT_EQ(rounded(value * (1 + 1e-15)), rounded(value)) << value;
  }
}

TEST(Facts, RefuseWhatIsMissingUnknownOrOutOfRange) {
  const auto good = to_json(full_measurement());
  ASSERT_TRUE(measurement_from_json(good).ok());
  for (const auto& [key, unused] : good.as_object()) {
    auto without = good;
    without.as_object().erase(key);
    EXPECT_EQ(measurement_from_json(without).ok(), key == "failure") << key;
  }
  const auto refused = [&](auto change) {
    auto json = good;
    change(json);
    return !measurement_from_json(json).ok();
  };
  EXPECT_TRUE(refused([](codec::Json& json) { json["extra"] = 1; }));
  EXPECT_TRUE(refused([](codec::Json& json) { json["seed"] = "18446744073709551616"; }));
  EXPECT_TRUE(refused([](codec::Json& json) { json["seed"] = "-1"; }));
  EXPECT_TRUE(refused([](codec::Json& json) { json["seed"] = ""; }));
  EXPECT_TRUE(refused([](codec::Json& json) { json["stop"] = "tired"; }));
  EXPECT_TRUE(refused([](codec::Json& json) { json["turns"].as_array()[0]["wall_ns"] = -1; }));
  EXPECT_TRUE(refused([](codec::Json& json) { json["turns"].as_array()[0]["cpu_ns"] = 0.5; }));
  EXPECT_TRUE(refused([](codec::Json& json) { json["looks"].as_array()[0]["generation_time"]["low"] = 2.0; }));
  EXPECT_TRUE(refused([](codec::Json& json) { json["failure"]["code"] = "No Such Code"; }));
  EXPECT_FALSE(measurement_from_json(codec::Json(3)).ok());
  EXPECT_FALSE(measurement_from_json(codec::Json()).ok());
}

TEST(Facts, SayWhereTheProblemIs) {
  auto json = to_json(full_measurement());
  json["turns"].as_array()[1]["wall_ns"] = -5;
  const auto message = measurement_from_json(json).error().message;
  EXPECT_NE(message.find("turns"), std::string::npos) << message;
  EXPECT_NE(message.find("item 1"), std::string::npos) << message;
  EXPECT_NE(message.find("wall_ns"), std::string::npos) << message;
}

TEST(Settings, RefuseNonsense) {
  const auto refused = [](auto change) {
    Settings settings;
    change(settings);
    return !validate(settings).ok();
  };
  EXPECT_FALSE(refused([](Settings&) {}));
  EXPECT_TRUE(refused([](Settings& s) { s.looks = {}; }));
  EXPECT_TRUE(refused([](Settings& s) { s.looks = {1, 5}; }));
  EXPECT_TRUE(refused([](Settings& s) { s.looks = {5, 5}; }));
  EXPECT_TRUE(refused([](Settings& s) { s.confidence = 1; }));
  EXPECT_TRUE(refused([](Settings& s) { s.confidence = std::nan(""); }));
  EXPECT_TRUE(refused([](Settings& s) { s.hopeless_ratio = 0.9; }));
  EXPECT_TRUE(refused([](Settings& s) { s.pairs_per_launch = 0; }));
  EXPECT_TRUE(refused([](Settings& s) { s.budget = std::chrono::nanoseconds(0); }));
  EXPECT_TRUE(refused([](Settings& s) { s.host.max_steal = 1.5; }));
}

TEST(Settings, KeepDefaultsForWhatAContestDoesNotState) {
  const auto settings = settings_from_json(codec::Json::object({{"confidence", 0.9}, {"host", codec::Json::object()}}));
  ASSERT_TRUE(settings.ok()) << settings.error().message;
  Settings expected;
  expected.confidence = 0.9;
  EXPECT_EQ(*settings, expected);
  EXPECT_FALSE(settings_from_json(codec::Json::object({{"pairs", 3}})).ok());
  EXPECT_FALSE(settings_from_json(codec::Json::object({{"host", codec::Json::object({{"load", 3}})}})).ok());
}

TEST(Failure, BlamesTheEntryOnlyForItsOwnFaults) {
  EXPECT_EQ(failure_from(core::timeout("x"), Failure::Owner::entry).owner, Failure::Owner::entry);
  EXPECT_EQ(failure_from(core::exhausted("x"), Failure::Owner::entry).owner, Failure::Owner::entry);
  EXPECT_EQ(failure_from(core::unavailable("x"), Failure::Owner::entry).owner, Failure::Owner::network);
  EXPECT_EQ(failure_from(core::internal("x"), Failure::Owner::entry).owner, Failure::Owner::validator);
  EXPECT_EQ(failure_from(core::timeout("x"), Failure::Owner::validator).owner, Failure::Owner::validator);
  EXPECT_EQ(failure_from(core::timeout("x"), Failure::Owner::entry).code, "timeout");
}

TEST(Failure, BoundsForeignText) {
  const Failure long_text{Failure::Owner::entry, "crash", std::string(4095, 'a') + "\xc3\xa4\xff"};
  expect_round_trip(Failure{Failure::Owner::entry, "crash", std::string(4095, 'a')}, failure_from_json);
  const auto cut = failure_from_json(to_json(long_text));
  ASSERT_TRUE(cut.ok()) << cut.error().message;
  EXPECT_LE(cut->message.size(), 4096u);
  const auto odd = failure_from_json(to_json(Failure{Failure::Owner::entry, "crash", "a\xff z"}));
  ASSERT_TRUE(odd.ok());
  EXPECT_EQ(odd->message, "a? z");
}

TEST(SealedRecord, IsNamedByItsBytesAndSignsAllButTheSignature) {
  SealedRecord record{.kind = "measurement", .version = 2, .body = to_json(full_report())};
  expect_round_trip(record, sealed_record_from_json);
  record.previous = hash::sha256("before");
  record.signer = std::string(64, 'b');
  const auto to_sign = bytes_to_sign(record);
  const auto unsigned_name = name_of(record);
  record.signature = std::string(128, 'c');
  expect_round_trip(record, sealed_record_from_json);
  EXPECT_EQ(bytes_to_sign(record), to_sign);
  EXPECT_NE(name_of(record), unsigned_name);
  EXPECT_EQ(name_of(record), hash::sha256(codec::write_json(to_json(record))));
  for (const auto change : {0, 1, 2, 3, 4}) {
    auto other = record;
    if (change == 0) other.kind = "verdict";
    if (change == 1) other.version = 3;
    if (change == 2) other.previous.reset();
    if (change == 3) other.body["mean"] = 0.5;
    if (change == 4) other.signer = std::string(64, 'a');
    EXPECT_NE(bytes_to_sign(other), to_sign) << change;
  }
}

TEST(SealedRecord, RefusesOtherSpellings) {
  const auto good = to_json(SealedRecord{.kind = "rules", .previous = hash::sha256("x"), .body = 1});
  ASSERT_TRUE(sealed_record_from_json(good).ok());
  const auto refused = [&](std::string_view key, codec::Json value) {
    auto json = good;
    json[key] = std::move(value);
    return !sealed_record_from_json(json).ok();
  };
  EXPECT_TRUE(refused("kind", "Rules"));
  EXPECT_TRUE(refused("kind", ""));
  EXPECT_TRUE(refused("version", 0));
  EXPECT_TRUE(refused("previous", "sha256:" + hash::sha256("x").hex()));
  EXPECT_TRUE(refused("previous", 7));
  EXPECT_TRUE(refused("signer", "abc"));
  EXPECT_TRUE(refused("signature", std::string(128, 'Z')));
  EXPECT_TRUE(refused("more", 1));
}

}  // namespace
}  // namespace noonmark::record
