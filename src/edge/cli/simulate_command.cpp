#include "base/telemetry/pace.h"
#include "edge/cli/commands.h"
#include "edge/cli/contest_file.h"
#include "edge/cli/ledger_access.h"
#include "edge/cli/table.h"
#include "simulation/scenario/contest_days.h"

namespace noonmark::cli {
namespace {

constexpr double kTao = 1e9;

std::string verdict_of(const scenario::Report& report, const scenario::Gain& gain) {
  if (!report.pays(gain)) return "gains nothing";
  return gain.needs_stake ? "gains, from " + std::to_string(*gain.needs_stake) + " % on" : "GAINS";
}

std::string text_of(const scenario::Report& report) {
  Table table({{"adversary"},
               {"instead of"},
               {"earned", Table::Align::right},
               {"honestly", Table::Align::right},
               {"gain", Table::Align::right},
               {""}});
  for (const scenario::Gain& gain : report.gains) {
    table.add({gain.adversary, gain.instead, fixed(gain.earned / kTao, 3), fixed(gain.honest / kTao, 3),
               fixed(gain.gain() / kTao, 3), verdict_of(report, gain)});
  }
  const scenario::ContestDays& story = report.settings;
  return std::to_string(story.days) + " days, " + std::to_string(story.validators) + " validators, " +
         std::to_string(story.miners) + " miners, seed " + std::to_string(story.seed) +
         "; money in TAO for each day\n\n" + table.text() + "\nan honest miner    " +
         fixed(report.miner_pay / kTao, 3) + "\nan honest validator " + fixed(report.validator_pay / kTao, 3) +
         "\nsame winner everywhere on " + fixed(100 * report.agreement, 1) +
         " % of the days\nentries without an ending: " + std::to_string(report.entries_without_ending) +
         "; money conserved in every epoch of every run\n";
}

core::Result<Answer> simulate_market(Context& context) {
  const Invocation& arguments = context.arguments;
  const std::string name = arguments.text("--scenario").value_or("contest-days");
  if (name != "contest-days") return core::usage("there is one scenario: contest-days");
  scenario::ContestDays story;
  const std::filesystem::path file = TRY(find_contest(arguments.text("--contest").value_or("emoji-cpu")));
  story.contest = TRY(load_contest(file));
  story.days = static_cast<int>(TRY(arguments.integer("--days", 1, 3660)).value_or(100));
  story.validators = static_cast<int>(TRY(arguments.integer("--validators", 3, 7)).value_or(5));
  story.miners = static_cast<int>(TRY(arguments.integer("--miners", 5, 40)).value_or(20));
  story.seed = static_cast<std::uint64_t>(TRY(arguments.integer("--seed", 0, 1'000'000'000)).value_or(1));
  bool begun = false;
  const auto show = [&](double done, double total, std::string_view what) {
    if (!begun) context.screen.begin("playing", total);
    begun = true;
    context.screen.advance_to(done, what);
  };
  const scenario::Report report = TRY(scenario::play(
      story, [&] { return context.stop.load(); }, show));
  context.screen.end();
  context.output.print(scenario::to_json(report), text_of(report));
  const bool sound = std::ranges::all_of(
      report.gains, [&](const scenario::Gain& one) { return !report.pays(one) || one.needs_stake.value_or(0) > 50; });
  return sound ? Answer::yes : Answer::no;
}

}  // namespace

std::vector<Command> simulate_commands() {
  return {
      {{"simulate market",
        "Play many contest days in fake time, with adversaries, and show what each of them gains; the exit code says "
        "whether none gains without more than half of the stake",
        {{"--scenario", "NAME", "contest-days (the default)", false, false},
         {"--contest", "FILE|ID", "Whose rules are played by (default: emoji-cpu)", false, false},
         {"--days", "N", "Days of each run (default: 100)", false, false},
         {"--validators", "N", "3 to 7 (default: 5)", false, false},
         {"--miners", "N", "5 to 40 (default: 20)", false, false},
         {"--seed", "N", "Of everything random (default: 1)", false, false}}},
       simulate_market}};
}

}  // namespace noonmark::cli
