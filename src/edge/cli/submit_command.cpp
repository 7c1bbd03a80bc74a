#include "base/core/files.h"
#include "base/core/random.h"
#include "contest/conduct/replay.h"
#include "edge/cli/charter_access.h"
#include "edge/cli/commands.h"
#include "edge/cli/contest_document.h"
#include "edge/cli/contest_file.h"
#include "edge/cli/hold_contest.h"
#include "edge/cli/ledger_access.h"
#include "edge/cli/table.h"
#include "edge/cli/wallet_access.h"
#include "edge/miner/prepare.h"
#include "edge/miner/program.h"
#include "edge/miner/status.h"
#include "edge/miner/submitter.h"

namespace noonmark::cli {
namespace {

std::filesystem::path tickets_folder(const Context& context) { return context.settings.home() / "entries"; }

/// "1 d 3 h", "2 h 5 min", "4 min 7 s".
std::string duration_text(core::Nanos duration) {
  const auto seconds = std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::seconds>(duration).count());
  const auto two = [](std::int64_t a, const char* unit, std::int64_t b, const char* smaller) {
    return std::to_string(a) + unit + std::to_string(b) + smaller;
  };
  if (seconds >= 86'400) return two(seconds / 86'400, " d ", seconds % 86'400 / 3600, " h");
  if (seconds >= 3600) return two(seconds / 3600, " h ", seconds % 3600 / 60, " min");
  return two(seconds / 60, " min ", seconds % 60, " s");
}

/// Measures the package as a validator does. Fails: invalid when it wouldn't be ranked.
core::Result<void> bench_first(Context& context, const std::filesystem::path& file,
                               const std::filesystem::path& package) {
  validator::HoldRequest request = TRY(hold_request(file));
  request.entries = {package};
  const core::TempDir scratch = TRY(core::TempDir::create("noonmark-bench"));
  request.out = scratch.path();
  const validator::Held held = TRY(hold_contest(context, request));
  const conduct::Replay replay = TRY(conduct::replay(held.text));
  const ContestDocument document = TRY(document_of(replay.state, ""));
  context.output.note(to_text(document));
  const EntryLine& entry = document.entries.at(0);
  if (entry.rank) return {};
  return core::invalid("the package " + entry.status + " here (" + entry.reason +
                       "); mend it, or submit it all the same with --no-bench");
}

/// What is to be done with the package before it is entered. Leaves a ticket on disk.
core::Result<miner::Ticket> plan_entry(Context& context, const std::filesystem::path& file,
                                       const sign::Sr25519Pair& hotkey, miner::Submitter& submitter) {
  const Invocation& arguments = context.arguments;
  const auto package = arguments.text("PACKAGE");
  if (!package) return core::usage("PACKAGE is required; only --resume goes on without it");
  if (arguments.has("--store") == arguments.has("--pointer")) {
    return core::usage(
        "say where validators find the package: --store URL of your own store ('noonmark package "
        "serve'), or --pointer hf:owner/repo@COMMIT, git+https://…@TAG or https://….tar.zst");
  }
  const validator::HoldRequest request = TRY(hold_request(file));
  if (const auto program = arguments.text("--optimize"); program && !arguments.has("--no_optimizations")) {
    TRY(miner::run_program(*program, *package, context.clock, context.stop));
  }
  miner::Place place{{}, arguments.text("--pointer").value_or("")};
  if (const auto url = arguments.text("--store")) {
    const auto folder = arguments.text("--store-dir");
    place = {folder ? std::filesystem::path(*folder) : context.settings.home() / "store", *url};
  }
  const miner::Prepared prepared = TRY(miner::prepare(*package, request.contest, request.baseline, hotkey, place));
  if (!prepared.archive.empty()) context.output.note("packed into " + prepared.archive.string());
  if (!arguments.has("--no-bench")) TRY(bench_first(context, file, *package));
  std::optional<submission::Salt> salt;
  if (!arguments.has("--open")) core::fill_secure_random(salt.emplace());
  return submitter.plan(prepared.content, prepared.pointer, salt);
}

/// One bar for each thing that is waited for.
class WaitBar {
 public:
  explicit WaitBar(Context& context) : context_(context) {}
  void operator()(std::string_view doing, core::UnixNanos until) {
    const core::Nanos left = until - context_.clock.now();
    if (doing != doing_ || until != until_) {
      doing_ = doing;
      until_ = until;
      total_ = std::max(1.0, std::chrono::duration<double>(left).count());
      context_.screen.begin(doing_, total_);
    }
    const double done = total_ - std::chrono::duration<double>(left).count();
    context_.screen.advance_to(std::clamp(done, 0.0, total_), duration_text(left) + " left");
  }

 private:
  Context& context_;
  std::string doing_;
  core::UnixNanos until_{};
  double total_ = 1;
};

void print_status(Context& context, const miner::Status& status, const miner::Ticket& ticket) {
  std::string text = "contest  " + ticket.contest + "\nentry    sha256:" + ticket.open.content.hex() + "\nkey      " +
                     ticket.hotkey.ss58() + "\nstate    " + status.state + ": " + status.message + "\n";
  if (!status.code.empty()) text += "reason   " + status.code + "\n";
  if (status.until) {
    text += "until    " + rules::to_text(*status.until) + ", " + duration_text(*status.until - context.clock.now()) +
            " left\n";
  }
  Table table({{"validator"}, {"winner"}, {"evidence"}});
  for (const miner::Voice& voice : status.voices) {
    table.add({voice.validator.ss58(), voice.winner == hash::Digest{} ? "nobody" : voice.winner.hex().substr(0, 16),
               voice.evidence});
  }
  context.output.print(miner::to_json(status, ticket), text + (status.voices.empty() ? "" : table.text()));
}

core::Result<Answer> submit(Context& context) {
  const Invocation& arguments = context.arguments;
  const std::filesystem::path file = TRY(find_contest(*arguments.text("--contest")));
  const rules::Contest contest = TRY(load_contest(file));
  const book::NetUid netuid = TRY(netuid_of(context));
  const sign::Sr25519Pair hotkey = TRY(load_hotkey(context));
  const OpenLedger opened = TRY(open_ledger(context));
  TRY(stay_with(opened, tickets_folder(context)));
  book::Ledger& ledger = *opened.ledger;
  const auto waiting = std::make_shared<WaitBar>(context);
  miner::Submitter submitter(contest, netuid, tickets_folder(context),
                             {ledger, hotkey, context.clock, context.stop,
                              [waiting](std::string_view doing, core::UnixNanos until) { (*waiting)(doing, until); }});
  miner::Ticket ticket =
      arguments.has("--resume") ? TRY(submitter.ticket()) : TRY(plan_entry(context, file, hotkey, submitter));
  if (!arguments.has("--dry-run")) ticket = TRY(submitter.enter());
  if (ticket.entered && !arguments.has("--no-wait")) ticket = TRY(submitter.open());
  context.screen.end();
  print_status(context, TRY(miner::status_of(ticket, contest, {}, ledger)), ticket);
  return Answer::yes;
}

core::Result<Answer> status(Context& context) {
  const std::filesystem::path definition = TRY(find_contest(*context.arguments.text("--contest")));
  const rules::Contest contest = TRY(load_contest(definition));
  const book::NetUid netuid = TRY(netuid_of(context));
  const sign::AccountId hotkey = TRY(load_hotkey(context)).account();
  const miner::Ticket ticket =
      TRY(miner::load_ticket(miner::ticket_file(tickets_folder(context), contest.id, netuid, hotkey)));
  const OpenLedger opened = TRY(open_ledger(context));
  TRY(stay_with(opened, tickets_folder(context)));
  book::Ledger& ledger = *opened.ledger;
  const auto charter = TRY(load_charter(context, ledger, netuid));
  const submission::Lists lists = charter ? charter->lists() : submission::Lists{};
  print_status(context, TRY(miner::status_of(ticket, contest, lists, ledger)), ticket);
  return Answer::yes;
}

std::vector<Parameter> joined(std::vector<Parameter> first, const std::vector<std::vector<Parameter>>& more) {
  for (const auto& parameters : more) first.insert(first.end(), parameters.begin(), parameters.end());
  return first;
}

}  // namespace

std::vector<Command> miner_commands() {
  const Parameter contest{"--contest", "FILE|ID", "Contest definition, or the id of one that comes along", true, false};
  return {
      {{"submit", "Enter your package into a contest: check, measure, pack, seal before the cut-off, open after it",
        joined({{"PACKAGE", "", "Package directory", false, false},
                contest,
                {"--store", "URL", "Where your own store can be reached", false, false},
                {"--store-dir", "DIR", "Its folder here (default: store in the data directory)", false, false},
                {"--repository,--pointer", "PLACE", "Where the package lies elsewhere", false, false},
                {"--open", "", "Enter it for everybody to see at once, without a seal", false, false},
                {"--no-bench", "", "Don't measure it here first", false, false},
                {"--no-wait", "", "End once it is in a block; --resume opens it", false, false},
                {"--dry-run", "", "Prepare everything and send nothing; --resume sends it", false, false},
                {"--resume", "", "Go on with the entry that was begun", false, false},
                {"--optimize", "PROGRAM", "A program of yours that gets the package's directory first", false, false},
                {"--no_optimizations", "", "Leave --optimize out", false, false},
                {"--no_commit", "", "Taken and not used: no model is uploaded", false, false},
                {"--commit_message", "TEXT", "Taken and not used either", false, false}},
               {ledger_parameters(), wallet_parameters()})},
       submit},
      {{"status", "Show where your entry is on its way through the day",
        joined({contest, charter_parameter()}, {ledger_parameters(), wallet_parameters()})},
       status},
  };
}

}  // namespace noonmark::cli
