#include "edge/validator/service.h"

#include <algorithm>
#include <future>

#include "base/codec/fields.h"
#include "base/core/files.h"
#include "contest/submission/commitment.h"
#include "model/package/manifest.h"
#include "storage/blobs/directory_store.h"

namespace noonmark::validator {
namespace {

constexpr core::Nanos kSoon = std::chrono::milliseconds(500), kLater = std::chrono::seconds(2);
constexpr core::Nanos kCallLimit = std::chrono::minutes(5);
constexpr int kHopeless = 30;  // a minute
constexpr std::string_view kBundleName = "bundle.json", kFinishedName = "finished", kMakersName = "makers.json";
constexpr std::uint64_t kMaxMakers = 256u << 20;

bool is_there(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

/// What waiting doesn't mend.
bool is_hopeless(const core::Error& error) {
  return error.kind == core::ErrorKind::corrupt || error.kind == core::ErrorKind::internal;
}

}  // namespace

std::filesystem::path contest_folder(const std::filesystem::path& home, const sign::AccountId& hotkey,
                                     const std::string& contest) {
  return home / "validator" / hotkey.ss58() / contest;
}

std::filesystem::path day_folder(const std::filesystem::path& contest_folder, const rules::ContestDay& day) {
  return contest_folder / day.text().substr(day.contest.size() + 1);
}

bool is_finished(const std::filesystem::path& day_folder) { return is_there(day_folder / kFinishedName); }

/// The day that is being worked on.
struct Service::Work {
  explicit Work(DaySettings settings) : day(std::move(settings)) {}
  const std::filesystem::path& folder() const { return day.settings().folder; }

  Day day;
  std::optional<Collected> collected;
  std::vector<Fetched> fetched;
  std::future<core::Result<Held>> holding;  // valid while a contest is being held
  std::optional<std::string> record;
  bool tried = false;  // the contest has been held, or there was nobody to try
};

Service::Service(ServiceSettings settings, ServiceTools tools)
    : settings_(std::move(settings)), tools_(std::move(tools)) {}
Service::~Service() = default;  // a future waits for its thread; `stop` ends that soon

core::Result<std::unique_ptr<Service::Work>> Service::next_day() const {
  const rules::Calendar& calendar = settings_.contest.calendar;
  const core::UnixNanos now = tools_.clock.now();
  const rules::ContestDay day = TRY(rules::day_at(settings_.contest, now));
  const core::UnixNanos cut_off = TRY(rules::last_cut_off(calendar, now));
  const std::filesystem::path folder = day_folder(settings_.home, day);
  if (is_finished(folder)) return std::unique_ptr<Work>();
  return std::make_unique<Work>(DaySettings{settings_.contest, day, cut_off, settings_.netuid, settings_.baseline,
                                            settings_.features, folder, settings_.home / "packages"});
}

core::Result<core::Nanos> Service::tick() {
  const auto step = [&]() -> core::Result<void> {
    if (!work_) work_ = TRY(next_day());
    if (work_) TRY(advance(*work_));
    return pay();
  };
  const core::Result<void> outcome = step();
  if (outcome.ok() || outcome.error().kind == core::ErrorKind::cancelled) {
    told_.reset();
    hopeless_ = 0;
    return kSoon;
  }
  // A ledger's node may answer nonsense for a while; what lies here damaged stays so.
  if (is_hopeless(outcome.error()) && ++hopeless_ >= kHopeless) return outcome.error();
  if (told_ != outcome.error().message) tools_.log.warning("will try again", {{"why", outcome.error().message}});
  told_ = outcome.error().message;
  return kLater;
}

core::Result<void> Service::advance(Work& work) {
  if (!work.collected) TRY(collect(work));
  if (!work_ || !work.collected) return {};
  if (!work.tried) TRY(await(work));
  if (!work.tried) return {};
  TRY(publish(work));
  work_.reset();
  return {};
}

core::Result<void> Service::collect(Work& work) {
  submission::Lists lists = settings_.lists;
  lists.makers = TRY(makers());
  auto collected = TRY(work.day.collect(tools_.ledger, lists));
  if (!collected) return {};
  if (collected->cut_off.block.number <= 1) {  // the ledger is younger than this day
    TRY(core::write_file_atomic(work.folder() / kFinishedName, std::string_view("\n")));
    work_.reset();
    return {};
  }
  tools_.log.info("collected", {{"day", work.day.settings().day.text()},
                                {"block", std::to_string(collected->cut_off.block.number)},
                                {"entrants", std::to_string(collected->collection.entrants.size())},
                                {"refused", std::to_string(collected->collection.refused.size())}});
  work.fetched = TRY(work.day.fetch(*collected, tools_.bring, tools_.clock, tools_.stop, settings_.fetch_attempts,
                                    settings_.fetch_pause));
  for (const Fetched& one : work.fetched) {
    if (one.failure) {
      tools_.log.info(
          "left out",
          {{"entrant", one.entrant.hotkey.ss58()}, {"code", one.failure->code}, {"why", one.failure->message}});
    }
  }
  work.collected = std::move(collected);
  return {};
}

core::Result<void> Service::await(Work& work) {
  if (!work.holding.valid()) {
    HoldRequest request = work.day.request(*work.collected, work.fetched);
    if (request.entries.empty()) {
      work.tried = true;
      return {};
    }
    work.holding = std::async(std::launch::async, [hold = tools_.hold, request] { return hold(request); });
  }
  if (work.holding.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return {};
  core::Result<Held> held = work.holding.get();
  if (!held.ok()) return held.error().with_context("holding " + work.day.settings().day.text());
  work.record = std::move(held->text);
  work.tried = true;
  return {};
}

core::Result<evidence::Findings> Service::findings(const Work& work) const {
  evidence::Findings findings;
  findings.day = work.day.settings().day;
  findings.cut_off = work.collected->cut_off;
  findings.reveal = work.collected->reveal;
  findings.lists = work.collected->lists;
  findings.record = work.record;
  findings.share = settings_.share;
  if (work.record) TRY(tools_.public_store.put(core::as_bytes(*work.record)));
  for (const Fetched& one : work.fetched) {
    if (one.failure) {
      findings.left_out.push_back({one.entrant.hotkey, *one.failure});
      continue;
    }
    const core::Bytes manifest = TRY(core::read_file(one.package / package::kManifestName, 4u << 20));
    const hash::Digest name = TRY(tools_.public_store.put(manifest));
    findings.blobs.push_back({name, manifest.size(), "manifest " + one.entrant.hotkey.ss58()});
  }
  const std::filesystem::path pictures = work.folder() / kPicturesName;
  if (!is_there(pictures)) return findings;
  const auto store = TRY(blobs::DirectoryStore::open(pictures));
  for (const hash::Digest& name : TRY(store->list())) {
    const core::Bytes picture = TRY(store->get(name, 64u << 20));
    TRY(tools_.public_store.put(picture));
    findings.blobs.push_back({name, picture.size(), "picture"});
  }
  return findings;
}

core::Result<void> Service::publish(Work& work) {
  const std::filesystem::path file = work.folder() / kBundleName;
  if (!is_there(file)) {  // what was signed once is never signed otherwise
    const book::BlockRef head = TRY(tools_.ledger.head());
    const book::Metagraph subnet = TRY(tools_.ledger.metagraph(settings_.netuid, head));
    evidence::Findings found = TRY(findings(work));
    const evidence::Bundle bundle =
        TRY(evidence::compose(settings_.contest, subnet, tools_.hotkey.account(), std::move(found)));
    TRY(core::write_file_atomic(file, std::string_view(evidence::seal(bundle, tools_.hotkey))));
  }
  const std::string sealed = TRY(core::read_text(file, evidence::kMaxBundle));
  const hash::Digest name = TRY(tools_.shelf.publish(sealed));
  TRY(announce(work, name));
  TRY(remember_makers(work));
  TRY(core::write_file_atomic(work.folder() / kFinishedName, std::string_view(name.hex() + "\n")));
  TRY(work.day.prune_packages(settings_.package_bytes));
  ++finished_;
  payout_next_ = 0;
  tools_.log.info("finished", {{"day", work.day.settings().day.text()}, {"evidence", name.hex()}});
  evidence::Bundle bundle = TRY(evidence::open(sealed));
  if (on_finished) on_finished({work.day.settings().day, work.folder(), work.record, std::move(bundle)});
  // Copies of what `packages` keeps for a while; the evidence doesn't need them.
  std::error_code ignored;
  std::filesystem::remove_all(work.folder() / kEntriesName, ignored);
  return {};
}

core::Result<std::map<hash::Digest, sign::AccountId>> Service::makers() const {
  const std::filesystem::path file = settings_.home / kMakersName;
  const auto text = core::read_text(file, kMaxMakers);
  if (!text.ok() && text.error().kind == core::ErrorKind::not_found) return std::map<hash::Digest, sign::AccountId>();
  if (!text.ok()) return text.error();
  const codec::Json json = TRY(codec::parse_json(*text).context(file.string()));
  return submission::makers_from_json(json).context(file.string());
}

core::Result<void> Service::remember_makers(const Work& work) const {
  auto makers = TRY(this->makers());
  for (const Fetched& one : work.fetched) {
    if (!one.failure) makers.emplace(one.entrant.content, one.entrant.hotkey);
  }
  return core::write_file_atomic(settings_.home / kMakersName,
                                 std::string_view(codec::write_json(submission::to_json(makers))));
}

core::Result<void> Service::announce(const Work& work, const hash::Digest& bundle) {
  const std::string sealed = TRY(core::read_text(work.folder() / kBundleName, evidence::kMaxBundle));
  const evidence::Bundle opened = TRY(evidence::open(sealed));
  submission::Evidence evidence;
  evidence.tag = submission::tag_of(settings_.contest.id);
  evidence.day = static_cast<std::uint32_t>(opened.day.date.time_since_epoch().count());
  evidence.bundle = bundle;
  evidence.winner = opened.winner.value_or(hash::Digest{});
  evidence.url = settings_.evidence_url;
  const core::Bytes data = TRY(submission::encode(evidence));
  const book::BlockRef head = TRY(tools_.ledger.head());
  for (const book::Commitment& standing : TRY(tools_.ledger.commitments(settings_.netuid, head))) {
    if (standing.hotkey == tools_.hotkey.account() && standing.data == data) return {};  // said before a kill
  }
  const book::Receipt receipt =
      TRY(tools_.ledger.submit(book::Commit{settings_.netuid, data}, tools_.hotkey, kCallLimit));
  if (!receipt.success) return core::denied("the ledger didn't take the evidence: " + receipt.error);
  return {};
}

core::Result<std::vector<plan::DayResult>> Service::results() const {
  std::vector<std::filesystem::path> days;
  std::error_code ignored;
  for (const auto& item : std::filesystem::directory_iterator(settings_.home, ignored)) {
    if (is_there(item.path() / kFinishedName) && is_there(item.path() / kBundleName)) days.push_back(item.path());
  }
  if (days.empty()) return std::vector<plan::DayResult>{};
  const std::filesystem::path newest = *std::ranges::max_element(days);
  const std::string sealed = TRY(core::read_text(newest / kBundleName, evidence::kMaxBundle));
  const evidence::Bundle bundle = TRY(evidence::open(sealed));
  return bundle.plan.results;
}

core::Result<void> Service::pay() {
  const book::BlockRef head = TRY(tools_.ledger.head());
  if (head.number < payout_next_) return {};
  const auto make_row = [&](const book::Metagraph& subnet) -> core::Result<std::vector<book::Weight>> {
    const std::vector<plan::DayResult> finished = TRY(results());
    return plan::make_plan(subnet, finished, evidence::excluded_keys(settings_.lists)).weights;
  };
  const payout::Outcome outcome = TRY(tools_.payout.tick(make_row));
  payout_next_ = outcome.next;
  if (outcome.status != payout::Status::waiting) {
    tools_.log.info("weights", {{"status", std::string(payout::name_of(outcome.status))}, {"what", outcome.message}});
  }
  return {};
}

}  // namespace noonmark::validator
