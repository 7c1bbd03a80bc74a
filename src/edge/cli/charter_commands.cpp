#include "base/core/files.h"
#include "contest/charter/charter.h"
#include "edge/cli/charter_access.h"
#include "edge/cli/commands.h"
#include "edge/cli/contest_file.h"
#include "edge/cli/ledger_access.h"
#include "edge/cli/table.h"
#include "edge/cli/wallet_access.h"

namespace noonmark::cli {
namespace {

using charter::Charter;
using codec::Json;

core::Result<Charter> read_charter(Context& context) {
  const std::filesystem::path file = *context.arguments.text("FILE");
  const auto owner = sign::AccountId::parse(*context.arguments.text("--owner"));
  if (!owner.ok()) return core::usage("--owner: " + owner.error().message);
  return Charter::verify(TRY(core::read_text(file, kMaxCharter)), *owner).context("charter " + file.string());
}

void print_charter(Context& context, const Charter& charter) {
  Json contests = Json::array(), exclusions = Json::array();
  Table running({{"contest"}, {"share", Table::Align::right}, {"since"}, {"definition"}});
  for (const auto& [id, contest] : charter.contests()) {
    contests.push_back(Json::object({{"id", id},
                                     {"share", contest.share},
                                     {"since", rules::to_text(contest.since)},
                                     {"digest", "sha256:" + contest.digest.hex()}}));
    running.add({id, fixed(contest.share, 3), rules::to_text(contest.since), contest.digest.hex().substr(0, 16)});
  }
  Table excluded({{"excluded"}, {"package"}, {"since"}, {"reason"}});
  for (const charter::Excluded& entry : charter.exclusions()) {
    const auto& content = entry.exclusion.content;
    Json json = Json::object({{"account", entry.exclusion.account.ss58()},
                              {"since", rules::to_text(entry.since)},
                              {"reason", entry.exclusion.reason}});
    if (content) json["content"] = "sha256:" + content->hex();
    exclusions.push_back(std::move(json));
    excluded.add({entry.exclusion.account.ss58(), content ? content->hex().substr(0, 16) : "any",
                  rules::to_text(entry.since), entry.exclusion.reason});
  }
  context.output.print(Json::object({{"ok", true},
                                     {"owner", charter.owner().ss58()},
                                     {"statements", static_cast<std::int64_t>(charter.statements().size())},
                                     {"contests", std::move(contests)},
                                     {"exclusions", std::move(exclusions)}}),
                       std::to_string(charter.statements().size()) + " statements of " + charter.owner().ss58() + "\n" +
                           running.text() + excluded.text());
}

core::Result<Answer> show_charter(Context& context) {
  print_charter(context, TRY(read_charter(context)));
  return Answer::yes;
}

core::Result<Answer> verify_charter(Context& context) {
  const auto charter = read_charter(context);
  if (charter.ok()) {
    context.output.print(Json::object({{"ok", true}}), "every statement is its owner's, in unbroken order\n");
    return Answer::yes;
  }
  if (charter.error().kind != core::ErrorKind::invalid && charter.error().kind != core::ErrorKind::denied &&
      charter.error().kind != core::ErrorKind::conflict) {
    return charter.error();
  }
  context.output.print(Json::object({{"ok", false}, {"reason", charter.error().message}}),
                       charter.error().message + "\n");
  return Answer::no;
}

core::Result<charter::Body> body_of(const Invocation& arguments) {
  const std::string reason = arguments.text("--reason").value_or("");
  const auto contest = arguments.text("--contest"), close = arguments.text("--close"),
             exclude = arguments.text("--exclude"), readmit = arguments.text("--readmit");
  if (contest.has_value() + close.has_value() + exclude.has_value() + readmit.has_value() != 1) {
    return core::usage("say one thing: --contest, --close, --exclude or --readmit");
  }
  if (contest) {
    const auto share = TRY(arguments.number("--share", 0, 1));
    const std::filesystem::path file = TRY(find_contest(*contest));
    return charter::Body(charter::OpenContest{TRY(load_contest(file)), share.value_or(1)});
  }
  if (close) return charter::Body(charter::CloseContest{*close, reason});
  charter::Exclusion exclusion{TRY(sign::AccountId::parse(exclude ? *exclude : *readmit)), {}, reason};
  if (const auto content = arguments.text("--content")) exclusion.content = TRY(hash::Digest::parse(*content));
  if (exclude) return charter::Body(charter::Exclude{std::move(exclusion)});
  return charter::Body(charter::Readmit{std::move(exclusion)});
}

core::Result<Answer> append_charter(Context& context) {
  const std::filesystem::path file = *context.arguments.text("FILE");
  charter::Body body = TRY(body_of(context.arguments));
  const sign::Sr25519Pair key = TRY(load_coldkey(context));
  const auto text = core::read_text(file, kMaxCharter);
  if (!text.ok() && text.error().kind != core::ErrorKind::not_found) return text.error();
  Charter charter = TRY(Charter::verify(text.value_or(""), key.account()).context("charter " + file.string()));
  TRY(charter.append(std::move(body), context.clock.now(), key));
  TRY(core::write_file_atomic(file, charter.text()));
  print_charter(context, charter);
  return Answer::yes;
}

}  // namespace

std::vector<Command> charter_commands() {
  const Parameter file{"FILE", "", "The charter (one JSON line for each statement)", true, false};
  const Parameter owner{"--owner", "SS58", "The subnet owner's cold key", true, false};
  std::vector<Parameter> append = {file,
                                   {"--contest", "FILE|ID", "Hold this contest from now on", false, false},
                                   {"--share", "X", "Its share of the reward (default: 1)", false, false},
                                   {"--close", "ID", "Hold this contest no more", false, false},
                                   {"--exclude", "SS58", "Leave a hot or cold key out", false, false},
                                   {"--readmit", "SS58", "Take its exclusion back", false, false},
                                   {"--content", "DIGEST", "Only this package of the key", false, false},
                                   {"--reason", "TEXT", "Why, for everybody to read", false, false}};
  for (const Parameter& parameter : wallet_parameters()) append.push_back(parameter);
  return {{{"charter show", "Show what a charter has in force", {file, owner}}, show_charter},
          {{"charter verify", "Check every signature and link of a charter", {file, owner}}, verify_charter},
          {{"charter append", "Say one more thing as the subnet's owner", append}, append_charter}};
}

}  // namespace noonmark::cli
