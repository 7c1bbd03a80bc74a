#include "edge/tester/messages.h"

#include <array>
#include <charconv>

#include "base/codec/fields.h"

namespace noonmark::tester {
namespace {

using codec::Fields;
using codec::Json;
using core::ErrorKind;

constexpr std::array kAllKinds = {ErrorKind::usage,   ErrorKind::invalid,   ErrorKind::not_found,
                                  ErrorKind::denied,  ErrorKind::conflict,  ErrorKind::exhausted,
                                  ErrorKind::timeout, ErrorKind::cancelled, ErrorKind::unavailable,
                                  ErrorKind::corrupt, ErrorKind::internal};
constexpr std::array<std::pair<int, ErrorKind>, 6> kStatuses = {{{403, ErrorKind::denied},
                                                                 {404, ErrorKind::not_found},
                                                                 {409, ErrorKind::conflict},
                                                                 {429, ErrorKind::exhausted},
                                                                 {400, ErrorKind::invalid},
                                                                 {503, ErrorKind::unavailable}}};

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

Json to_json(const Task& task) {
  // A seed has 64 bits, a JSON integer 63.
  return Json::object({{"facts", record::to_json(task.facts)}, {"seed", std::to_string(task.seed)}});
}

core::Result<Task> task_from_json(const Json& json) {
  Fields fields(json, "task");
  Task task;
  task.facts = item(fields, "facts", record::entry_facts_from_json);
  const std::string seed = fields.text("seed", 20);
  const auto [end, problem] = std::from_chars(seed.data(), seed.data() + seed.size(), task.seed);
  if (problem != std::errc() || end != seed.data() + seed.size()) fields.fail("seed", "must be a decimal number");
  TRY(fields.finish());
  return task;
}

Json to_json(const conduct::Judgement& judgement) {
  Json outputs = Json::array();
  for (const conduct::Output& output : judgement.outputs) outputs.push_back(conduct::to_json(output));
  return Json::object({{"outputs", std::move(outputs)}, {"report", record::to_json(judgement.report)}});
}

core::Result<conduct::Judgement> judgement_from_json(const Json& json) {
  Fields fields(json, "judgement");
  conduct::Judgement judgement;
  for (const Json& output : fields.array("outputs")) {
    judgement.outputs.push_back(read(fields, "outputs", output, conduct::output_from_json));
  }
  judgement.report = item(fields, "report", record::fidelity_report_from_json);
  TRY(fields.finish());
  return judgement;
}

Json to_json(const core::Error& error) {
  return Json::object({{"kind", core::to_string(error.kind)}, {"message", error.message}});
}

/// Result<Error> would be ambiguous: an error of the message is kept apart from the error in it.
struct ToldError {
  core::Error error;
};

core::Result<ToldError> told_error_from_json(const Json& json) {
  Fields fields(json, "error");
  ToldError told;
  const std::string kind = fields.text("kind", 32);
  told.error.message = fields.text("message", 65536);
  bool known = false;
  for (const ErrorKind one : kAllKinds) {
    if (core::to_string(one) != kind) continue;
    told.error.kind = one;
    known = true;
  }
  if (!known) fields.fail("kind", "is no kind of error");
  TRY(fields.finish());
  return told;
}

}  // namespace

hash::Digest name_of(const Brief& brief) { return hash::sha256(codec::write_json(to_json(brief))); }

bool is_the_entrys(const core::Error& error) {
  using Owner = record::Failure::Owner;
  return record::failure_from(error, Owner::entry).owner == Owner::entry;
}

Json to_json(const Brief& brief) {
  return Json::object({{"contest", rules::to_json(brief.contest)},
                       {"baseline", record::to_json(brief.baseline)},
                       {"inputs", rules::to_json(brief.inputs)}});
}

core::Result<Brief> brief_from_json(const Json& json) {
  Fields fields(json, "brief");
  Brief brief;
  brief.contest = item(fields, "contest", rules::contest_from_json);
  brief.baseline = item(fields, "baseline", record::entry_facts_from_json);
  brief.inputs = item(fields, "inputs", rules::inputs_from_json);
  if (brief.inputs.empty()) fields.fail("inputs", "is empty");
  TRY(fields.finish());
  return brief;
}

Json to_json(const Work& work) {
  Json json = Json::object({{"lease", work.lease}, {"brief", work.brief.hex()}, {"renew_ms", work.renew_ms}});
  if (work.task) json["task"] = to_json(*work.task);
  return json;
}

core::Result<Work> work_from_json(const Json& json) {
  Fields fields(json, "work");
  Work work;
  work.lease = fields.integer("lease", 1);
  work.renew_ms = fields.integer("renew_ms", 1, 86'400'000);
  const auto brief = hash::Digest::parse(fields.text("brief", 64));
  if (brief.ok()) work.brief = *brief;
  if (!brief.ok()) fields.fail("brief", brief.error().message);
  work.task = optional_item(fields, "task", task_from_json);
  TRY(fields.finish());
  return work;
}

Json to_json(const Hello& hello) {
  return Json::object({{"program", hello.program}, {"machine", record::to_json(hello.machine)}});
}

core::Result<Hello> hello_from_json(const Json& json) {
  Fields fields(json, "hello");
  Hello hello;
  hello.program = fields.text("program", 200);
  hello.machine = item(fields, "machine", record::machine_from_json);
  TRY(fields.finish());
  return hello;
}

Json to_json(const Findings& findings) {
  Json json = Json::object({{"tester", conduct::to_json(findings.tester)}});
  if (findings.reference) json["reference"] = conduct::to_json(*findings.reference);
  if (findings.measurement) json["measurement"] = record::to_json(*findings.measurement);
  if (findings.judgement) json["judgement"] = to_json(*findings.judgement);
  if (findings.error) json["error"] = to_json(*findings.error);
  return json;
}

core::Result<Findings> findings_from_json(const Json& json) {
  Fields fields(json, "findings");
  Findings findings;
  findings.tester = item(fields, "tester", conduct::tester_from_json);
  findings.reference = optional_item(fields, "reference", conduct::reference_from_json);
  findings.measurement = optional_item(fields, "measurement", record::measurement_from_json);
  findings.judgement = optional_item(fields, "judgement", judgement_from_json);
  if (const auto told = optional_item(fields, "error", told_error_from_json)) findings.error = told->error;
  TRY(fields.finish());
  return findings;
}

http::Response answer(const Json& json) {
  http::Response response;
  response.headers.set("Content-Type", "application/json");
  response.body = codec::write_json(json);
  return response;
}

http::Response refusal(const core::Error& error) {
  int status = 500;
  for (const auto& [number, kind] : kStatuses) {
    if (kind == error.kind) status = number;
  }
  return http::error_response(status, error.message, core::to_string(error.kind));
}

core::Error error_of(const http::Response& response) {
  ErrorKind kind = ErrorKind::unavailable;
  for (const auto& [number, known] : kStatuses) {
    if (number == response.status) kind = known;
  }
  std::string message = "the validator answered " + std::to_string(response.status);
  if (const auto json = codec::parse_json(response.body); json.ok()) {
    const Json* error = json->find("error");
    const Json* text = error != nullptr ? error->find("message") : nullptr;
    if (text != nullptr && text->is_string()) message = "the validator says: " + text->as_string().substr(0, 2000);
  }
  return core::error(kind, std::move(message));
}

}  // namespace noonmark::tester
