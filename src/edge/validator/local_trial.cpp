#include "edge/validator/local_trial.h"

#include "contest/entry/inspect.h"
#include "edge/validator/pictures.h"
#include "edge/validator/variants.h"
#include "trial/bench/measure.h"
#include "trial/bench/proc_host_gate.h"
#include "trial/fidelity/score.h"
#include "trial/runner/runner_subject.h"

namespace noonmark::validator {
namespace {

constexpr std::uint64_t kSeedStride = 0x9E3779B1;  // odd, so that a round of other seeds never meets itself
constexpr std::uint64_t kSeedMask = 0xFFFFFFFF;

/// Added to seeds for pictures that have nothing to do with the reference.
constexpr std::uint64_t kOtherSeeds[] = {0x51ED2701, 0xA3B1949F};

std::vector<int> all_requests(const conduct::Round& round) {
  std::vector<int> requests;
  for (std::size_t i = 0; i < round.inputs.size(); ++i) requests.push_back(static_cast<int>(i));
  return requests;
}

/// Records are public; where packages lie on this machine is nobody's business.
void hide_place(std::string& message, const std::string& place, const std::string& name) {
  for (std::size_t at = message.find(place); at != std::string::npos; at = message.find(place, at + name.size())) {
    message.replace(at, place.size(), name);
  }
}

/// The failure that a runner told, in its own words; it knows more than the kind of the error does.
void tell_apart(record::Measurement& measurement, const runner::RunnerSubject& baseline,
                const runner::RunnerSubject& entry) {
  if (!measurement.failure) return;
  if (measurement.failure->owner == record::Failure::Owner::entry && entry.failure()) {
    measurement.failure = entry.failure();
  } else if (baseline.failure()) {
    measurement.failure->message = "the baseline: " + baseline.failure()->message;
  }
}

}  // namespace

pipelines::ImageRequest request_of(const conduct::Round& round, int request) {
  const auto count = static_cast<int>(round.inputs.size());
  const rules::Input& input = round.inputs[static_cast<std::size_t>(request % count)];
  pipelines::ImageRequest result;
  result.prompt = input.prompt;
  result.seed = (input.seed + kSeedStride * static_cast<std::uint64_t>(request / count)) & kSeedMask;
  result.width = round.contest.inputs.width;
  result.height = round.contest.inputs.height;
  return result;
}

LocalTrial::LocalTrial(const Equipment& equipment, blobs::Store& store, const fidelity::Comparer& comparer,
                       core::Clock& clock, const std::atomic<bool>& stop, OnProgress on_progress)
    : equipment_(equipment),
      store_(store),
      comparer_(comparer),
      clock_(clock),
      stop_(stop),
      on_progress_(std::move(on_progress)) {}

record::Machine LocalTrial::machine() { return machine_with(equipment_); }

entry::Sighting LocalTrial::inspect(const std::filesystem::path& package, const rules::Contest& contest) {
  report(0, "looking at " + package.filename().string());
  entry::Sighting sighting = entry::inspect(package, contest);
  if (sighting.failure) hide_place(sighting.failure->message, package.string(), sighting.name);
  return sighting;
}

core::Result<conduct::Reference> LocalTrial::reference(const conduct::Round& round) {
  progress_begin_ = 0;
  progress_share_ = 0.2;
  const std::vector<int> requests = all_requests(round);
  const Pictures pictures = TRY(make_pictures(round, round.baseline.package, requests, 0));
  conduct::Reference reference;
  for (const auto& [request, picture] : pictures) {
    reference.outputs.push_back(TRY(keep_picture(store_, request, picture)));
  }
  TRY(calibrate(round, pictures, reference));
  return reference;
}

core::Result<record::Measurement> LocalTrial::measure(const conduct::Round& round, const conduct::Contestant& entry,
                                                      std::uint64_t seed) {
  const runner::RunnerSettings settings = runner_settings(equipment_, round.contest);
  const auto request = [&](int number) { return request_of(round, number); };
  Pictures& timed = timed_[entry.facts.content];
  const auto keep = [&](int number, std::vector<image::Image> images) {
    if (number < static_cast<int>(round.inputs.size()) && !images.empty()) timed[number] = std::move(images.front());
  };
  runner::RunnerSubject baseline(equipment_.wall, clock_, round.baseline.package, settings, request);
  runner::RunnerSubject subject(equipment_.wall, clock_, entry.package, settings, request, keep);
  bench::ProcHostGate gate;
  record::Measurement measurement = TRY(
      bench::measure(baseline, subject, round.contest.measurement, gate, clock_, seed, [&](const bench::Progress& at) {
        const double spent = static_cast<double>(at.elapsed.count());
        report(spent / std::max(1.0, spent + static_cast<double>(at.left.count())),
               "launch " + std::to_string(at.launches + 1) + " of at most " + std::to_string(at.max_launches));
        return !stop_.load();
      }));
  tell_apart(measurement, baseline, subject);
  measurement.baseline_package_bytes = round.baseline.facts.package_bytes;
  measurement.entry_package_bytes = entry.facts.package_bytes;
  const auto& warnings = equipment_.wall.warnings();
  measurement.warnings.insert(measurement.warnings.end(), warnings.begin(), warnings.end());
  return measurement;
}

core::Result<conduct::Judgement> LocalTrial::judge(const conduct::Round& round, const conduct::Contestant& entry,
                                                   const conduct::Reference& reference) {
  progress_begin_ = 0;
  progress_share_ = 0.8;
  const Pictures pictures = TRY(make_pictures(round, entry.package, all_requests(round), 0));
  conduct::Judgement judgement;
  std::vector<fidelity::Reference> originals;
  std::vector<fidelity::Output> outputs;
  for (const conduct::Output& output : reference.outputs) {
    const image::Image original = TRY(load_picture(store_, output));
    originals.push_back(TRY(comparer_.prepare(original)));
    outputs.push_back({output.request, pictures.at(output.request), ""});
    judgement.outputs.push_back(TRY(keep_picture(store_, output.request, pictures.at(output.request))));
  }
  judgement.report = fidelity::assess(comparer_, originals, outputs, reference.floors);
  hold_to_timed_run(timed_[entry.facts.content], originals, outputs, judgement.report);
  report(1, "compared");
  return judgement;
}

/// An entry that shows better pictures when it isn't timed is judged by the ones that it was timed with.
void LocalTrial::hold_to_timed_run(const Pictures& timed, std::span<const fidelity::Reference> originals,
                                   std::span<const fidelity::Output> outputs, record::FidelityReport& report) const {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const auto other = timed.find(outputs[i].request);
    if (other == timed.end() || other->second == outputs[i].picture) continue;
    report.notes.push_back("request " + std::to_string(outputs[i].request) +
                           ": the timed run gave another picture than the judged run; the worse one counts");
    const fidelity::Output timed_output{outputs[i].request, other->second, ""};
    const record::FidelityReport again =
        fidelity::assess(comparer_, originals.subspan(i, 1), std::span(&timed_output, 1), report.floors);
    if (again.outputs.front().score < report.outputs[i].score) report.outputs[i] = again.outputs.front();
  }
  double sum = 0;
  for (const record::OutputFidelity& output : report.outputs) {
    sum += output.score;
    report.minimum = std::min(report.minimum, output.score);
  }
  if (!report.outputs.empty()) report.mean = record::rounded(sum / static_cast<double>(report.outputs.size()));
}

core::Result<LocalTrial::Pictures> LocalTrial::make_pictures(const conduct::Round& round,
                                                             const std::filesystem::path& package,
                                                             std::span<const int> requests, std::uint64_t seed_offset) {
  runner::RunnerSettings settings = runner_settings(equipment_, round.contest);
  settings.cpus.clear();  // nothing is timed here, and two threads that spin on one core would take for ever
  auto process = TRY(runner::RunnerProcess::open(equipment_.wall, clock_, package, settings));
  Pictures pictures;
  for (const int number : requests) {
    TRY(check_stop());
    pipelines::ImageRequest request = request_of(round, number);
    request.seed = (request.seed + seed_offset) & kSeedMask;
    runner::Generated made = TRY(process->generate(request));
    pictures[number] = std::move(made.images.front());
    const double share = static_cast<double>(pictures.size()) / static_cast<double>(requests.size());
    report(progress_begin_ + progress_share_ * share,
           "picture " + std::to_string(pictures.size()) + " of " + std::to_string(requests.size()));
  }
  return pictures;
}

/// Compares the baseline with itself: run in harmless other ways, and with other seeds.
core::Result<void> LocalTrial::calibrate(const conduct::Round& round, const Pictures& pictures,
                                         conduct::Reference& reference) {
  std::map<int, fidelity::Reference> originals;
  for (const auto& [request, picture] : pictures) originals.emplace(request, TRY(comparer_.prepare(picture)));
  std::vector<fidelity::Measures> harmless, unrelated;
  const auto compare = [&](const std::filesystem::path& package, std::uint64_t seed_offset,
                           std::vector<fidelity::Measures>& into) -> core::Result<void> {
    progress_begin_ += progress_share_;
    for (const auto& [request, picture] : TRY(make_pictures(round, package, all_requests(round), seed_offset))) {
      into.push_back(TRY(comparer_.compare(originals.at(request), picture)));
    }
    return {};
  };
  progress_share_ = 0.15;
  for (const HarmlessVariation& variation : harmless_variations()) {
    const core::TempDir variant = TRY(variation.make(round.baseline.package));
    TRY(compare(variant.path(), 0, harmless).context("calibrating with " + variation.name));
    reference.notes.push_back("harmless variation: " + variation.name);
  }
  for (const std::uint64_t offset : kOtherSeeds) TRY(compare(round.baseline.package, offset, unrelated));
  reference.notes.push_back("other seeds: the same prompts with " + std::to_string(std::size(kOtherSeeds)) +
                            " other seeds each");
  reference.floors = TRY(fidelity::calibrate(harmless, unrelated));
  return {};
}

core::Result<void> LocalTrial::check_stop() const {
  if (stop_.load()) return core::cancelled("stopped; start the same command again, and it goes on where it was");
  return {};
}

void LocalTrial::report(double fraction, std::string_view note) const {
  if (on_progress_) on_progress_(fraction, note);
}

}  // namespace noonmark::validator
