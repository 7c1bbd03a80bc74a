#include <algorithm>

#include "edge/cli/commands.h"
#include "edge/cli/demo_entries.h"
#include "edge/cli/hold_contest.h"
#include "edge/cli/locate.h"
#include "edge/cli/table.h"
#include "edge/cli/up_network.h"
#include "edge/report/report.h"

namespace noonmark::cli {
namespace {

constexpr book::Rao kTao = 1'000'000'000;

/// Three that changed the model in honest ways, so far from each other and from the floors that luck can't choose the
/// winner, and three that try to win without.
const std::vector<std::string_view> kMiners = {"twelve-steps-baked", "baked",    "half-weights",
                                               "look-up-table",      "one-step", "memory-hog"};

constexpr std::string_view kPrompt = "a rocket, noto style, yellow background";

std::vector<DemoEntry> miners_entries() {
  std::vector<DemoEntry> entries;
  for (const std::string_view name : kMiners) {
    entries.push_back(*std::ranges::find(demo_entries(), name, &DemoEntry::name));
  }
  return entries;
}

core::Result<network::Network> open_network(const Context& context) {
  network::LineUp line_up;
  line_up.stakes = {50'000 * kTao, 30'000 * kTao, 20'000 * kTao};
  line_up.miners.assign(kMiners.begin(), kMiners.end());
  line_up.workers = 2;
  return network::Network::open(context.settings.home() / "network", line_up);
}

/// The outcome as the network itself sees it.
struct Outcome {
  evidence::DayReport report;
  std::string winner;             ///< a miner's name, or empty
  std::vector<double> pay;        ///< by entry of the report: its share of what miners got in the last epoch, 0 to 1
  std::filesystem::path picture;  ///< made by the winner's package through the gateway; empty without a winner
  bool agreed = false;            ///< every validator gave evidence, all of it recomputes, and all name the same winner
};

core::Result<Outcome> outcome_of(UpNetwork& up, const rules::ContestDay& day) {
  Outcome outcome{TRY(up.settle(day)), {}, {}, {}, false};
  const book::Metagraph subnet = TRY(up.next_pay());
  for (const evidence::EntryComparison& entry : outcome.report.entries) {
    // Entries come by claim: who claimed the content first has it.
    if (outcome.winner.empty() && outcome.report.winner == entry.content) {
      outcome.winner = up.network().name_of(entry.hotkey);
    }
    const book::Neuron* const neuron = subnet.find(entry.hotkey);
    outcome.pay.push_back(neuron == nullptr ? 0 : neuron->incentive / 65'535.0);
  }
  const auto& validators = outcome.report.validators;
  outcome.agreed =
      outcome.report.ok() && validators.size() == up.network().validators.size() &&
      std::ranges::all_of(validators, [&](const auto& one) { return one.winner == outcome.report.winner; });
  return outcome;
}

std::string view_text(const evidence::View& view) {
  if (!view.time) return view.status;
  return fixed(view.time->ratio, 2) + (view.rank > 0 && view.weight > 0 ? " (" + std::to_string(view.rank) + ")" : "");
}

std::string table_of(const UpNetwork& up, const Outcome& outcome) {
  std::vector<Table::Column> columns = {{"entry"}};
  for (const auto& one : outcome.report.validators) columns.push_back({up.network().name_of(one.hotkey)});
  columns.push_back({"pay", Table::Align::right});
  Table table(columns);
  for (std::size_t i = 0; i < outcome.report.entries.size(); ++i) {
    const evidence::EntryComparison& entry = outcome.report.entries[i];
    std::vector<std::string> cells = {up.network().name_of(entry.hotkey)};
    for (const auto& one : outcome.report.validators) {
      const auto view = std::ranges::find(entry.views, one.hotkey, &evidence::View::validator);
      cells.push_back(view == entry.views.end() ? "-" : view_text(*view));
    }
    cells.push_back(fixed(100 * outcome.pay[i], 1) + " %");
    table.add(std::move(cells));
  }
  return table.text();
}

codec::Json json_of(const UpNetwork& up, const Outcome& outcome, const std::filesystem::path& folder) {
  codec::Json::Object pay;
  for (std::size_t i = 0; i < outcome.report.entries.size(); ++i) {
    pay[up.network().name_of(outcome.report.entries[i].hotkey)] = codec::Json(outcome.pay[i]);
  }
  codec::Json names = codec::Json::object({});
  for (const auto* group : {&up.network().validators, &up.network().miners}) {
    for (const network::Member& one : *group) names[one.hotkey.ss58()] = one.name;
  }
  return codec::Json::object(
      {{"day", outcome.report.day.text()},
       {"winner", outcome.winner.empty() ? codec::Json() : codec::Json(outcome.winner)},
       {"agreed", outcome.agreed},
       {"pay", codec::Json(std::move(pay))},
       {"names", std::move(names)},
       {"verified", evidence::to_json(outcome.report)},
       {"ledger", up.network().node.url()},
       {"record", (folder / validator::kRecordName).string()},
       {"report", (folder / "report.html").string()},
       {"api", up.network().gateway.url() + "/v1"},
       {"picture", outcome.picture.empty() ? codec::Json() : codec::Json(outcome.picture.string())}});
}

/// What a caller types, and what came.
std::string service_text(const UpNetwork& up, const Outcome& outcome) {
  if (outcome.picture.empty()) return "";
  return "api     " + up.network().gateway.url() + "/v1, OpenAI's, served by " +
         std::to_string(up.network().workers.size()) + " workers with the winner's package:\n        curl " +
         up.network().gateway.url() + "/v1/images/generations -H 'Content-Type: application/json' -d '{\"prompt\": \"" +
         std::string(kPrompt) + "\"}'\n" + "picture " + outcome.picture.string() + "\n";
}

/// The winner's package goes into service. Its key tells whose it is: the content may have been claimed twice.
core::Result<void> serve_winner(UpNetwork& up, Outcome& outcome) {
  const auto& entries = outcome.report.entries;
  const auto winner = std::ranges::find_if(entries, [&](const evidence::EntryComparison& entry) {
    return outcome.report.winner == entry.content && up.network().name_of(entry.hotkey) == outcome.winner;
  });
  if (winner == entries.end()) return {};
  double fidelity = 1;  // the least that a validator measured
  for (const evidence::View& view : winner->views) fidelity = std::min(fidelity, view.fidelity.value_or(1));
  TRY(up.serve(winner->hotkey, winner->content, outcome.report.day.text(), fidelity));
  outcome.picture = TRY(up.ask_for_picture(kPrompt));
  return {};
}

/// Shows the day. The answer says whether an honest miner won it in everybody's eyes.
core::Result<Answer> show(Context& context, UpNetwork& up, const rules::ContestDay& day) {
  Outcome outcome = TRY(outcome_of(up, day));
  TRY(serve_winner(up, outcome));
  const std::filesystem::path folder = up.day_folder(day);
  const std::string text =
      "\n" + day.text() +
      ": time against the baseline's (rank) as each validator measured it, and its share of the pay\n\n" +
      table_of(up, outcome) + "\nwinner  " + (outcome.winner.empty() ? "nobody" : outcome.winner) +
      (outcome.agreed ? ", for every validator; everything recomputed from the ledger's evidence\n"
                      : "; the validators' evidence doesn't agree, or doesn't recompute: see the check below\n") +
      "report  " + (folder / "report.html").string() + "\ncheck   noonmark verify " + day.text() + " --ledger " +
      up.network().node.url() + " --netuid 1\n" + service_text(up, outcome) + "logs    " +
      (up.network().folder / "logs").string() + "\n";
  context.output.print(json_of(up, outcome, folder), text);
  return outcome.agreed && is_honest_demo(outcome.winner) ? Answer::yes : Answer::no;
}

/// The winner of a day that the validators have finished by the calendar goes into service while the one before serves.
/// A day that can't be settled is told, and the old winner stays.
void serve_next(Context& context, UpNetwork& up, const rules::ContestDay& day) {
  const auto served = [&]() -> core::Result<std::string> {
    Outcome outcome = TRY(outcome_of(up, day));
    TRY(serve_winner(up, outcome));
    return outcome.winner.empty() ? "nobody won; the winner of the day before stays in service"
                                  : outcome.winner + " won and goes into service";
  }();
  context.screen.print(day.text() + ": " + (served.ok() ? *served : served.error().message));
}

/// Until it is stopped.
core::Result<void> go_by_calendar(Context& context, UpNetwork& up, const rules::Contest& contest,
                                  rules::ContestDay served) {
  constexpr core::Nanos kLook = std::chrono::seconds(10);
  core::Deadline look(context.clock, kLook);
  while (!context.stop.load()) {
    TRY(up.tick());
    if (!look.passed()) continue;
    look = core::Deadline(context.clock, kLook);
    const rules::ContestDay today{contest.id, TRY(rules::local_date(contest.calendar, context.clock.now()))};
    if (today == served || !up.is_held(today)) continue;
    serve_next(context, up, today);
    served = today;
  }
  return {};
}

core::Result<Answer> run(Context& context, UpNetwork& up, const rules::Contest& contest) {
  TRY(up.start());
  const rules::ContestDay today{contest.id, TRY(rules::local_date(contest.calendar, context.clock.now()))};
  if (!up.is_held(today)) TRY(up.hold_today(today));
  TRY(up.follow_calendar());
  const Answer answer = TRY(show(context, up, today));
  if (context.arguments.has("--once")) return answer;
  const core::UnixNanos next = TRY(rules::next_cut_off(contest.calendar, context.clock.now()));
  context.screen.print("next cut-off " + rules::to_text(next) +
                       " (a day's contest is held once); Ctrl-C ends the network, the same command goes on with it");
  TRY(go_by_calendar(context, up, contest, today));
  return Answer::yes;
}

core::Result<Answer> up(Context& context) {
  const auto given = context.arguments.text("--contest");
  const std::filesystem::path file =
      given ? std::filesystem::path(*given) : TRY(find_share()) / "contests" / "emoji-cpu.toml";
  validator::HoldRequest request = TRY(hold_request(file));
  const rules::Contest contest = request.contest;
  std::vector<std::filesystem::path> packages = TRY(make_demo_entries(context, request, miners_entries()));
  UpNetwork up(context, TRY(open_network(context)), file, std::move(request), std::move(packages));
  core::Result<Answer> answer = run(context, up, contest);
  up.stop();
  return answer;
}

}  // namespace

std::vector<Command> up_commands() {
  return {{{"up",
            "Bring up a network on this machine: a node, three validators, six miners. Holds today's contest at once, "
            "then goes by the calendar; SIGTERM ends it",
            {{"--once", "", "End after today's contest; the exit code says whether an honest entry won", false, false},
             {"--contest", "FILE", "Contest definition (default: contests/emoji-cpu.toml)", false, false}}},
           up}};
}

}  // namespace noonmark::cli
