#include "contest/conduct/bodies.h"

#include "base/codec/fields.h"
#include "base/codec/text.h"

namespace noonmark::conduct {
namespace {

using codec::Fields;
using codec::Json;

constexpr std::size_t kMaxEntries = 100'000;
constexpr std::size_t kMaxOutputs = 100'000;
constexpr std::size_t kMaxBeacon = 1024;
constexpr std::int64_t kMaxOrder = 1'000'000;

/// The digest's one form: 64 lower-case digits.
hash::Digest digest_from(Fields& fields, std::string_view key, const Json& value) {
  if (value.is_string()) {
    const auto digest = hash::Digest::parse(value.as_string());
    if (digest.ok() && digest->hex() == value.as_string()) return *digest;
  }
  fields.fail(key, "must be 64 lower-case hexadecimal digits");
  return {};
}

hash::Digest digest(Fields& fields, std::string_view key) { return digest_from(fields, key, fields.child(key)); }

template <class Item>
Item read(Fields& fields, std::string_view key, const Json& json, core::Result<Item> (*reader)(const Json&)) {
  auto item = reader(json);
  if (item.ok()) return *std::move(item);
  fields.fail(key, item.error().message);
  return {};
}

template <class Item>
Item item(Fields& fields, std::string_view key, core::Result<Item> (*reader)(const Json&)) {
  return read(fields, key, fields.child(key), reader);
}

template <class Item>
std::optional<Item> optional_item(Fields& fields, std::string_view key, core::Result<Item> (*reader)(const Json&)) {
  const Json* json = fields.optional_child(key);
  if (json == nullptr) return std::nullopt;
  return read(fields, key, *json, reader);
}

template <class Item>
std::vector<Item> items(Fields& fields, std::string_view key, std::size_t most,
                        core::Result<Item> (*reader)(const Json&)) {
  std::vector<Item> result;
  for (const Json& json : fields.array(key, most)) {
    auto one = reader(json);
    if (!one.ok()) {
      fields.fail(key, "item " + std::to_string(result.size()) + ": " + one.error().message);
      return {};
    }
    result.push_back(*std::move(one));
  }
  return result;
}

template <class Item>
Json array_of(const std::vector<Item>& list) {
  Json array = Json::array();
  for (const Item& one : list) array.push_back(to_json(one));
  return array;
}

Json to_json(const std::map<std::string, record::ComparatorFloor>& floors) {
  Json json = Json::object();
  for (const auto& [name, floor] : floors) {
    json[name] = Json::object({{"harmless", floor.harmless}, {"unrelated", floor.unrelated}});
  }
  return json;
}

core::Result<std::map<std::string, record::ComparatorFloor>> floors_from_json(const Json& json) {
  if (!json.is_object() || json.as_object().size() > 64) return core::invalid("must be at most 64 comparators");
  std::map<std::string, record::ComparatorFloor> floors;
  for (const auto& [name, value] : json.as_object()) {
    Fields fields(value, name);
    floors[name].harmless = fields.number("harmless");
    floors[name].unrelated = fields.number("unrelated");
    TRY(fields.finish());
  }
  return floors;
}

int order_from(Fields& fields) { return static_cast<int>(fields.integer("order", 1, kMaxOrder)); }
int attempts_from(Fields& fields) { return static_cast<int>(fields.integer("attempts", 1, 1000)); }

}  // namespace

Json to_json(const Tester& tester) {
  return Json::object(
      {{"account", tester.account}, {"program", tester.program}, {"machine", record::to_json(tester.machine)}});
}

core::Result<Tester> tester_from_json(const Json& json) {
  Fields fields(json, "tester");
  Tester tester;
  tester.account = fields.text("account", 64);
  tester.program = fields.text("program", 200);
  tester.machine = item(fields, "machine", record::machine_from_json);
  TRY(fields.finish());
  return tester;
}

Json to_json(const Output& output) {
  return Json::object({{"request", output.request}, {"image", output.image.hex()}, {"pixels", output.pixels.hex()}});
}

core::Result<Output> output_from_json(const Json& json) {
  Fields fields(json, "output");
  Output output;
  output.request = static_cast<int>(fields.integer("request", 0, 1'000'000));
  output.image = digest(fields, "image");
  output.pixels = digest(fields, "pixels");
  TRY(fields.finish());
  return output;
}

Json to_json(const Opened& opened) {
  return Json::object({{"contest", opened.contest},
                       {"contest_digest", opened.contest_digest.hex()},
                       {"program", opened.program},
                       {"machine", record::to_json(opened.machine)},
                       {"opened_at_ns", opened.opened_at_ns},
                       {"cut_off_ns", opened.cut_off_ns},
                       {"reigning", opened.reigning ? Json(opened.reigning->hex()) : Json()}});
}

core::Result<Opened> opened_from_json(const Json& json) {
  Fields fields(json, "opened");
  Opened opened;
  opened.contest = fields.child("contest");
  opened.contest_digest = digest(fields, "contest_digest");
  opened.program = fields.text("program", 200);
  opened.machine = item(fields, "machine", record::machine_from_json);
  opened.opened_at_ns = fields.integer("opened_at_ns");
  opened.cut_off_ns = fields.integer("cut_off_ns");
  if (const Json* reigning = fields.optional_child("reigning"); reigning != nullptr) {
    opened.reigning = digest_from(fields, "reigning", *reigning);
  }
  TRY(fields.finish());
  return opened;
}

Json to_json(const Admitted& admitted) {
  return Json::object({{"baseline", entry::to_json(admitted.baseline)},
                       {"candidates", array_of(admitted.candidates)},
                       {"admissions", entry::to_json(admitted.admissions)}});
}

core::Result<Admitted> admitted_from_json(const Json& json) {
  Fields fields(json, "admitted");
  Admitted admitted;
  admitted.baseline = item(fields, "baseline", entry::sighting_from_json);
  admitted.candidates = items(fields, "candidates", kMaxEntries, entry::sighting_from_json);
  admitted.admissions = item(fields, "admissions", entry::admissions_from_json);
  TRY(fields.finish());
  return admitted;
}

Json to_json(const Drawn& drawn) {
  return Json::object({{"beacon", codec::hex(drawn.beacon)},
                       {"source", drawn.source},
                       {"drawn_at_ns", drawn.drawn_at_ns},
                       {"inputs", rules::to_json(drawn.inputs)}});
}

core::Result<Drawn> drawn_from_json(const Json& json) {
  Fields fields(json, "drawn");
  Drawn drawn;
  const auto beacon = codec::parse_hex(fields.text("beacon", 2 * kMaxBeacon));
  if (beacon.ok()) drawn.beacon = *beacon;
  if (!beacon.ok()) fields.fail("beacon", beacon.error().message);
  drawn.source = fields.text("source", 200);
  drawn.drawn_at_ns = fields.integer("drawn_at_ns");
  drawn.inputs = item(fields, "inputs", rules::inputs_from_json);
  TRY(fields.finish());
  return drawn;
}

Json to_json(const Reference& reference) {
  Json notes = Json::array();
  for (const std::string& note : reference.notes) notes.push_back(note);
  Json json = Json::object(
      {{"outputs", array_of(reference.outputs)}, {"floors", to_json(reference.floors)}, {"notes", std::move(notes)}});
  if (reference.tester) json["tester"] = to_json(*reference.tester);
  return json;
}

core::Result<Reference> reference_from_json(const Json& json) {
  Fields fields(json, "reference");
  Reference reference;
  reference.outputs = items(fields, "outputs", kMaxOutputs, output_from_json);
  reference.floors = item(fields, "floors", floors_from_json);
  reference.notes = fields.texts("notes", 1000);
  reference.tester = optional_item(fields, "tester", tester_from_json);
  TRY(fields.finish());
  return reference;
}

Json to_json(const Measured& measured) {
  Json json = Json::object({{"order", measured.order}, {"attempts", measured.attempts}});
  if (measured.measurement) json["measurement"] = record::to_json(*measured.measurement);
  if (measured.failure) json["failure"] = record::to_json(*measured.failure);
  json["metrics"] = record::to_json(measured.metrics);
  if (measured.tester) json["tester"] = to_json(*measured.tester);
  return json;
}

core::Result<Measured> measured_from_json(const Json& json) {
  Fields fields(json, "measured");
  Measured measured;
  measured.order = order_from(fields);
  measured.attempts = attempts_from(fields);
  measured.measurement = optional_item(fields, "measurement", record::measurement_from_json);
  measured.failure = optional_item(fields, "failure", record::failure_from_json);
  measured.metrics = item(fields, "metrics", record::metrics_from_json);
  measured.tester = optional_item(fields, "tester", tester_from_json);
  TRY(fields.finish());
  if (!measured.measurement && !measured.failure) {
    return core::invalid("measured: must have a measurement, a failure or both");
  }
  return measured;
}

Json to_json(const Judged& judged) {
  Json json = Json::object({{"order", judged.order}, {"attempts", judged.attempts}});
  json["outputs"] = array_of(judged.outputs);
  if (judged.report) json["report"] = record::to_json(*judged.report);
  if (judged.failure) json["failure"] = record::to_json(*judged.failure);
  if (judged.tester) json["tester"] = to_json(*judged.tester);
  if (judged.reference) json["reference"] = to_json(*judged.reference);
  return json;
}

core::Result<Judged> judged_from_json(const Json& json) {
  Fields fields(json, "judged");
  Judged judged;
  judged.order = order_from(fields);
  judged.attempts = attempts_from(fields);
  judged.outputs = items(fields, "outputs", kMaxOutputs, output_from_json);
  judged.report = optional_item(fields, "report", record::fidelity_report_from_json);
  judged.failure = optional_item(fields, "failure", record::failure_from_json);
  judged.tester = optional_item(fields, "tester", tester_from_json);
  judged.reference = optional_item(fields, "reference", reference_from_json);
  TRY(fields.finish());
  if (judged.report.has_value() == judged.failure.has_value()) {
    return core::invalid("judged: must have either a report or a failure");
  }
  if (judged.reference.has_value() != (judged.report && judged.tester)) {
    return core::invalid("judged: must have a reference exactly with a tester's report");
  }
  return judged;
}

Json to_json(const Sealed& sealed) {
  Json records = Json::array();
  for (const hash::Digest& name : sealed.records) records.push_back(name.hex());
  return Json::object({{"sealed_at_ns", sealed.sealed_at_ns}, {"records", std::move(records)}});
}

core::Result<Sealed> sealed_from_json(const Json& json) {
  Fields fields(json, "sealed");
  Sealed sealed;
  sealed.sealed_at_ns = fields.integer("sealed_at_ns");
  for (const Json& name : fields.array("records", 4 * kMaxEntries)) {
    sealed.records.push_back(digest_from(fields, "records", name));
  }
  TRY(fields.finish());
  return sealed;
}

}  // namespace noonmark::conduct
