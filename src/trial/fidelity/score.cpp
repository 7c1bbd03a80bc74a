#include "trial/fidelity/score.h"

#include <algorithm>
#include <cmath>

#include "base/core/check.h"
#include "trial/record/metric.h"

namespace noonmark::fidelity {

namespace {

/// Grows with distance from the reference; 0 for equal pictures.
double error_of(std::string_view comparator, double value) {
  if (comparator == kPsnr) return std::pow(10.0, -value / 10);
  if (comparator == kSsim || comparator == kMsSsim) return 1 - value;
  return value;
}

bool apart(std::string_view comparator, const record::ComparatorFloor& floor) {
  return error_of(comparator, floor.unrelated) > error_of(comparator, floor.harmless);
}

/// Values of one comparator from the nearest to the farthest. Fails: invalid, where one is missing or no number.
core::Result<std::vector<double>> sorted_values(const std::string& comparator, std::span<const Measures> measures) {
  std::vector<double> values;
  for (const Measures& each : measures) {
    const auto found = each.find(comparator);
    if (found == each.end() || !std::isfinite(found->second)) {
      return core::invalid("calibration needs a finite value of " + comparator + " in each comparison");
    }
    values.push_back(record::rounded(found->second));
  }
  std::sort(values.begin(), values.end(),
            [&](double a, double b) { return error_of(comparator, a) < error_of(comparator, b); });
  return values;
}

/// Mean of those that are there.
std::optional<double> mean_of(std::initializer_list<std::optional<double>> values) {
  double sum = 0;
  int count = 0;
  for (const auto& value : values) {
    if (!value) continue;
    sum += *value;
    ++count;
  }
  return count == 0 ? std::nullopt : std::optional(sum / count);
}

bool any_apart(const Floors& floors, std::initializer_list<std::string_view> comparators) {
  return std::any_of(comparators.begin(), comparators.end(), [&](std::string_view comparator) {
    const auto found = floors.find(std::string(comparator));
    return found != floors.end() && apart(comparator, found->second);
  });
}

/// Closeness of a picture's measure; 0 when the floors know the comparator and the measure is missing or NaN.
std::optional<double> measured_closeness(std::string_view comparator, const Measures& measures, const Floors& floors) {
  if (!any_apart(floors, {comparator})) return std::nullopt;
  const auto found = measures.find(std::string(comparator));
  if (found == measures.end()) return 0;
  return closeness(comparator, found->second, floors).value_or(0);
}

Measures rounded(const Measures& measures) {
  Measures result;
  for (const auto& [name, value] : measures) {
    if (std::isfinite(value)) result[name] = record::rounded(value);
  }
  return result;
}

}  // namespace

core::Result<Floors> calibrate(std::span<const Measures> harmless, std::span<const Measures> unrelated) {
  if (harmless.empty() || unrelated.empty()) {
    return core::invalid("calibration needs harmless variations and pictures for other seeds, at least one of each");
  }
  Floors floors;
  for (const auto& [comparator, unused] : harmless.front()) {
    const auto near = TRY(sorted_values(comparator, harmless));
    const auto far = TRY(sorted_values(comparator, unrelated));
    floors[comparator] = {near.back(), far[(far.size() - 1) / 2]};
  }
  if (!any_apart(floors, {kPsnr, kSsim, kMsSsim})) {
    return core::invalid(
        "the baseline's pictures for other seeds are as close as its harmless variations are: structure tells nothing "
        "here; calibrate with prompts whose pictures depend on the seed");
  }
  if (floors.contains(std::string(kPerceptual)) && !any_apart(floors, {kPerceptual})) {
    return core::invalid(
        "the perceptual distance to pictures for other seeds is no larger than to harmless variations: calibrate with "
        "prompts whose pictures depend on the seed");
  }
  return floors;
}

std::optional<double> closeness(std::string_view comparator, double value, const Floors& floors) {
  const auto found = floors.find(std::string(comparator));
  if (found == floors.end() || std::isnan(value) || !apart(comparator, found->second)) return std::nullopt;
  const double near = error_of(comparator, found->second.harmless);
  const double far = error_of(comparator, found->second.unrelated);
  const double way = std::max(0.0, (error_of(comparator, value) - near) / (far - near));
  const double square = 4 * way * way;
  return 1 / (1 + square * square);
}

double score(const Measures& measures, const Floors& floors) {
  const auto each = [&](std::string_view comparator) { return measured_closeness(comparator, measures, floors); };
  const auto structure = mean_of({each(kPsnr), each(kSsim), each(kMsSsim)});
  const auto perception = each(kPerceptual);
  if (!structure) return 0;
  return record::rounded(perception ? std::sqrt(*structure * *perception) : *structure);
}

record::FidelityReport make_report(std::span<const Outcome> outcomes, const Floors& floors,
                                   std::vector<std::string> notes) {
  record::FidelityReport report{.outputs = {}, .floors = floors, .mean = 0, .minimum = 0, .notes = std::move(notes)};
  if (outcomes.empty()) {
    report.notes.emplace_back("there were no outputs to compare");
    return report;
  }
  double sum = 0;
  double minimum = 1;
  for (const Outcome& outcome : outcomes) {
    record::OutputFidelity output{.request = outcome.request, .values = {}, .score = 0};
    if (outcome.measures) {
      output.values = rounded(*outcome.measures);
      output.score = score(output.values, floors);
    } else {
      report.notes.push_back("request " + std::to_string(outcome.request) +
                             " scores 0: " + (outcome.failure.empty() ? "there is no output" : outcome.failure));
    }
    sum += output.score;
    minimum = std::min(minimum, output.score);
    report.outputs.push_back(std::move(output));
  }
  report.mean = record::rounded(sum / static_cast<double>(outcomes.size()));
  report.minimum = minimum;
  return report;
}

record::FidelityReport assess(const Comparer& comparer, std::span<const Reference> references,
                              std::span<const Output> outputs, const Floors& floors) {
  CHECK(references.size() == outputs.size(), "one reference for each output");
  std::vector<Outcome> outcomes;
  std::vector<image::Image> pictures;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    Outcome outcome{.request = outputs[i].request, .measures = {}, .failure = outputs[i].failure};
    if (outcome.failure.empty()) {
      auto measures = comparer.compare(references[i], outputs[i].picture);
      if (measures.ok()) {
        outcome.measures = std::move(measures).value();
      } else {
        outcome.failure = measures.error().message;
      }
    }
    pictures.push_back(outcome.measures ? outputs[i].picture : image::Image{});
    outcomes.push_back(std::move(outcome));
  }
  std::vector<std::string> notes;
  for (const auto& group : equal_outputs(pictures)) {
    std::string note = std::to_string(group.size()) + " requests got the same picture:";
    for (const std::size_t at : group) note += " " + std::to_string(outputs[at].request);
    notes.push_back(std::move(note));
  }
  return make_report(outcomes, floors, std::move(notes));
}

}  // namespace noonmark::fidelity
