#include "contest/conduct/state.h"

#include <array>

#include "contest/conduct/derive.h"

namespace noonmark::conduct {
namespace {

using codec::Json;

constexpr std::array<std::string_view, 8> kNames = {"opened",   "admitted", "drawn",   "reference",
                                                    "measured", "judged",   "verdict", "sealed"};

core::Error wrong(std::string where, std::string what) {
  return core::corrupt(std::move(where) + ": " + std::move(what));
}

/// Fails unless what the record says is what was recomputed.
core::Result<void> require_equal(const std::string& where, const Json& recorded, const Json& recomputed) {
  const auto difference = first_difference(recorded, recomputed);
  if (!difference) return {};
  return wrong(where + difference->path,
               "the record says " + difference->left + ", recomputing gives " + difference->right);
}

/// A body read from the record; a problem names the place.
template <class Body>
core::Result<Body> read(const record::SealedRecord& record, core::Result<Body> (*reader)(const Json&)) {
  auto body = reader(record.body);
  if (!body.ok()) return wrong("body", body.error().message);
  return body;
}

/// Requests 0, 1, 2 … each once, as many as inputs.
core::Result<void> check_outputs(const State& state, const std::vector<Output>& outputs, const std::string& where) {
  if (outputs.size() != state.drawn->inputs.size()) {
    return wrong(where,
                 "must hold one output for each of the " + std::to_string(state.drawn->inputs.size()) + " requests");
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].request != static_cast<int>(i)) {
      return wrong(where + "[" + std::to_string(i) + "].request", "must be " + std::to_string(i));
    }
  }
  return {};
}

core::Result<void> apply_opened(State& state, const record::SealedRecord& record) {
  Opened opened = TRY(read(record, opened_from_json));
  auto contest = rules::contest_from_json(opened.contest);
  if (!contest.ok()) return wrong("body.contest", contest.error().message);
  TRY(require_equal("body.contest_digest", opened.contest_digest.hex(), record::name_of(opened.contest).hex()));
  state.contest = *std::move(contest);
  state.opened = std::move(opened);
  return {};
}

core::Result<void> apply_admitted(State& state, const record::SealedRecord& record) {
  Admitted admitted = TRY(read(record, admitted_from_json));
  const auto derived = derive_admissions(state, admitted);
  if (!derived.ok()) return wrong("body.baseline", derived.error().message);
  TRY(require_equal("body.admissions", *record.body.find("admissions"), entry::to_json(*derived)));
  state.admitted = std::move(admitted);
  return {};
}

core::Result<void> apply_drawn(State& state, const record::SealedRecord& record) {
  Drawn drawn = TRY(read(record, drawn_from_json));
  TRY(require_equal("body.inputs", *record.body.find("inputs"), rules::to_json(derive_inputs(state, drawn.beacon))));
  state.drawn = std::move(drawn);
  return {};
}

core::Result<void> apply_reference(State& state, const record::SealedRecord& record) {
  Reference reference = TRY(read(record, reference_from_json));
  TRY(check_outputs(state, reference.outputs, "body.outputs"));
  state.reference = std::move(reference);
  return {};
}

core::Result<void> apply_measured(State& state, const record::SealedRecord& record, int order) {
  Measured measured = TRY(read(record, measured_from_json));
  if (measured.order != order) return wrong("body.order", "must be " + std::to_string(order));
  if (measured.measurement) {
    const record::EntryFacts& facts = *state.admitted->admissions.entries[static_cast<std::size_t>(order) - 1].facts;
    const record::Measurement& measurement = *measured.measurement;
    TRY(require_equal("body.measurement.settings", record::to_json(measurement.settings),
                      record::to_json(state.contest.measurement)));
    TRY(require_equal("body.measurement.seed", std::to_string(measurement.seed),
                      std::to_string(measurement_seed(state, facts.content))));
    TRY(require_equal("body.measurement.entry_package_bytes", measurement.entry_package_bytes, facts.package_bytes));
    TRY(require_equal("body.measurement.baseline_package_bytes", measurement.baseline_package_bytes,
                      state.admitted->admissions.baseline.package_bytes));
  }
  Measured derived = measured;
  derive_metrics(derived);
  TRY(require_equal("body", record.body, to_json(derived)));
  state.measured.emplace(order, std::move(measured));
  return {};
}

core::Result<void> apply_judged(State& state, const record::SealedRecord& record, int order) {
  Judged judged = TRY(read(record, judged_from_json));
  if (judged.order != order) return wrong("body.order", "must be " + std::to_string(order));
  if (judged.tester != state.measured.at(order).tester) {
    return wrong("body.tester", "must be who measured the entry: go on with the testers that the contest began with");
  }
  if (judged.reference) TRY(check_outputs(state, judged.reference->outputs, "body.reference.outputs"));
  if (judged.report) {
    TRY(check_outputs(state, judged.outputs, "body.outputs"));
    const Reference& reference = judged.reference ? *judged.reference : *state.reference;
    const auto derived = derive_scores(state.drawn->inputs.size(), reference, *judged.report);
    if (!derived.ok()) return wrong("body.report", derived.error().message);
    TRY(require_equal("body.report", *record.body.find("report"), record::to_json(*derived)));
  }
  state.judged.emplace(order, std::move(judged));
  return {};
}

core::Result<void> apply_verdict(State& state, const record::SealedRecord& record) {
  const auto derived = derive_verdict(state);
  if (!derived.ok()) return wrong("body", derived.error().message);
  TRY(require_equal("body", record.body, *derived));
  state.verdict = record.body;
  return {};
}

core::Result<void> apply_sealed(State& state, const record::SealedRecord& record) {
  Sealed sealed = TRY(read(record, sealed_from_json));
  Sealed derived = sealed;
  derived.records = state.records;
  TRY(require_equal("body", record.body, to_json(derived)));
  state.sealed = std::move(sealed);
  return {};
}

core::Result<void> apply_body(State& state, const record::SealedRecord& record, const Step& step) {
  switch (step.stage) {
    case Stage::opened:
      return apply_opened(state, record);
    case Stage::admitted:
      return apply_admitted(state, record);
    case Stage::drawn:
      return apply_drawn(state, record);
    case Stage::reference:
      return apply_reference(state, record);
    case Stage::measured:
      return apply_measured(state, record, step.order);
    case Stage::judged:
      return apply_judged(state, record, step.order);
    case Stage::verdict:
      return apply_verdict(state, record);
    case Stage::sealed:
      return apply_sealed(state, record);
  }
  return core::internal("no such stage");
}

}  // namespace

std::string_view name_of(Stage stage) { return kNames[static_cast<std::size_t>(stage)]; }

std::optional<Step> next_step(const State& state) {
  if (!state.opened) return Step{Stage::opened};
  if (!state.admitted) return Step{Stage::admitted};
  if (!state.drawn) return Step{Stage::drawn};
  if (!state.reference) return Step{Stage::reference};
  const auto& entries = state.admitted->admissions.entries;
  for (const entry::Admission& admission : entries) {
    if (admission.facts && !state.measured.contains(admission.order)) return Step{Stage::measured, admission.order};
  }
  for (const auto& [order, measured] : state.measured) {
    if (!measured.failure && !state.judged.contains(order)) return Step{Stage::judged, order};
  }
  if (!state.verdict) return Step{Stage::verdict};
  if (!state.sealed) return Step{Stage::sealed};
  return std::nullopt;
}

core::Result<void> apply(State& state, const record::SealedRecord& record) {
  const auto step = next_step(state);
  if (!step) return wrong("kind", "the contest is sealed already; nothing may follow");
  TRY(require_equal("kind", record.kind, name_of(step->stage)));
  TRY(require_equal("version", record.version, 1));
  const Json expected = state.records.empty() ? Json() : Json(state.records.back().hex());
  TRY(require_equal("previous", record.previous ? Json(record.previous->hex()) : Json(), expected));
  TRY(apply_body(state, record, *step));
  state.records.push_back(record::name_of(record));
  return {};
}

}  // namespace noonmark::conduct
