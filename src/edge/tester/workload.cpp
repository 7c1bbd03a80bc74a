#include "edge/tester/workload.h"

#include "base/core/files.h"
#include "contest/conduct/derive.h"
#include "edge/validator/pictures.h"
#include "model/package/archive.h"

namespace noonmark::tester {
namespace {

using codec::Json;

constexpr std::uint64_t kMaxFindings = std::uint64_t{64} << 20;
constexpr std::chrono::milliseconds kPoll{200};
constexpr std::size_t kSparePictures = 16;

std::string run_of(const Brief& brief, const std::vector<conduct::Scheduled>& entries) {
  hash::Sha256 digest;
  digest.update(name_of(brief).bytes);
  for (const conduct::Scheduled& one : entries) digest.update(one.entry.facts.content.bytes);
  return digest.finish().hex();
}

core::Result<void> check_tester(const Hello& hello, const std::string& program, const rules::Device& device) {
  if (hello.program != program) {
    return core::denied("this validator is " + program + " and the tester " + hello.program +
                        "; install the same version");
  }
  if (hello.machine.cores < device.cores) {
    return core::denied("the contest needs " + std::to_string(device.cores) + " cores, and the tester has " +
                        std::to_string(hello.machine.cores));
  }
  if (hello.machine.memory_bytes >> 20 < device.memory_limit_mib) {
    return core::denied("the contest needs " + std::to_string(device.memory_limit_mib) + " MiB, and the tester has " +
                        std::to_string(hello.machine.memory_bytes >> 20));
  }
  return {};
}

core::Result<void> check_outputs(const std::vector<conduct::Output>& outputs, std::size_t count) {
  if (outputs.size() != count) return core::invalid("there must be " + std::to_string(count) + " pictures");
  for (std::size_t i = 0; i < count; ++i) {
    if (outputs[i].request != static_cast<int>(i)) return core::invalid("pictures must be in the order of requests");
  }
  return {};
}

core::Result<void> check_measurement(const record::Measurement& measurement, const Brief& brief, const Task& task) {
  if (measurement.settings != brief.contest.measurement) return core::invalid("measured with other settings");
  if (measurement.seed != task.seed) return core::invalid("measured with another seed");
  if (measurement.failure && measurement.failure->owner != record::Failure::Owner::entry) {
    return core::invalid("a failure that isn't the entry's belongs into `error`");
  }
  return {};
}

}  // namespace

std::string item_of(int order) { return "entry " + std::to_string(order); }

Workload::Workload(const conduct::Round& round, const Place& place, lease::Queue queue, const lease::Settings& settings,
                   std::unique_ptr<blobs::Store> findings, std::string program)
    : brief_{round.contest, round.baseline.facts, round.inputs},
      run_(run_of(brief_, round.entries)),
      entries_(round.entries),
      place_(place),
      settings_(settings),
      program_(std::move(program)),
      queue_(queue),
      findings_(std::move(findings)) {}

core::Result<std::unique_ptr<Workload>> Workload::open(const conduct::Round& round, const Place& place,
                                                       const lease::Settings& settings, std::string program) {
  TRY(core::make_directories(place.folder / "packages"));
  lease::Queue queue = TRY(lease::Queue::open(place.database, settings));
  std::unique_ptr<blobs::Store> findings = TRY(blobs::DirectoryStore::open(place.folder / "findings"));
  auto workload = std::unique_ptr<Workload>(new Workload(  // NOLINT: the constructor is private
      round, place, queue, settings, std::move(findings), std::move(program)));
  TRY(workload->pack(round.baseline));
  std::vector<std::string> items = {std::string(kBaselineItem)};
  for (const conduct::Scheduled& one : round.entries) {
    TRY(workload->pack(one.entry));
    items.push_back(item_of(one.entry.facts.order));
  }
  TRY(workload->queue_.add(workload->run_, items));
  return workload;
}

Workload::~Workload() {
  std::error_code ignored;
  std::filesystem::remove_all(place_.folder / "packages", ignored);
}

core::Result<void> Workload::pack(const conduct::Contestant& who) {
  const std::string name = who.facts.content.hex();
  const std::filesystem::path archive = place_.folder / "packages" / (name + std::string(package::kArchiveEnding));
  packages_[who.facts.content] = archive;
  std::error_code ignored;
  if (std::filesystem::exists(archive, ignored)) return {};
  const package::Package opened = TRY(package::Package::open(who.package));
  if (opened.digest() != who.facts.content) return core::corrupt("the package " + who.facts.name + " has changed");
  const std::filesystem::path partial = archive.string() + ".partial";
  TRY(package::pack(opened, partial));
  std::error_code problem;
  std::filesystem::rename(partial, archive, problem);
  if (problem) return core::internal("cannot rename " + partial.string() + ": " + problem.message());
  return {};
}

core::Result<std::optional<Task>> Workload::task_of(const std::string& item) const {
  if (item == kBaselineItem) return std::optional<Task>();
  for (const conduct::Scheduled& one : entries_) {
    if (item_of(one.entry.facts.order) == item) return std::optional(Task{one.entry.facts, one.seed});
  }
  return core::internal("the queue holds an unknown item: " + item);
}

core::Result<std::optional<Work>> Workload::lease(const sign::AccountId& tester, const Hello& hello,
                                                  core::UnixNanos now) {
  TRY(check_tester(hello, program_, brief_.contest.device));
  {
    const std::lock_guard lock(mutex_);
    hellos_[tester] = hello;
  }
  const auto lease = TRY(queue_.lease(run_, tester.ss58(), now));
  if (!lease) return std::optional<Work>();
  return std::optional(Work{lease->number, name_of(brief_), settings_.term.count() / 3 + 1, TRY(task_of(lease->item))});
}

core::Result<void> Workload::renew(const sign::AccountId& tester, std::int64_t lease, core::UnixNanos now) {
  TRY(queue_.renew(tester.ss58(), lease, now));
  return {};
}

core::Result<void> Workload::put_picture(const sign::AccountId& tester, std::int64_t lease, const hash::Digest& name,
                                         core::ByteView content, core::UnixNanos now) {
  const lease::Queue::Holding holding = TRY(queue_.holding(tester.ss58(), lease, now));
  if (!holding.lasts) return core::conflict("lease " + std::to_string(lease) + " is over");
  if (hash::sha256(content) != name) return core::invalid("the picture isn't what its digest says");
  if (TRY(place_.pictures.size(name))) return {};
  {
    const std::lock_guard lock(mutex_);
    if (++pictures_of_[lease] > 2 * brief_.inputs.size() + kSparePictures) {
      return core::exhausted("too many pictures for one item");
    }
  }
  TRY(place_.pictures.put(content));
  return {};
}

core::Result<void> Workload::check_pictures(const std::vector<conduct::Output>& outputs,
                                            const std::string& whose) const {
  TRY(check_outputs(outputs, brief_.inputs.size()).context(whose));
  for (const conduct::Output& output : outputs) {
    const auto picture = validator::load_picture(place_.pictures, output);
    if (!picture.ok()) {
      return core::invalid(whose + ", request " + std::to_string(output.request) + ": " + picture.error().message);
    }
  }
  return {};
}

/// Whether the record's stages can be made of these findings.
core::Result<void> Workload::check(const std::optional<Task>& task, const Findings& findings) const {
  if (!findings.reference || findings.reference->tester) return core::invalid("the baseline's pictures are missing");
  TRY(check_pictures(findings.reference->outputs, "the baseline's pictures"));
  if (!task) {
    const bool more = findings.measurement || findings.judgement || findings.error;
    return more ? core::Result<void>(core::invalid("the item was about the baseline alone")) : core::Result<void>();
  }
  if (findings.measurement) TRY(check_measurement(*findings.measurement, brief_, *task));
  const bool judged = findings.measurement && !findings.measurement->failure;
  const int ends = (findings.judgement ? 1 : 0) + (findings.error ? 1 : 0) +
                   (findings.measurement && findings.measurement->failure ? 1 : 0);
  if (ends != 1 || (findings.judgement && !judged)) {
    return core::invalid("an entry's findings end with a judgement of what was measured, or with one failure");
  }
  if (!findings.judgement) return {};
  TRY(check_pictures(findings.judgement->outputs, "the entry's pictures"));
  TRY(conduct::derive_scores(brief_.inputs.size(), *findings.reference, findings.judgement->report));
  return {};
}

core::Result<void> Workload::finish(const sign::AccountId& tester, std::int64_t lease, Findings findings,
                                    core::UnixNanos now) {
  const std::string worker = tester.ss58();
  findings.tester.account = worker;
  if (findings.error && !is_the_entrys(*findings.error)) {
    return queue_.lose(worker, lease, record::failure_from(*findings.error, record::Failure::Owner::validator), now);
  }
  TRY(check_tester({findings.tester.program, findings.tester.machine}, program_, brief_.contest.device));
  const lease::Queue::Holding holding = TRY(queue_.holding(worker, lease, now));
  const std::optional<Task> task = TRY(task_of(holding.item));
  TRY(check(task, findings));
  const std::string text = codec::write_json(to_json(findings));
  const hash::Digest name = TRY(findings_->put(core::as_bytes(text)));
  return queue_.complete(worker, lease, name, now);
}

core::Result<std::filesystem::path> Workload::package(const hash::Digest& content) const {
  const auto found = packages_.find(content);
  if (found == packages_.end()) return core::not_found("the contest has no package " + content.hex());
  return found->second;
}

core::Result<Json> Workload::state(core::UnixNanos now) {
  const lease::Progress progress = TRY(queue_.progress(run_, now));
  Json testers = Json::array();
  const std::lock_guard lock(mutex_);
  for (const lease::WorkerState& worker : progress.workers) {
    Json one = Json::object({{"account", worker.name},
                             {"busy", worker.busy},
                             {"seen_ms", worker.seen.time_since_epoch().count() / 1'000'000}});
    const auto account = sign::AccountId::parse(worker.name);
    const auto hello = account.ok() ? hellos_.find(*account) : hellos_.end();
    if (hello != hellos_.end()) {
      one["program"] = hello->second.program;
      one["machine"] = record::to_json(hello->second.machine);
    }
    testers.push_back(std::move(one));
  }
  return Json::object({{"contest", brief_.contest.id},
                       {"brief", name_of(brief_).hex()},
                       {"total", progress.total},
                       {"open", progress.open},
                       {"leased", progress.leased},
                       {"done", progress.done},
                       {"failed", progress.failed},
                       {"seconds_per_item", progress.seconds_per_item},
                       {"seconds_left", progress.seconds_left ? Json(*progress.seconds_left) : Json()},
                       {"testers", std::move(testers)}});
}

core::Result<Findings> Workload::load(const hash::Digest& name) const {
  const core::Bytes bytes = TRY(findings_->get(name, kMaxFindings));
  codec::JsonLimits limits;
  limits.max_bytes = kMaxFindings;
  const Json json = TRY(codec::parse_json(core::as_text(bytes), limits));
  return findings_from_json(json);
}

core::Result<std::optional<Findings>> Workload::found(const std::string& item, core::UnixNanos now) {
  const lease::Item state = TRY(queue_.item(run_, item, now));
  if (state.state == lease::ItemState::failed) return core::internal(state.failure->message);
  if (state.state != lease::ItemState::done) return std::optional<Findings>();
  return std::optional(TRY(load(*state.result)));
}

core::Result<Findings> Workload::await(const std::string& item, core::Clock& clock, const std::atomic<bool>& stop,
                                       const OnWait& on_wait) {
  while (!stop.load()) {
    const core::UnixNanos now = clock.now();
    if (auto findings = TRY(found(item, now))) return *std::move(findings);
    if (on_wait) on_wait(TRY(queue_.progress(run_, now)));
    clock.sleep_for(kPoll);
  }
  return core::cancelled("stopped; start the same command again, and it goes on where it was");
}

}  // namespace noonmark::tester
