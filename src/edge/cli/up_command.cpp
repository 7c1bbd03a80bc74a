#include <algorithm>

#include "base/core/files.h"
#include "base/telemetry/pace.h"
#include "contest/conduct/replay.h"
#include "contest/verdict/verdict.h"
#include "edge/cli/commands.h"
#include "edge/cli/contest_document.h"
#include "edge/cli/demo_entries.h"
#include "edge/cli/equip.h"
#include "edge/cli/hold_contest.h"
#include "edge/cli/locate.h"
#include "edge/cli/report_page.h"

namespace noonmark::cli {
namespace {

constexpr core::Nanos kHeartbeat = std::chrono::milliseconds(200);

/// What stays the same from contest to contest.
struct Service {
  std::filesystem::path contest_file;
  std::filesystem::path home;
  validator::HoldRequest request;
};

core::Result<Service> prepare(Context& context) {
  Service service;
  const auto given = context.arguments.text("--contest");
  service.contest_file = given ? std::filesystem::path(*given) : TRY(find_share()) / "contests" / "emoji-cpu.toml";
  service.request = TRY(hold_request(service.contest_file));
  service.home = context.settings.home() / "contests" / service.request.contest.id;
  return service;
}

core::Result<void> make_entries(Context& context, Service& service) {
  const std::filesystem::path& path = service.request.baseline;
  const package::Package baseline = TRY(package::Package::open(path).context("baseline " + path.string()));
  const auto runtime = TRY(onnx::Runtime::open());
  const auto stop = [&] { return context.stop.load(); };
  context.screen.begin("making entries", static_cast<double>(demo_entries().size()));
  service.request.entries =
      TRY(make_demo_entries(baseline, service.request.contest, context.settings.home() / "entries", *runtime, stop,
                            [&](std::size_t done, std::size_t, std::string_view name) {
                              context.screen.advance_to(static_cast<double>(done), name);
                            }));
  context.screen.end();
  for (const std::string& more : context.arguments.texts("--entry")) service.request.entries.emplace_back(more);
  return {};
}

/// A folder for the contest of `cut_off`: the newest one without a final record, which an earlier process left, or a
/// new one.
std::filesystem::path choose_folder(const std::filesystem::path& home, core::UnixNanos cut_off) {
  std::error_code ignored;
  std::vector<std::filesystem::path> folders;
  for (const auto& item : std::filesystem::directory_iterator(home, ignored)) {
    if (item.is_directory(ignored)) folders.push_back(item.path());
  }
  std::sort(folders.begin(), folders.end());
  const bool unfinished = !folders.empty() &&
                          std::filesystem::exists(folders.back() / validator::kDatabaseName, ignored) &&
                          !std::filesystem::exists(folders.back() / validator::kRecordName, ignored);
  if (unfinished) return folders.back();
  std::string name = rules::to_text(cut_off);
  std::replace(name.begin(), name.end(), ':', '-');
  return home / name;
}

std::optional<hash::Digest> read_reigning(const std::filesystem::path& home) {
  const auto text = core::read_text(home / "reigning", 128);
  if (!text.ok()) return std::nullopt;
  const auto digest = hash::Digest::parse(*text);
  return digest.ok() ? std::optional(*digest) : std::nullopt;
}

core::Result<void> keep_winner(const std::filesystem::path& home, const conduct::State& state) {
  const verdict::Verdict verdict = TRY(verdict::verdict_from_json(*state.verdict));
  for (const verdict::EntryVerdict& entry : verdict.entries) {
    if (entry.facts.name != verdict.winner || verdict.winner.empty()) continue;
    TRY(core::write_file_atomic(home / "reigning", std::string_view(entry.facts.content.hex())));
  }
  return {};
}

core::Result<Answer> hold_one(Context& context, Service& service, core::UnixNanos cut_off) {
  validator::HoldRequest& request = service.request;
  request.cut_off = cut_off;
  request.out = choose_folder(service.home, cut_off);
  request.reigning = read_reigning(service.home);
  const core::Nanos begin = context.clock.steady();
  const validator::Held held = TRY(hold_contest(context, request));
  const conduct::Replay replay = TRY(conduct::replay(held.text));
  const ContestDocument document = TRY(document_of(replay.state, held.record.string()));
  const std::filesystem::path page = TRY(write_report(replay, held.record, request.baseline, request.entries));
  TRY(keep_winner(service.home, replay.state));
  codec::Json json = to_json(document);
  json["report"] = page.string();
  context.output.print(json, to_text(document) + "\nrecord  " + held.record.string() + "\nreport  " + page.string() +
                                 "\nheld in " + telemetry::duration_text(context.clock.steady() - begin) + "\n");
  return document.winner && is_honest_demo(*document.winner) ? Answer::yes : Answer::no;
}

/// Sleeps until `instant`; false when it was asked to stop.
bool wait_until(Context& context, core::UnixNanos instant) {
  while (context.clock.now() < instant) {
    if (context.stop.load()) return false;
    context.clock.sleep_for(std::min<core::Nanos>(kHeartbeat, instant - context.clock.now()));
  }
  return !context.stop.load();
}

/// What became of one contest of a service: it goes on after failures, except of its very first contest.
core::Result<void> go_on(Context& context, const core::Result<Answer>& held, bool first) {
  if (held.ok() || held.error().kind == core::ErrorKind::cancelled) return {};
  if (first) return held.error();
  context.log.error("a contest failed; the next one will be held", {{"why", held.error().message}});
  return {};
}

core::Result<Answer> up(Context& context) {
  Service service = TRY(prepare(context));
  TRY(core::make_directories(service.home));
  TRY(make_entries(context, service));
  core::UnixNanos cut_off = context.clock.now();
  for (bool first = true;; first = false) {
    const core::Result<Answer> held = hold_one(context, service, cut_off);
    if (context.arguments.has("--once")) return held;
    TRY(go_on(context, held, first));
    if (context.stop.load()) return Answer::yes;
    cut_off = TRY(rules::next_cut_off(service.request.contest.calendar, context.clock.now()));
    context.screen.print("next contest at " + rules::to_text(cut_off) + ", in " +
                         telemetry::duration_text(cut_off - context.clock.now()) + "; Ctrl-C ends the service");
    if (!wait_until(context, cut_off)) return Answer::yes;
    service.request = TRY(hold_request(service.contest_file));
    TRY(make_entries(context, service));
  }
}

}  // namespace

std::vector<Command> up_commands() {
  return {
      {{"up",
        "Hold a demonstration contest at once, then one by the calendar; SIGTERM ends it",
        {{"--once", "", "End after the first contest; the exit code says whether an honest entry won", false, false},
         {"--contest", "FILE", "Contest definition (default: contests/emoji-cpu.toml)", false, false},
         {"--entry", "DIR", "Another package that takes part", false, true}}},
       up}};
}

}  // namespace noonmark::cli
