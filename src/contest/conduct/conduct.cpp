#include "contest/conduct/conduct.h"

#include <algorithm>
#include <cmath>

#include "contest/conduct/derive.h"

namespace noonmark::conduct {
namespace {

using codec::Json;

/// How often a failure that isn't the entry's is tried before it goes into the record.
constexpr int kMaxAttempts = 3;

std::int64_t unix_ns(core::UnixNanos instant) { return instant.time_since_epoch().count(); }

const entry::Admission& admission_of(const State& state, int order) {
  return state.admitted->admissions.entries[static_cast<std::size_t>(order) - 1];
}

Contestant contestant_of(const RunSummary& run, const State& state, int order) {
  return {*admission_of(state, order).facts, run.entries[static_cast<std::size_t>(order) - 1]};
}

Round round_of(const RunSummary& run, const State& state) {
  Round round{state.contest, {state.admitted->admissions.baseline, run.baseline}, state.drawn->inputs, {}};
  for (const entry::Admission& admission : state.admitted->admissions.entries) {
    if (!admission.facts) continue;
    round.entries.push_back(
        {contestant_of(run, state, admission.order), measurement_seed(state, admission.facts->content)});
  }
  return round;
}

/// The result of one attempt after another: an outcome, or a failure with the number of attempts.
template <class Value>
struct Outcome {
  std::optional<Value> value;
  std::optional<record::Failure> failure;
  int attempts = 0;
};

/// Failures that aren't the entry's are tried again; `failure_in` finds those that stand inside a value.
/// Fails: cancelled only.
template <class Value, class Attempt, class FailureIn>
core::Result<Outcome<Value>> attempt(Attempt&& try_once, FailureIn&& failure_in) {
  Outcome<Value> outcome;
  while (outcome.attempts < kMaxAttempts) {
    ++outcome.attempts;
    core::Result<Value> result = try_once();
    if (!result.ok() && result.error().kind == core::ErrorKind::cancelled) return result.error();
    outcome.value.reset();
    outcome.failure.reset();
    if (result.ok()) {
      outcome.value = *std::move(result);
    } else {
      outcome.failure = record::failure_from(result.error(), record::Failure::Owner::entry);
    }
    const std::optional<record::Failure> found = outcome.value ? failure_in(*outcome.value) : outcome.failure;
    if (!found || found->owner == record::Failure::Owner::entry) break;
  }
  return outcome;
}

Json perform_measured(const Outcome<record::Measurement>& outcome, const State& state, int order,
                      std::optional<Tester> tester) {
  Measured measured;
  measured.order = order;
  measured.attempts = outcome.attempts;
  measured.measurement = outcome.value;
  measured.failure = outcome.failure;
  measured.tester = std::move(tester);
  if (measured.measurement) {
    measured.measurement->entry_package_bytes = admission_of(state, order).facts->package_bytes;
    measured.measurement->baseline_package_bytes = state.admitted->admissions.baseline.package_bytes;
  }
  derive_metrics(measured);
  return to_json(measured);
}

core::Result<Json> measure(Trial& trial, const RunSummary& run, const State& state, int order) {
  const Round round = round_of(run, state);
  const Contestant entry = contestant_of(run, state, order);
  const std::uint64_t seed = measurement_seed(state, entry.facts.content);
  const auto once = [&] { return trial.measure(round, entry, seed); };
  const auto failure_in = [](const record::Measurement& measurement) { return measurement.failure; };
  const auto outcome = TRY(attempt<record::Measurement>(once, failure_in));
  return perform_measured(outcome, state, order, trial.tester(entry));
}

core::Result<Json> judge(Trial& trial, const RunSummary& run, const State& state, int order) {
  const Round round = round_of(run, state);
  const Contestant entry = contestant_of(run, state, order);
  const auto once = [&] { return trial.judge(round, entry, *state.reference); };
  const auto no_failure = [](const Judgement&) { return std::optional<record::Failure>(); };
  auto outcome = TRY(attempt<Judgement>(once, no_failure));
  Judged judged;
  judged.order = order;
  judged.attempts = outcome.attempts;
  judged.failure = std::move(outcome.failure);
  judged.tester = trial.tester(entry);
  if (outcome.value) {
    judged.outputs = std::move(outcome.value->outputs);
    judged.reference = std::move(outcome.value->reference);
    const Reference& reference = judged.reference ? *judged.reference : *state.reference;
    judged.report = TRY(derive_scores(round.inputs.size(), reference, std::move(outcome.value->report)));
  }
  return to_json(judged);
}

/// A number that isn't finite has no place in a record.
bool all_finite(const Json& json) {
  if (json.is_double()) return std::isfinite(json.as_number());
  if (json.is_array()) return std::all_of(json.as_array().begin(), json.as_array().end(), all_finite);
  if (!json.is_object()) return true;
  const auto& members = json.as_object();
  return std::all_of(members.begin(), members.end(), [](const auto& member) { return all_finite(member.second); });
}

std::size_t expected_records(const State& state) {
  std::size_t expected = 6;  // opened, admitted, drawn, reference, verdict, sealed
  if (!state.admitted) return expected;
  for (const entry::Admission& admission : state.admitted->admissions.entries) {
    if (!admission.facts) continue;
    const auto measured = state.measured.find(admission.order);
    expected += measured != state.measured.end() && measured->second.failure ? 1 : 2;
  }
  return expected;
}

void tell(const OnProgress& on_progress, const State& state) {
  if (!on_progress) return;
  Progress progress{next_step(state), "", state.records.size(), expected_records(state)};
  if (progress.step && progress.step->order > 0) progress.entry = admission_of(state, progress.step->order).name;
  on_progress(progress);
}

/// The records of one contest are signed by one key. Whoever changed them in the database couldn't sign.
core::Result<void> check_signatures(const std::vector<record::SealedRecord>& records, const sign::PublicKey& key) {
  for (const record::SealedRecord& record : records) {
    if (record.signer != key.hex()) {
      return core::conflict("the contest was begun with the key " + record.signer + ", and this is " + key.hex() +
                            "; go on with the first, or begin anew elsewhere");
    }
    const auto signature = sign::Signature::parse(record.signature);
    if (!signature.ok() || !sign::verify(key, core::as_bytes(record::bytes_to_sign(record)), *signature)) {
      return core::corrupt("the stored record of the stage " + record.kind +
                           " isn't what was signed; restore the database from a backup");
    }
  }
  return {};
}

Json contest_json(const Request& request) { return rules::to_json(request.contest); }

}  // namespace

record::SealedRecord Conductor::seal(const State& state, Stage stage, Json body) {
  record::SealedRecord sealed;
  sealed.kind = name_of(stage);
  if (!state.records.empty()) sealed.previous = state.records.back();
  sealed.body = std::move(body);
  sealed.signer = with_.key.public_key().hex();
  sealed.signature = with_.key.sign(core::as_bytes(record::bytes_to_sign(sealed))).hex();
  return sealed;
}

core::Result<RunId> Conductor::begin(const Request& request) {
  Opened opened;
  opened.contest = contest_json(request);
  opened.contest_digest = record::name_of(opened.contest);
  opened.program = with_.program;
  opened.machine = with_.trial.machine();
  opened.opened_at_ns = unix_ns(with_.clock.now());
  opened.cut_off_ns = unix_ns(request.cut_off);
  opened.reigning = request.reigning;
  State state;
  const record::SealedRecord record = seal(state, Stage::opened, to_json(opened));
  TRY(apply(state, record).context("the contest's definition"));
  return with_.journal.begin(record, request.baseline, request.entries);
}

core::Result<std::optional<RunId>> Conductor::find_unfinished(const Request& request) {
  const hash::Digest digest = record::name_of(contest_json(request));
  std::optional<RunId> found;
  const auto runs = TRY(with_.journal.runs());
  for (const RunSummary& run : runs) {
    const bool same =
        run.contest_digest == digest && run.baseline == request.baseline && run.entries == request.entries;
    if (same && !run.sealed) found = run.id;
  }
  return found;
}

core::Result<Json> Conductor::perform(const RunSummary& run, const State& state, const Step& step) {
  switch (step.stage) {
    case Stage::opened:
      return core::internal("a run begins with its first record");
    case Stage::admitted: {
      Admitted admitted;
      admitted.baseline = with_.trial.inspect(run.baseline, state.contest);
      for (const auto& path : run.entries) admitted.candidates.push_back(with_.trial.inspect(path, state.contest));
      admitted.admissions = TRY(derive_admissions(state, admitted));
      return to_json(admitted);
    }
    case Stage::drawn: {
      const Beacon::Value beacon = TRY(with_.beacon.draw(core::UnixNanos(core::Nanos(state.opened->cut_off_ns))));
      return to_json(
          Drawn{beacon.bytes, beacon.source, unix_ns(with_.clock.now()), derive_inputs(state, beacon.bytes)});
    }
    case Stage::reference:
      return to_json(TRY(with_.trial.reference(round_of(run, state)).context("running the baseline")));
    case Stage::measured:
      return measure(with_.trial, run, state, step.order);
    case Stage::judged:
      return judge(with_.trial, run, state, step.order);
    case Stage::verdict:
      return derive_verdict(state);
    case Stage::sealed:
      return to_json(Sealed{unix_ns(with_.clock.now()), state.records});
  }
  return core::internal("no such stage");
}

core::Result<std::string> Conductor::proceed(const RunId& run, const OnProgress& on_progress) {
  const RunSummary summary = TRY(with_.journal.run(run));
  std::vector<record::SealedRecord> records = TRY(with_.journal.records(run));
  TRY(check_signatures(records, with_.key.public_key()));
  State state = TRY(state_of(records));
  for (;;) {
    tell(on_progress, state);
    const auto step = next_step(state);
    if (!step) return final_text(records);
    Json body = TRY(perform(summary, state, *step));
    if (!all_finite(body)) return core::internal("the trial's facts hold a number that isn't finite");
    const record::SealedRecord record = seal(state, step->stage, std::move(body));
    // A trial that returned nonsense is noticed here, before the record is written.
    TRY(apply(state, record).context("the stage " + record.kind));
    TRY(with_.journal.append(run, records.size(), record));
    records.push_back(record);
  }
}

core::Result<State> state_of(const std::vector<record::SealedRecord>& records) {
  State state;
  for (std::size_t i = 0; i < records.size(); ++i) {
    TRY(apply(state, records[i]).context("$.records[" + std::to_string(i) + "]"));
  }
  return state;
}

std::string final_text(const std::vector<record::SealedRecord>& records) {
  Json list = Json::array();
  for (const record::SealedRecord& record : records) list.push_back(record::to_json(record));
  return codec::write_json(Json::object({{"format", 1}, {"records", std::move(list)}}));
}

}  // namespace noonmark::conduct
