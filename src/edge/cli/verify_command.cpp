#include "contest/rules/contest.h"
#include "edge/cli/charter_access.h"
#include "edge/cli/commands.h"
#include "edge/cli/ledger_access.h"
#include "edge/evidence/verify_day.h"
#include "storage/blobs/directory_store.h"

namespace noonmark::cli {
namespace {

core::Result<Answer> verify_day(Context& context) {
  const rules::ContestDay day = TRY(rules::ContestDay::parse(*context.arguments.text("CONTEST-DAY")));
  const book::NetUid netuid = TRY(netuid_of(context));
  evidence::VerifySettings settings;
  if (const auto contest = context.arguments.text("--contest")) {
    const std::filesystem::path file = TRY(find_contest(*contest));
    settings.contest = rules::digest_of(TRY(rules::load_contest(file)));
  }
  std::unique_ptr<blobs::DirectoryStore> mirror;
  if (const auto folder = context.arguments.text("--mirror")) {
    mirror = TRY(blobs::DirectoryStore::open(*folder));
    settings.mirror = mirror.get();
  }
  const OpenLedger opened = TRY(open_ledger(context));
  if (const auto charter = TRY(load_charter(context, *opened.ledger, netuid))) {
    settings.lists = charter->lists();
    const auto running = charter->contests().find(day.contest);
    if (!settings.contest && running != charter->contests().end()) settings.contest = running->second.digest;
  }
  fetch::Policy policy;
  policy.stop = &context.stop;
  fetch::Fetcher fetcher(context.clock, policy);
  const evidence::Fetch fetch = evidence::fetch_with(fetcher);
  const evidence::DayReport report = TRY(evidence::verify_day(*opened.ledger, netuid, day, fetch, settings));
  context.output.print(evidence::to_json(report), evidence::to_text(report));
  return report.ok() ? Answer::yes : Answer::no;
}

}  // namespace

std::vector<Command> verify_commands() {
  std::vector<Parameter> parameters = {
      {"CONTEST-DAY", "", "Contest and date of its cut-off, such as emoji-cpu/2026-11-26", true, false},
      {"--contest", "FILE", "The definition that must have been held: a file, or the id of one that comes with it",
       false, false},
      charter_parameter(),
      {"--mirror", "DIR", "Keep everything that is fetched there, and look there first", false, false}};
  for (const Parameter& parameter : ledger_parameters()) parameters.push_back(parameter);
  return {{{"verify", "Recompute a contest day of all validators of a subnet, trusting only the ledger", parameters},
           verify_day}};
}

}  // namespace noonmark::cli
