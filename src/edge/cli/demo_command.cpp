#include "base/core/files.h"
#include "base/telemetry/pace.h"
#include "contest/conduct/replay.h"
#include "edge/cli/commands.h"
#include "edge/cli/contest_document.h"
#include "edge/cli/demo_entries.h"
#include "edge/cli/hold_contest.h"
#include "edge/cli/locate.h"
#include "edge/cli/report_page.h"

namespace noonmark::cli {
namespace {

/// A folder for a contest of `instant`: the newest one without a final record, which an earlier process left, or a new
/// one.
std::filesystem::path choose_folder(const std::filesystem::path& home, core::UnixNanos instant) {
  std::error_code ignored;
  std::vector<std::filesystem::path> folders;
  for (const auto& item : std::filesystem::directory_iterator(home, ignored)) {
    if (item.is_directory(ignored)) folders.push_back(item.path());
  }
  std::ranges::sort(folders);
  const bool unfinished = !folders.empty() &&
                          std::filesystem::exists(folders.back() / validator::kDatabaseName, ignored) &&
                          !std::filesystem::exists(folders.back() / validator::kRecordName, ignored);
  if (unfinished) return folders.back();
  std::string name = rules::to_text(instant);
  std::ranges::replace(name, ':', '-');
  return home / name;
}

core::Result<validator::HoldRequest> demo_request(Context& context) {
  const auto given = context.arguments.text("--contest");
  const std::filesystem::path file =
      given ? std::filesystem::path(*given) : TRY(find_share()) / "contests" / "emoji-cpu.toml";
  validator::HoldRequest request = TRY(hold_request(file));
  request.entries = TRY(make_demo_entries(context, request, demo_entries()));
  for (const std::string& more : context.arguments.texts("--entry")) request.entries.emplace_back(more);
  request.cut_off = context.clock.now();
  return request;
}

core::Result<Answer> hold_demo(Context& context) {
  validator::HoldRequest request = TRY(demo_request(context));
  const std::filesystem::path home = context.settings.home() / "contests" / request.contest.id;
  TRY(core::make_directories(home));
  request.out = choose_folder(home, context.clock.now());
  const core::Nanos begin = context.clock.steady();
  const validator::Held held = TRY(hold_contest(context, request));
  const conduct::Replay replay = TRY(conduct::replay(held.text));
  const ContestDocument document = TRY(document_of(replay.state, held.record.string()));
  const std::filesystem::path page = TRY(write_report(replay, held.record, request.baseline, request.entries));
  codec::Json json = to_json(document);
  json["report"] = page.string();
  context.output.print(json, to_text(document) + "\nrecord  " + held.record.string() + "\nreport  " + page.string() +
                                 "\nheld in " + telemetry::duration_text(context.clock.steady() - begin) + "\n");
  return document.winner && is_honest_demo(*document.winner) ? Answer::yes : Answer::no;
}

}  // namespace

std::vector<Command> demo_commands() {
  return {
      {{"contest demo",
        "Hold a contest of this machine alone, of six honest entries and seven cheats; the exit code says whether an "
        "honest one won",
        {{"--contest", "FILE", "Contest definition (default: contests/emoji-cpu.toml)", false, false},
         {"--entry", "DIR", "Another package that takes part", false, true}}},
       hold_demo}};
}

}  // namespace noonmark::cli
