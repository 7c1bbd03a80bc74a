#include "edge/validator/hold.h"

#include "base/core/files.h"
#include "storage/blobs/directory_store.h"

namespace noonmark::validator {
namespace {

/// The comparer with its network, where there is one.
struct Eye {
  std::optional<fidelity::PerceptualNetwork> network;
  std::optional<fidelity::Comparer> comparer;
};

core::Result<std::unique_ptr<Eye>> open_eye(const Equipment& equipment, const std::filesystem::path& features) {
  auto eye = std::make_unique<Eye>();
  if (!features.empty()) eye->network = TRY(fidelity::PerceptualNetwork::open(*equipment.runtime, features));
  eye->comparer.emplace(eye->network ? &*eye->network : nullptr);
  return eye;
}

/// Puts the progress of steps and of calls within a step together.
class Meter {
 public:
  Meter(const HoldRequest& request, const OnHold& on_hold)
      : plan_(request.contest, request.entries.size()), on_hold_(on_hold) {}

  void step(const conduct::Progress& at) {
    entry_ = at.entry;
    if (!at.step) return;
    before_ = plan_.before(*at.step);
    share_ = plan_.of(at.step->stage);
    name_ = std::string(conduct::name_of(at.step->stage));
    within(0, "");
  }
  void within(double fraction, std::string_view note) const {
    if (!on_hold_) return;
    std::string text = name_ + (entry_.empty() ? "" : " " + entry_);
    if (!note.empty()) text += ", " + std::string(note);
    on_hold_(before_ + share_ * fraction, plan_.total(), text);
  }

 private:
  const Plan plan_;
  const OnHold& on_hold_;
  std::string entry_, name_;
  double before_ = 0, share_ = 0;
};

/// The run to go on with: an unfinished one, or one that was sealed by a process which died before it wrote the file.
core::Result<std::optional<conduct::RunId>> find_run(conduct::Conductor& conductor, conduct::Journal& journal,
                                                     const conduct::Request& request,
                                                     const std::filesystem::path& record) {
  if (const auto unfinished = TRY(conductor.find_unfinished(request))) return unfinished;
  std::error_code ignored;
  if (std::filesystem::exists(record, ignored)) return std::optional<conduct::RunId>{};
  for (const conduct::RunSummary& run : TRY(journal.runs())) {
    const bool same = run.contest_digest == rules::digest_of(request.contest) && run.baseline == request.baseline &&
                      run.entries == request.entries;
    if (same && run.sealed) return std::optional(run.id);
  }
  return std::optional<conduct::RunId>{};
}

core::Result<std::filesystem::path> existing(const std::filesystem::path& path) {
  std::error_code problem;
  std::filesystem::path whole = std::filesystem::canonical(path, problem);
  if (problem) return core::not_found("there is no " + path.string() + " (" + problem.message() + ")");
  return whole;
}

core::Result<conduct::Request> conduct_request(const HoldRequest& request, const core::Clock& clock) {
  if (request.entries.empty()) return core::invalid("a contest needs at least one entry: --entry DIR");
  conduct::Request result{
      request.contest, TRY(existing(request.baseline)), {}, request.cut_off.value_or(clock.now()), request.reigning};
  for (const auto& entry : request.entries) result.entries.push_back(TRY(existing(entry)));
  return result;
}

std::unique_ptr<conduct::Beacon> make_beacon(const HoldRequest& request) {
  if (request.beacon) return std::make_unique<conduct::FixedBeacon>(request.beacon->bytes, request.beacon->source);
  return std::make_unique<conduct::LocalBeacon>();
}

}  // namespace

Plan::Plan(const rules::Contest& contest, std::size_t entries)
    : measure_(std::min(10.0, std::chrono::duration<double>(contest.measurement.budget).count())),
      judge_(0.5 + 0.3 * contest.inputs.count),
      reference_(2 + 1.5 * contest.inputs.count),
      inspect_(0.5 + 0.2 * static_cast<double>(entries)),
      entries_(entries),
      total_(inspect_ + reference_ + (measure_ + judge_) * static_cast<double>(entries)) {}

double Plan::before(const conduct::Step& step) const {
  const double position = std::max(0, step.order - 1);
  const double reference_end = inspect_ + reference_;
  const double measured_end = reference_end + measure_ * static_cast<double>(entries_);
  switch (step.stage) {
    case conduct::Stage::opened:
    case conduct::Stage::admitted:
      return 0;
    case conduct::Stage::drawn:
    case conduct::Stage::reference:
      return inspect_;
    case conduct::Stage::measured:
      return reference_end + measure_ * position;
    case conduct::Stage::judged:
      return measured_end + judge_ * position;
    case conduct::Stage::verdict:
    case conduct::Stage::sealed:
      break;
  }
  return total_;
}

double Plan::of(conduct::Stage stage) const {
  switch (stage) {
    case conduct::Stage::admitted:
      return inspect_;
    case conduct::Stage::reference:
      return reference_;
    case conduct::Stage::measured:
      return measure_;
    case conduct::Stage::judged:
      return judge_;
    default:
      return 0;
  }
}

core::Result<Held> hold(const Equipment& equipment, const HoldRequest& request, const sign::SecretKey& key,
                        core::Clock& clock, const std::atomic<bool>& stop, const OnHold& on_hold) {
  const conduct::Request wanted = TRY(conduct_request(request, clock));
  TRY(core::make_directories(request.out));
  sql::Database database = TRY(sql::Database::open_sqlite(request.out / kDatabaseName));
  conduct::Journal journal = TRY(conduct::Journal::open(database));
  const auto store = TRY(blobs::DirectoryStore::open(request.out / kPicturesName));
  const auto eye = TRY(open_eye(equipment, request.features));
  Meter meter(request, on_hold);
  const auto within = [&](double fraction, std::string_view note) { meter.within(fraction, note); };
  LocalTrial own(equipment, *store, *eye->comparer, clock, stop, within);
  std::unique_ptr<conduct::Trial> delegated;
  if (request.delegate) delegated = request.delegate({own, database, *store, request.out, within});
  conduct::Trial& trial = delegated ? *delegated : own;
  const auto beacon = make_beacon(request);
  conduct::Conductor conductor({journal, trial, *beacon, clock, key, std::string("noonmark ") + NOONMARK_VERSION});
  const std::filesystem::path record = request.out / kRecordName;
  std::optional<conduct::RunId> run = TRY(find_run(conductor, journal, wanted, record));
  const bool resumed = run.has_value();
  if (!run) run = TRY(conductor.begin(wanted));
  std::string text = TRY(conductor.proceed(*run, [&](const conduct::Progress& at) { meter.step(at); }));
  TRY(core::write_file_atomic(record, std::string_view(text)));
  return Held{record, std::move(text), resumed};
}

}  // namespace noonmark::validator
