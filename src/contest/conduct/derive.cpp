#include "contest/conduct/derive.h"

#include "base/core/check.h"
#include "contest/verdict/decide.h"
#include "contest/verdict/policy.h"
#include "trial/bench/summarise.h"
#include "trial/fidelity/score.h"

namespace noonmark::conduct {
namespace {

using codec::Json;

/// A value as it may stand in a message: short.
std::string shown(const Json& value) {
  if (value.is_array()) return "an array of " + std::to_string(value.as_array().size());
  if (value.is_object()) return "an object of " + std::to_string(value.as_object().size());
  std::string text = codec::write_json(value);
  if (text.size() > 80) text = text.substr(0, 60) + "…";
  return text;
}

std::optional<Difference> inside(const std::string& step, const Json& left, const Json& right) {
  auto difference = first_difference(left, right);
  if (difference) difference->path.insert(0, step);
  return difference;
}

std::optional<Difference> first_in_objects(const Json& left, const Json& right) {
  for (const auto& [name, value] : left.as_object()) {
    const Json* other = right.find(name);
    if (other == nullptr) return Difference{"." + name, shown(value), "nothing"};
    if (auto difference = inside("." + name, value, *other)) return difference;
  }
  for (const auto& [name, value] : right.as_object()) {
    if (left.find(name) == nullptr) return Difference{"." + name, "nothing", shown(value)};
  }
  return std::nullopt;
}

std::optional<Difference> first_in_arrays(const Json::Array& left, const Json::Array& right) {
  for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
    if (auto difference = inside("[" + std::to_string(i) + "]", left[i], right[i])) return difference;
  }
  if (left.size() == right.size()) return std::nullopt;
  return Difference{"", "an array of " + std::to_string(left.size()), "an array of " + std::to_string(right.size())};
}

/// An entry's facts, as far as they are known, whether it was admitted or not.
record::EntryFacts facts_of(const entry::Admission& admission, const entry::Sighting& sighting) {
  if (admission.facts) return *admission.facts;
  record::EntryFacts facts;
  facts.name = admission.name;
  facts.order = admission.order;
  if (sighting.package) {
    facts.content = sighting.package->content;
    facts.package_bytes = sighting.package->bytes;
    facts.author = sighting.package->author;
  }
  return facts;
}

verdict::Evidence evidence_of(const State& state, std::size_t position) {
  const entry::Admission& admission = state.admitted->admissions.entries[position];
  verdict::Evidence evidence;
  evidence.facts = facts_of(admission, state.admitted->candidates[position]);
  evidence.refusal = admission.refusal;
  const auto measured = state.measured.find(admission.order);
  if (measured == state.measured.end()) return evidence;
  evidence.failure = measured->second.failure;
  evidence.metrics = measured->second.metrics;
  const auto judged = state.judged.find(admission.order);
  if (judged == state.judged.end()) return evidence;
  if (judged->second.failure) evidence.failure = judged->second.failure;
  if (judged->second.report) {
    evidence.fidelity = verdict::Faithfulness{judged->second.report->mean, judged->second.report->minimum};
  }
  return evidence;
}

}  // namespace

std::optional<Difference> first_difference(const Json& left, const Json& right) {
  if (left == right) return std::nullopt;
  if (left.is_object() && right.is_object()) return first_in_objects(left, right);
  if (left.is_array() && right.is_array()) return first_in_arrays(left.as_array(), right.as_array());
  return Difference{"", shown(left), shown(right)};
}

core::Result<entry::Admissions> derive_admissions(const State& state, const Admitted& admitted) {
  return entry::decide(state.contest, admitted.baseline, admitted.candidates);
}

std::vector<rules::Input> derive_inputs(const State& state, const core::Bytes& beacon) {
  return rules::draw_inputs(state.contest.inputs, state.opened->contest_digest, beacon);
}

std::uint64_t measurement_seed(const State& state, const hash::Digest& content) {
  hash::Sha256 digest;
  digest.update(core::as_bytes("noonmark measurement\n"));
  digest.update(state.drawn->beacon);
  digest.update(state.opened->contest_digest.bytes);
  digest.update(content.bytes);
  const hash::Digest key = digest.finish();
  std::uint64_t seed = 0;
  for (std::size_t i = 0; i < 8; ++i) seed = seed << 8 | key.bytes[i];
  return seed;
}

void derive_metrics(Measured& measured) {
  measured.metrics.clear();
  if (!measured.measurement) return;
  measured.failure = measured.measurement->failure;
  if (!measured.failure) measured.metrics = bench::summarise(*measured.measurement);
}

core::Result<record::FidelityReport> derive_scores(std::size_t requests, const Reference& reference,
                                                   record::FidelityReport report) {
  if (report.outputs.size() != requests) {
    return core::invalid("must hold one comparison for each of the " + std::to_string(requests) + " requests");
  }
  if (report.floors != reference.floors) return core::invalid("floors must be those of the reference");
  double sum = 0;
  report.minimum = 1;
  for (record::OutputFidelity& output : report.outputs) {
    output.score = fidelity::score(output.values, report.floors);
    sum += output.score;
    report.minimum = std::min(report.minimum, output.score);
  }
  report.mean = record::rounded(sum / static_cast<double>(requests));
  return report;
}

core::Result<codec::Json> derive_verdict(const State& state) {
  const verdict::Policy policy = TRY(verdict::policy_of(state.contest));
  TRY(verdict::validate(policy));
  std::vector<verdict::Evidence> evidence;
  for (std::size_t i = 0; i < state.admitted->admissions.entries.size(); ++i) {
    evidence.push_back(evidence_of(state, i));
  }
  return verdict::to_json(verdict::decide(policy, std::move(evidence), state.admitted->admissions.baseline.content,
                                          state.opened->reigning));
}

}  // namespace noonmark::conduct
