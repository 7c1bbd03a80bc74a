#include "edge/tester/tester.h"

#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "base/core/files.h"
#include "edge/tester/office.h"
#include "edge/validator/local_trial.h"
#include "model/package/archive.h"
#include "storage/blobs/directory_store.h"
#include "trial/fidelity/measures.h"
#include "trial/fidelity/perceptual.h"

namespace noonmark::tester {
namespace {

namespace fs = std::filesystem;
using core::ErrorKind;

constexpr std::chrono::milliseconds kIdle{1000};

/// What goes wrong on this machine isn't the entry's fault, whatever its kind.
core::Error ours(const core::Error& error, std::string_view doing) {
  const bool keep = error.kind == ErrorKind::cancelled || error.kind == ErrorKind::unavailable;
  return core::error(keep ? error.kind : ErrorKind::internal, std::string(doing) + ": " + error.message);
}

/// Renews a lease while it lives. When the lease is over, or everything is to stop, it sets `halt`.
class Renewal {
 public:
  Renewal(Office& office, const Work& work, const std::atomic<bool>& stop, std::atomic<bool>& halt)
      : thread_([&office, work, &stop, &halt, this](const std::stop_token& ended) {
          constexpr std::chrono::milliseconds kTick{100};
          std::int64_t waited_ms = 0;
          std::unique_lock lock(mutex_);
          while (!ended.stop_requested()) {
            wake_.wait_for(lock, ended, kTick, [] { return false; });
            if (stop.load()) halt = true;
            waited_ms += kTick.count();
            if (waited_ms < work.renew_ms || ended.stop_requested()) continue;
            waited_ms = 0;
            const auto renewed = office.renew(work.lease);
            if (!renewed.ok() && renewed.error().kind != ErrorKind::unavailable) halt = lost_ = true;
          }
        }) {}
  bool lost() const { return lost_.load(); }

 private:
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::atomic<bool> lost_{false};
  std::jthread thread_;  ///< last, so that it ends first
};

class Tester {
 public:
  Tester(const validator::Equipment& equipment, const TesterSettings& settings, const sign::Sr25519Pair& key,
         core::Clock& clock, const std::atomic<bool>& stop, const OnNote& on_note)
      : equipment_(equipment),
        settings_(settings),
        clock_(clock),
        stop_(stop),
        on_note_(on_note),
        office_(settings.validator, settings.account, key, clock, stop),
        renewals_(settings.validator, settings.account, key, clock, stop),
        results_(settings.validator, settings.account, key, clock, never_) {}

  core::Result<void> run();

 private:
  core::Result<void> open_eye();
  core::Result<void> do_item(const Work& work, const Hello& hello);
  core::Result<void> examine(const Work& work, const std::atomic<bool>& halt, Findings& findings);
  core::Result<void> take_brief(const hash::Digest& name);
  core::Result<fs::path> fetch(const record::EntryFacts& facts);
  core::Result<void> try_entry(validator::LocalTrial& trial, const Task& task, const fs::path& package,
                               Findings& findings);
  core::Result<void> send_pictures(const Work& work, const Findings& findings);
  void note(const std::string& text) const {
    if (on_note_) on_note_(text);
  }
  fs::path packages() const { return settings_.folder / "packages"; }

  const validator::Equipment& equipment_;
  const TesterSettings& settings_;
  core::Clock& clock_;
  const std::atomic<bool>& stop_;
  const OnNote& on_note_;
  const std::atomic<bool> never_{false};  ///< what was found is told even when this process is to stop
  Office office_, renewals_, results_;    ///< one for each thread, and one that outlasts `stop`
  std::optional<fidelity::PerceptualNetwork> network_;
  std::optional<fidelity::Comparer> comparer_;
  // Of the contest that is being held:
  hash::Digest brief_;
  conduct::Round round_;
  std::unique_ptr<blobs::Store> pictures_;
  std::optional<conduct::Reference> reference_;
  std::set<hash::Digest> sent_;  ///< pictures that the validator has
};

core::Result<void> Tester::open_eye() {
  if (!settings_.features.empty()) {
    network_ = TRY(fidelity::PerceptualNetwork::open(*equipment_.runtime, settings_.features));
  }
  comparer_.emplace(network_ ? &*network_ : nullptr);
  return {};
}

core::Result<void> Tester::run() {
  TRY(core::make_directories(packages()));
  TRY(open_eye());
  const Hello hello{settings_.program, validator::machine_with(equipment_)};
  while (!stop_.load()) {
    const auto work = office_.lease(hello);
    if (!work.ok() && work.error().kind == ErrorKind::denied) return work.error();
    if (!work.ok()) note(work.error().message);
    if (work.ok() && *work) {
      const auto done = do_item(**work, hello);
      if (!done.ok()) note(done.error().message);
    } else {
      clock_.sleep_for(kIdle);
    }
  }
  return {};
}

core::Result<void> Tester::do_item(const Work& work, const Hello& hello) {
  const std::string name = work.task ? work.task->facts.name : "the baseline";
  note("working on " + name);
  std::atomic<bool> halt{stop_.load()};
  Findings findings;
  findings.tester = {"", hello.program, hello.machine};
  {
    const Renewal renewal(renewals_, work, stop_, halt);
    const auto examined = examine(work, halt, findings);
    if (!examined.ok()) findings.error = examined.error();
    if (!findings.error || is_the_entrys(*findings.error)) {
      const auto sent = send_pictures(work, findings);
      if (!sent.ok()) findings.error = ours(sent.error(), "sending pictures");
    }
    if (renewal.lost()) return core::conflict("the lease of " + name + " was lost; dropped");
  }
  TRY(results_.finish(work.lease, findings));
  note(findings.error ? name + ": " + findings.error->message : "told what was found of " + name);
  return {};
}

/// Fills the findings as far as it comes. Fails: when the examination ends early, with whose fault it is in the kind.
core::Result<void> Tester::examine(const Work& work, const std::atomic<bool>& halt, Findings& findings) {
  if (work.brief != brief_) {
    const auto taken = take_brief(work.brief);
    if (!taken.ok()) return ours(taken.error(), "taking the contest over");
  }
  validator::LocalTrial trial(equipment_, *pictures_, *comparer_, clock_, halt);
  if (!reference_) {
    auto reference = trial.reference(round_);
    if (!reference.ok()) return ours(reference.error(), "running the baseline");
    reference_ = *std::move(reference);
  }
  findings.reference = reference_;
  if (!work.task) return {};
  const auto package = fetch(work.task->facts);
  if (!package.ok()) return ours(package.error(), "fetching the package");
  const auto tried = try_entry(trial, *work.task, *package, findings);
  std::error_code ignored;
  fs::remove_all(*package, ignored);
  return tried;
}

core::Result<void> Tester::try_entry(validator::LocalTrial& trial, const Task& task, const fs::path& package,
                                     Findings& findings) {
  const conduct::Contestant entry{task.facts, package};
  record::Measurement measurement = TRY(trial.measure(round_, entry, task.seed));
  const auto& failure = measurement.failure;
  if (failure && failure->owner != record::Failure::Owner::entry) {
    const bool network = failure->owner == record::Failure::Owner::network;
    return core::error(network ? ErrorKind::unavailable : ErrorKind::internal, failure->message);
  }
  findings.measurement = std::move(measurement);
  if (findings.measurement->failure) return {};
  findings.judgement = TRY(trial.judge(round_, entry, *reference_));
  return {};
}

core::Result<void> Tester::take_brief(const hash::Digest& name) {
  Brief brief = TRY(office_.brief());
  if (name_of(brief) != name) return core::conflict("the validator holds another contest by now");
  reference_.reset();
  sent_.clear();
  std::error_code ignored;
  fs::remove_all(settings_.folder / "pictures", ignored);
  pictures_ = TRY(blobs::DirectoryStore::open(settings_.folder / "pictures"));
  round_ = {std::move(brief.contest), {std::move(brief.baseline), {}}, std::move(brief.inputs), {}};
  round_.baseline.package = TRY(fetch(round_.baseline.facts));
  for (const auto& item : fs::directory_iterator(packages(), ignored)) {  // of earlier contests
    if (item.path() != round_.baseline.package) fs::remove_all(item.path(), ignored);
  }
  brief_ = name;
  return {};
}

/// The unpacked package, fetched unless it lies here already; every byte is compared with its digest.
core::Result<fs::path> Tester::fetch(const record::EntryFacts& facts) {
  const fs::path target = packages() / facts.content.hex();
  const auto whole = package::Package::open(target);
  if (whole.ok() && whole->digest() == facts.content) return target;
  std::error_code ignored;
  fs::remove_all(target, ignored);
  package::ArchiveLimits limits;
  limits.package.total_bytes = static_cast<std::uint64_t>(round_.contest.limits.package_mib) << 20;
  const fs::path archive = target.string() + std::string(package::kArchiveEnding);
  // What doesn't shrink grows by little: room for the archive's own headers.
  TRY(office_.fetch_package(facts.content, archive, limits.package.total_bytes + (std::uint64_t{64} << 20)));
  const auto unpacked = package::unpack(archive, target, limits);
  fs::remove(archive, ignored);
  if (!unpacked.ok()) return unpacked.error();
  if (unpacked->digest() != facts.content) return core::corrupt("the validator sent another package");
  return target;
}

core::Result<void> Tester::send_pictures(const Work& work, const Findings& findings) {
  std::vector<conduct::Output> outputs =
      findings.reference ? findings.reference->outputs : std::vector<conduct::Output>();
  if (findings.judgement) {
    outputs.insert(outputs.end(), findings.judgement->outputs.begin(), findings.judgement->outputs.end());
  }
  constexpr std::uint64_t kMaxPicture = std::uint64_t{16} << 20;  // of one request to the desk
  for (const conduct::Output& output : outputs) {
    if (sent_.contains(output.image)) continue;
    const core::Bytes content = TRY(pictures_->get(output.image, kMaxPicture));
    TRY(office_.put_picture(work.lease, output.image, content));
    sent_.insert(output.image);
  }
  return {};
}

}  // namespace

core::Result<void> work_for(const validator::Equipment& equipment, const TesterSettings& settings,
                            const sign::Sr25519Pair& key, core::Clock& clock, const std::atomic<bool>& stop,
                            const OnNote& on_note) {
  Tester tester(equipment, settings, key, clock, stop, on_note);
  return tester.run();
}

}  // namespace noonmark::tester
