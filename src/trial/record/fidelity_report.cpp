#include "trial/record/fidelity_report.h"

#include "base/codec/fields.h"
#include "trial/record/internal/lists.h"

namespace noonmark::record {
namespace {

constexpr std::size_t kMaxComparators = 64;

codec::Json floors_to_json(const std::map<std::string, ComparatorFloor>& floors) {
  auto result = codec::Json::object();
  for (const auto& [name, floor] : floors) {
    result[name] = codec::Json::object({{"harmless", floor.harmless}, {"unrelated", floor.unrelated}});
  }
  return result;
}

core::Result<std::map<std::string, ComparatorFloor>> floors_from_json(const codec::Json& json) {
  if (!json.is_object() || json.as_object().size() > kMaxComparators) {
    return core::invalid("floors: must be an object with at most 64 members");
  }
  std::map<std::string, ComparatorFloor> result;
  for (const auto& [name, value] : json.as_object()) {
    codec::Fields fields(value, "floors." + name);
    result[name] = {fields.number("harmless"), fields.number("unrelated")};
    TRY(fields.finish());
  }
  return result;
}

}  // namespace

codec::Json to_json(const OutputFidelity& output) {
  auto values = codec::Json::object();
  for (const auto& [name, value] : output.values) {
    values[name] = value;
  }
  return codec::Json::object({{"request", output.request}, {"values", std::move(values)}, {"score", output.score}});
}

core::Result<OutputFidelity> output_fidelity_from_json(const codec::Json& json) {
  codec::Fields fields(json, "output fidelity");
  OutputFidelity output;
  output.request = static_cast<int>(fields.integer("request", 0, 1'000'000'000));
  output.score = fields.number("score", 0, 1);
  const auto& values = fields.child("values");
  if (!values.is_object() || values.as_object().size() > kMaxComparators) {
    fields.fail("values", "must be an object with at most 64 members");
  } else {
    codec::Fields each(values, fields.path("values"));
    for (const auto& [name, unused] : values.as_object()) {
      output.values[name] = each.number(name);
    }
    TRY(each.finish());
  }
  TRY(fields.finish());
  return output;
}

codec::Json to_json(const FidelityReport& report) {
  return codec::Json::object({
      {"outputs", internal::list_to_json(report.outputs)},
      {"floors", floors_to_json(report.floors)},
      {"mean", report.mean},
      {"minimum", report.minimum},
      {"notes", internal::texts_to_json(report.notes)},
  });
}

core::Result<FidelityReport> fidelity_report_from_json(const codec::Json& json) {
  codec::Fields fields(json, "fidelity");
  FidelityReport report;
  report.outputs = internal::list_from(fields, "outputs", 100'000, output_fidelity_from_json);
  report.floors = internal::item_from(fields, "floors", floors_from_json);
  report.mean = fields.number("mean", 0, 1);
  report.minimum = fields.number("minimum", 0, 1);
  report.notes = fields.texts("notes", 1000);
  TRY(fields.finish());
  return report;
}

}  // namespace noonmark::record
