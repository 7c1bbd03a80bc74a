#include "edge/cli/report_page.h"

#include <algorithm>

#include "base/core/files.h"
#include "contest/verdict/verdict.h"
#include "crypto/sign/account.h"
#include "edge/report/report.h"
#include "edge/validator/hold.h"
#include "edge/validator/pictures.h"
#include "model/package/manifest.h"
#include "storage/blobs/directory_store.h"

namespace noonmark::cli {
namespace {

constexpr std::uint64_t kMaxPicture = std::uint64_t{16} << 20;
constexpr std::uint64_t kMaxManifest = std::uint64_t{4} << 20;

report::PngFiles load_pngs(const std::vector<conduct::Output>& outputs, const blobs::Store& store) {
  report::PngFiles files;
  for (const conduct::Output& output : outputs) {
    core::Result<core::Bytes> png = store.get(output.image, kMaxPicture);
    files.push_back(png.ok() ? *std::move(png) : core::Bytes{});
  }
  return files;
}

/// What the author says about the package; nothing when there is no readable manifest.
package::Manifest manifest_in(const std::filesystem::path& package) {
  const auto text = core::read_text(package / package::kManifestName, kMaxManifest);
  auto manifest = text.ok() ? package::parse_manifest(*text) : core::Result<package::Manifest>(text.error());
  return manifest.ok() ? *std::move(manifest) : package::Manifest{};
}

/// On a ledger entries are named by their keys, which nobody can read. A package's own name is easier, but anybody may
/// take it, so a part of the key stands beside it.
std::string title_of(const std::string& name, const package::Manifest& manifest) {
  const bool is_key = sign::AccountId::parse(name).ok() && name.size() > 16;
  if (!is_key || manifest.name.empty()) return name;
  return manifest.name + " · " + name.substr(0, 4) + "…" + name.substr(name.size() - 4);
}

void add_warnings(const conduct::State& state, std::vector<std::string>& warnings) {
  for (const auto& [order, measured] : state.measured) {
    if (!measured.measurement) continue;
    for (const std::string& warning : measured.measurement->warnings) {
      if (std::find(warnings.begin(), warnings.end(), warning) == warnings.end()) warnings.push_back(warning);
    }
  }
}

/// Who measured what; nothing when the validator did everything by itself.
std::vector<report::TesterView> testers_of(const conduct::State& state) {
  std::vector<report::TesterView> testers;
  for (const auto& [order, measured] : state.measured) {
    if (!measured.tester) continue;
    const auto same = [&who = *measured.tester](const report::TesterView& view) {
      return view.account == who.account && view.machine == who.machine;
    };
    auto found = std::find_if(testers.begin(), testers.end(), same);
    if (found == testers.end()) {
      found = testers.insert(found, {measured.tester->account, measured.tester->machine, {}});
    }
    found->entries.push_back(state.admitted->admissions.entries[static_cast<std::size_t>(order) - 1].name);
  }
  return testers;
}

/// The stages in the order of their records.
std::vector<std::string> kinds_of(const conduct::State& state) {
  std::vector<std::string> kinds = {"opened", "admitted", "drawn", "reference"};
  kinds.insert(kinds.end(), state.measured.size(), "measured");
  kinds.insert(kinds.end(), state.judged.size(), "judged");
  kinds.insert(kinds.end(), {"verdict", "sealed"});
  return kinds;
}

report::EntryView view_of(const verdict::EntryVerdict& verdict, const conduct::State& state, const blobs::Store& store,
                          const std::vector<std::filesystem::path>& entries) {
  report::EntryView view;
  view.verdict = verdict;
  const auto place = static_cast<std::size_t>(verdict.facts.order) - 1;
  if (place < entries.size()) {
    const package::Manifest manifest = manifest_in(entries[place]);
    view.title = title_of(verdict.facts.name, manifest);
    view.description = manifest.description;
  }
  if (const auto found = state.measured.find(verdict.facts.order); found != state.measured.end()) {
    view.measurement = found->second.measurement;
  }
  if (const auto found = state.judged.find(verdict.facts.order); found != state.judged.end()) {
    view.fidelity = found->second.report;
    view.pictures = load_pngs(found->second.outputs, store);
  }
  return view;
}

}  // namespace

core::Result<report::ContestView> make_view(const conduct::Replay& replay, const std::filesystem::path& record,
                                            const blobs::Store& pictures, const std::filesystem::path& baseline,
                                            const std::vector<std::filesystem::path>& entries) {
  const conduct::State& state = replay.state;
  const verdict::Verdict verdict = TRY(verdict::verdict_from_json(*state.verdict));
  report::ContestView view;
  view.contest = state.contest;
  view.contest_digest = state.opened->contest_digest;
  view.program = state.opened->program;
  view.opened_at_ns = state.opened->opened_at_ns;
  view.sealed_at_ns = state.sealed->sealed_at_ns;
  view.beacon_source = state.drawn->source;
  view.machine = state.opened->machine;
  view.testers = testers_of(state);
  add_warnings(state, view.warnings);
  for (const rules::Input& input : state.drawn->inputs) view.requests.push_back({input.prompt, input.seed});
  view.baseline = {state.admitted->admissions.baseline, manifest_in(baseline).description,
                   load_pngs(state.reference->outputs, pictures)};
  for (const verdict::EntryVerdict& entry : verdict.entries) {
    view.entries.push_back(view_of(entry, state, pictures, entries));
  }
  view.winner = verdict.winner;
  view.incumbent_stays = verdict.incumbent_stays;
  const std::vector<std::string> kinds = kinds_of(state);
  for (std::size_t i = 0; i < state.records.size(); ++i) {
    view.records.push_back({i < kinds.size() ? kinds[i] : "", state.records[i]});
  }
  view.record_file = record.string();
  view.signer = replay.signer.hex();
  return view;
}

core::Result<std::filesystem::path> write_report(const conduct::Replay& replay, const std::filesystem::path& record,
                                                 const std::filesystem::path& baseline,
                                                 const std::vector<std::filesystem::path>& entries) {
  const auto store = TRY(blobs::DirectoryStore::open(record.parent_path() / validator::kPicturesName));
  const report::ContestView view = TRY(make_view(replay, record, *store, baseline, entries));
  const std::filesystem::path page = record.parent_path() / "report.html";
  TRY(core::write_file_atomic(page, std::string_view(report::render(view))));
  return page;
}

}  // namespace noonmark::cli
