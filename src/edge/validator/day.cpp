#include "edge/validator/day.h"

#include <algorithm>
#include <map>

#include "base/codec/json.h"
#include "base/core/files.h"
#include "model/package/endorsement.h"
#include "model/package/package.h"

namespace noonmark::validator {
namespace {

constexpr std::uint64_t kMaxSnapshot = 64u << 20;

record::Failure failure(record::Failure::Owner owner, std::string code, std::string message) {
  return {owner, std::move(code), std::move(message)};
}

bool is_network(const core::Error& error) {
  return error.kind == core::ErrorKind::unavailable || error.kind == core::ErrorKind::timeout;
}

/// A copy under another name; hard links would be refused, because they can be changed from elsewhere.
core::Result<void> copy_package(const std::filesystem::path& package, const std::filesystem::path& target) {
  std::error_code problem;
  if (std::filesystem::exists(target, problem)) return {};
  const std::filesystem::path partial = target.parent_path() / ("partial-" + target.filename().string());
  std::filesystem::remove_all(partial, problem);
  std::filesystem::copy(package, partial, std::filesystem::copy_options::recursive, problem);
  if (!problem) std::filesystem::rename(partial, target, problem);
  if (problem) {
    return core::internal("cannot copy " + package.string() + " to " + target.string() + ": " + problem.message());
  }
  return {};
}

std::uint64_t bytes_below(const std::filesystem::path& folder) {
  std::uint64_t bytes = 0;
  std::error_code problem;
  for (const auto& item : std::filesystem::recursive_directory_iterator(folder, problem)) {
    if (item.is_regular_file(problem)) bytes += item.file_size(problem);
  }
  return bytes;
}

}  // namespace

core::Result<std::optional<submission::Snapshot>> Day::snapshot(book::Ledger& ledger, core::UnixNanos instant,
                                                                std::string_view name) const {
  const std::filesystem::path file = settings_.folder / name;
  const auto kept = core::read_text(file, kMaxSnapshot);
  if (kept.ok()) {
    const codec::Json json = TRY(codec::parse_json(*kept, {.max_bytes = kMaxSnapshot}).context(file.string()));
    return std::optional(TRY(submission::snapshot_from_json(json).context(file.string())));
  }
  if (kept.error().kind != core::ErrorKind::not_found) return kept.error();
  const auto block = TRY(submission::first_block_at(ledger, instant));
  if (!block) return std::optional<submission::Snapshot>{};
  submission::Snapshot taken = TRY(submission::take_snapshot(ledger, settings_.netuid, *block));
  TRY(core::make_directories(settings_.folder));
  TRY(core::write_file_atomic(file, std::string_view(codec::write_json(submission::to_json(taken)))));
  return std::optional(std::move(taken));
}

core::Result<submission::Lists> Day::keep_lists(const submission::Lists& lists) const {
  const std::filesystem::path file = settings_.folder / "lists.json";
  const auto kept = core::read_text(file, kMaxSnapshot);
  if (kept.ok()) {
    const codec::Json json = TRY(codec::parse_json(*kept).context(file.string()));
    return submission::lists_from_json(json).context(file.string());
  }
  if (kept.error().kind != core::ErrorKind::not_found) return kept.error();
  TRY(core::write_file_atomic(file, std::string_view(codec::write_json(submission::to_json(lists)))));
  return lists;
}

core::Result<std::optional<Collected>> Day::collect(book::Ledger& ledger, const submission::Lists& lists) const {
  const auto cut_off = TRY(snapshot(ledger, settings_.cut_off, "cut-off.json"));
  if (!cut_off) return std::optional<Collected>{};
  const auto reveal = TRY(snapshot(ledger, settings_.cut_off + settings_.contest.submission.reveal, kRevealName));
  if (!reveal) return std::optional<Collected>{};
  submission::Lists for_today = lists;
  for_today.makers = submission::makers_on(*cut_off, *reveal, lists.makers);
  Collected collected{*cut_off, *reveal, TRY(keep_lists(for_today)), {}};
  collected.collection = submission::collect(settings_.contest, collected.cut_off, collected.reveal, collected.lists);
  return std::optional(std::move(collected));
}

/// An endorsement lies outside of the content, so two keys' archives of one content are two packages.
std::filesystem::path Day::kept_package(const submission::Entrant& entrant) const {
  return settings_.packages / (entrant.content.hex() + "-" + entrant.hotkey.ss58());
}

core::Result<void> Day::bring_package(const submission::Entrant& entrant, const FetchPackage& bring) const {
  const std::filesystem::path kept = kept_package(entrant);
  std::error_code problem;
  if (std::filesystem::exists(kept, problem)) {
    std::filesystem::last_write_time(kept, std::filesystem::file_time_type::clock::now(), problem);
    return {};
  }
  const std::filesystem::path partial = settings_.packages / ("partial-" + kept.filename().string());
  std::filesystem::remove_all(partial, problem);
  TRY(core::make_directories(settings_.packages));
  TRY(bring(entrant, partial));
  const package::Package opened = TRY(package::Package::open(partial));
  if (opened.digest() != entrant.content) {
    std::filesystem::remove_all(partial, problem);
    return core::corrupt("the package there is " + opened.digest().hex() + ", not the committed " +
                         entrant.content.hex() + "; serve the committed one, or commit this one");
  }
  std::filesystem::rename(partial, kept, problem);
  if (problem) return core::internal("cannot keep " + kept.string() + ": " + problem.message());
  return core::sync_directory(settings_.packages);
}

Fetched Day::fetch_one(const submission::Entrant& entrant, const FetchPackage& bring) const {
  using Owner = record::Failure::Owner;
  Fetched fetched{entrant, settings_.folder / kEntriesName / entrant.hotkey.ss58(), std::nullopt};
  if (const auto brought = bring_package(entrant, bring); !brought.ok()) {
    const core::Error& error = brought.error();
    if (is_network(error)) fetched.failure = failure(Owner::network, "not_reachable", error.message);
    if (error.kind == core::ErrorKind::internal) fetched.failure = failure(Owner::validator, "not_kept", error.message);
    if (!fetched.failure) fetched.failure = failure(Owner::entry, "not_fetched", error.message);
    return fetched;
  }
  const std::filesystem::path kept = kept_package(entrant);
  const auto opened = package::Package::open(kept);
  if (!opened.ok()) {
    fetched.failure = failure(Owner::validator, "not_kept", opened.error().message);
  } else if (const auto made = package::check_endorsement(opened->manifest(), entrant.hotkey); !made.ok()) {
    fetched.failure = failure(Owner::entry, "not_endorsed", made.error().message);
  } else if (const auto copied = copy_package(kept, fetched.package); !copied.ok()) {
    fetched.failure = failure(Owner::validator, "not_kept", copied.error().message);
  }
  return fetched;
}

core::Result<std::vector<Fetched>> Day::fetch(const Collected& collected, const FetchPackage& bring, core::Clock& clock,
                                              const std::atomic<bool>& stop, int attempts, core::Nanos pause) const {
  TRY(core::make_directories(settings_.folder / kEntriesName));
  std::map<hash::Digest, sign::AccountId> taken;  // who takes part with which content
  std::vector<Fetched> all;
  for (const submission::Entrant& entrant : collected.collection.entrants) {
    if (const auto earlier = taken.find(entrant.content); earlier != taken.end()) {
      all.push_back({entrant,
                     {},
                     failure(record::Failure::Owner::entry, "copy",
                             "the same package as the earlier entry of " + earlier->second.ss58())});
      continue;
    }
    Fetched fetched = fetch_one(entrant, bring);
    for (int attempt = 1; attempt < attempts && fetched.failure && fetched.failure->code == "not_reachable";
         ++attempt) {
      if (stop.load()) return core::cancelled("asked to stop while fetching packages");
      clock.sleep_for(pause);
      fetched = fetch_one(entrant, bring);
    }
    if (stop.load()) return core::cancelled("asked to stop while fetching packages");
    if (!fetched.failure) taken.emplace(entrant.content, entrant.hotkey);
    all.push_back(std::move(fetched));
  }
  return all;
}

HoldRequest Day::request(const Collected& collected, const std::vector<Fetched>& fetched) const {
  HoldRequest request;
  request.contest = settings_.contest;
  request.baseline = settings_.baseline;
  request.features = settings_.features;
  request.out = settings_.folder;
  request.cut_off = settings_.cut_off;
  request.reigning = submission::incumbent(settings_.day, collected.cut_off);
  const book::BlockRef& block = collected.reveal.block;
  request.beacon = {{block.hash.bytes.begin(), block.hash.bytes.end()},
                    "ledger block " + std::to_string(block.number) + ", " + block.hash.hex()};
  for (const Fetched& one : fetched) {
    if (!one.failure) request.entries.push_back(one.package);
  }
  return request;
}

core::Result<std::uint64_t> Day::prune_packages(std::uint64_t max_bytes) const {
  struct Kept {
    std::filesystem::file_time_type used;
    std::filesystem::path path;
    std::uint64_t bytes;
  };
  std::vector<Kept> all;
  std::uint64_t total = 0;
  std::error_code problem;
  for (const auto& item : std::filesystem::directory_iterator(settings_.packages, problem)) {
    if (!item.is_directory(problem)) continue;
    all.push_back({item.last_write_time(problem), item.path(), bytes_below(item.path())});
    total += all.back().bytes;
  }
  std::ranges::sort(all, {}, &Kept::used);
  for (const Kept& one : all) {
    if (total <= max_bytes) break;
    std::filesystem::remove_all(one.path, problem);
    if (problem) return core::internal("cannot remove " + one.path.string() + ": " + problem.message());
    total -= one.bytes;
  }
  return total;
}

}  // namespace noonmark::validator
