#include <algorithm>

#include "contest/rules/inputs.h"
#include "edge/cli/commands.h"
#include "edge/cli/contest_file.h"
#include "edge/cli/locate.h"
#include "edge/cli/table.h"

namespace noonmark::cli {
namespace {

core::Result<Answer> list_contests(Context& context) {
  const auto given = context.arguments.text("DIR");
  const std::filesystem::path folder = given ? std::filesystem::path(*given) : TRY(find_share()) / "contests";
  std::error_code problem;
  std::vector<std::filesystem::path> files;
  for (const auto& item : std::filesystem::directory_iterator(folder, problem)) {
    if (item.path().extension() == ".toml") files.push_back(item.path());
  }
  if (problem) return core::not_found("cannot list " + folder.string() + ": " + problem.message());
  std::sort(files.begin(), files.end());
  codec::Json document = codec::Json::array();
  Table table({{"contest"}, {"task"}, {"device"}, {"file"}, {"title"}});
  for (const auto& file : files) {
    const rules::Contest contest = TRY(load_contest(file));
    document.push_back(codec::Json::object({{"id", contest.id},
                                            {"title", contest.title},
                                            {"task", contest.task},
                                            {"device", contest.device.name},
                                            {"file", file.string()}}));
    table.add({contest.id, contest.task, contest.device.name, file.string(), contest.title});
  }
  context.output.print(codec::Json::object({{"contests", std::move(document)}}), table.text());
  return Answer::yes;
}

core::Result<Answer> show_contest(Context& context) {
  const rules::Contest contest = TRY(load_contest(*context.arguments.text("FILE")));
  codec::Json document = rules::to_json(contest);
  std::string text = contest.title + "\n";
  Table table({{"member"}, {"value"}});
  for (const auto& [key, value] : document.as_object()) {
    table.add({key, value.is_string() ? value.as_string() : codec::write_json(value)});
  }
  document["digest"] = "sha256:" + rules::digest_of(contest).hex();
  context.output.print(document, text + table.text());
  return Answer::yes;
}

core::Result<Answer> check_contest(Context& context) {
  const std::filesystem::path file = *context.arguments.text("FILE");
  const rules::Contest contest = TRY(load_contest(file));
  const std::uint64_t prompts = TRY(rules::count_prompts(contest.inputs));
  const std::string digest = "sha256:" + rules::digest_of(contest).hex();
  context.output.print(
      codec::Json::object(
          {{"ok", true},
           {"id", contest.id},
           {"digest", digest},
           {"prompts", prompts},
           {"next_cut_off", rules::to_text(TRY(rules::next_cut_off(contest.calendar, context.clock.now())))}}),
      contest.id + " is in order: " + std::to_string(prompts) + " possible prompts, " +
          std::to_string(contest.inputs.count) + " drawn per contest\n" + digest + "\n");
  return Answer::yes;
}

}  // namespace

std::vector<Command> contest_file_commands() {
  const Parameter file{"FILE", "", "Contest definition (TOML)", true, false};
  return {
      {{"contest list", "List the contests in a folder", {{"DIR", "", "Folder (default: contests/)", false, false}}},
       list_contests},
      {{"contest show", "Show a contest's definition, defaults included", {file}}, show_contest},
      {{"contest check", "Check a contest's definition", {file}}, check_contest},
  };
}

}  // namespace noonmark::cli
