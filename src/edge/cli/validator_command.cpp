#include <cmath>

#include "base/core/directory_lock.h"
#include "base/core/files.h"
#include "base/core/random.h"
#include "contest/submission/pointer.h"
#include "edge/cli/charter_access.h"
#include "edge/cli/commands.h"
#include "edge/cli/contest_document.h"
#include "edge/cli/hold_contest.h"
#include "edge/cli/ledger_access.h"
#include "edge/cli/report_page.h"
#include "edge/cli/testers.h"
#include "edge/cli/wallet_access.h"
#include "edge/source/fetch_package.h"
#include "edge/validator/service.h"
#include "net/server/http_server.h"
#include "storage/blobs/directory_store.h"

namespace noonmark::cli {
namespace {

constexpr std::string_view kDefaultListen = "127.0.0.1:9190";

/// Packages by the pointers that miners committed. Their addresses are strangers' words, so only public ones are
/// connected to unless the network is one's own.
validator::FetchPackage fetch_packages(Context& context, const rules::Contest& contest) {
  fetch::Policy policy;
  policy.public_addresses_only = !context.arguments.has("--allow-private-addresses");
  policy.stop = &context.stop;
  const auto fetcher = std::make_shared<fetch::Fetcher>(context.clock, policy);
  source::FetchLimits limits;
  limits.archive.package.total_bytes = static_cast<std::uint64_t>(contest.limits.package_mib) << 20;
  limits.time = contest.limits.entry;
  return [fetcher, limits, &context](const submission::Entrant& entrant,
                                     const std::filesystem::path& target) -> core::Result<void> {
    const std::string text = submission::place_of(entrant.pointer, entrant.content);
    const source::Source place = TRY(source::parse_source(text));
    TRY(source::fetch_package(place, *fetcher, context.clock, target, {}, limits));
    return {};
  };
}

/// The owner's word on contests and exclusions, where one is given.
core::Result<void> obey_charter(Context& context, book::Ledger& ledger, validator::ServiceSettings& settings) {
  const auto charter = TRY(load_charter(context, ledger, settings.netuid));
  if (!charter) return {};
  const auto running = charter->contests().find(settings.contest.id);
  if (running == charter->contests().end()) return core::denied("the charter has no contest " + settings.contest.id);
  if (running->second.digest != rules::digest_of(settings.contest)) {
    return core::denied("the charter defines " + settings.contest.id +
                        " otherwise than the file given; use its definition");
  }
  settings.share = std::max(1, static_cast<int>(std::lround(running->second.share * plan::kMaxShare)));
  settings.lists = charter->lists();
  return {};
}

core::Result<validator::ServiceSettings> service_settings(Context& context, book::Ledger& ledger,
                                                          const sign::AccountId& account) {
  const Invocation& arguments = context.arguments;
  validator::ServiceSettings settings;
  const std::filesystem::path file = TRY(find_contest(*arguments.text("--contest")));
  const validator::HoldRequest request = TRY(hold_request(file));
  settings.contest = request.contest;
  settings.baseline = std::filesystem::absolute(request.baseline);
  settings.features = request.features;
  settings.netuid = TRY(netuid_of(context));
  settings.home = validator::contest_folder(context.settings.home(), account, settings.contest.id);
  settings.evidence_url = arguments.text("--evidence-url")
                              .value_or("http://" + arguments.text("--listen").value_or(std::string(kDefaultListen)));
  if (arguments.has("--allow-private-addresses")) settings.fetch_pause = std::chrono::seconds(2);
  TRY(obey_charter(context, ledger, settings));
  return settings;
}

/// A finished day for whoever watches: the report, and one document.
core::Result<void> tell(Context& context, const validator::Service::Finished& finished,
                        const std::filesystem::path& baseline) {
  codec::Json json =
      codec::Json::object({{"day", finished.day.text()}, {"validator", finished.bundle.validator.ss58()}});
  std::string text = "\n" + finished.day.text() + "\n";
  if (finished.record) {
    const std::filesystem::path record = finished.folder / validator::kRecordName;
    const conduct::Replay replay = TRY(conduct::replay(*finished.record));
    const ContestDocument document = TRY(document_of(replay.state, record.string()));
    std::vector<std::filesystem::path> entries;
    for (const auto& entry : replay.state.admitted->admissions.entries) {
      entries.push_back(finished.folder / validator::kEntriesName / entry.name);
    }
    const std::filesystem::path page = TRY(write_report(replay, record, baseline, entries));
    json["contest"] = to_json(document);
    json["report"] = page.string();
    text += to_text(document) + "report   " + page.string() + "\n";
  }
  if (finished.bundle.winner) json["winner"] = finished.bundle.winner->hex();
  text += "winner   " + (finished.bundle.winner ? finished.bundle.winner->hex() : std::string("nobody")) + "\n";
  context.output.print(json, text);
  return {};
}

/// Two validators that measure on one machine at once would measure each other.
core::Result<std::optional<core::DirectoryLock>> wait_for_turn(Context& context) {
  const auto folder = context.arguments.text("--one-at-a-time");
  if (!folder) return std::optional<core::DirectoryLock>();
  TRY(core::make_directories(*folder));
  for (;;) {
    auto lock = core::DirectoryLock::acquire(*folder);
    if (lock.ok()) return std::optional(std::move(*lock));
    if (lock.error().kind != core::ErrorKind::conflict) return lock.error();
    if (context.stop.load()) return core::cancelled("stopped while another validator measured on this machine");
    context.clock.sleep_for(std::chrono::milliseconds(200));
  }
}

core::Result<Answer> run_validator(Context& context) {
  const Invocation& arguments = context.arguments;
  const sign::Sr25519Pair hotkey = TRY(load_hotkey(context));
  const OpenLedger opened = TRY(open_ledger(context));
  const validator::ServiceSettings settings = TRY(service_settings(context, *opened.ledger, hotkey.account()));
  TRY(stay_with(opened, settings.home));
  const core::DirectoryLock lock = TRY(core::DirectoryLock::acquire(settings.home));
  const auto store = TRY(blobs::DirectoryStore::open(settings.home / "public"));
  evidence::Shelf shelf(*store, settings.home);
  const Listening address = TRY(parse_address(arguments.text("--listen").value_or(std::string(kDefaultListen))));
  const auto server = TRY(server::HttpServer::start(
      server::Endpoint::tcp(address.host, address.port),
      [&](const http::Request& request, server::Responder responder) { responder.respond(shelf.answer(request)); }));
  payout::Settings payout_settings;
  if (const auto blocks = TRY(arguments.integer("--weights-interval", 1, 100'000)))
    payout_settings.interval = static_cast<book::BlockNumber>(*blocks);
  payout::Payout payout =
      TRY(payout::Payout::open(*opened.ledger, settings.netuid, hotkey, settings.home / "payout.json",
                               core::fill_secure_random, payout_settings));
  std::unique_ptr<tester::Desk> desk;
  if (const auto listen = arguments.text("--testers-listen")) {
    desk = TRY(open_desk(context, *listen, hotkey.account(), arguments.texts("--tester")));
  }
  const auto hold = [&](const validator::HoldRequest& wanted) -> core::Result<validator::Held> {
    validator::HoldRequest request = wanted;
    if (desk) use_testers(context, request, *desk);
    const auto alone = TRY(wait_for_turn(context));
    return hold_contest(context, request);
  };
  validator::Service service(settings, {*opened.ledger, hotkey, payout, shelf, *store, context.clock, context.log,
                                        context.stop, fetch_packages(context, settings.contest), hold});
  service.on_finished = [&](const validator::Service::Finished& finished) {
    if (const auto told = tell(context, finished, settings.baseline); !told.ok()) {
      context.log.warning("cannot show the day", {{"why", told.error().message}});
    }
  };
  context.log.info(
      "validator",
      {{"account", hotkey.account().ss58()}, {"contest", settings.contest.id}, {"evidence", settings.evidence_url}});
  const auto days = TRY(arguments.integer("--days", 1, 1'000'000));
  while (!context.stop.load() && (!days || service.finished() < *days)) {
    const core::Nanos pause = TRY(service.tick());
    context.clock.sleep_for(pause);
  }
  return Answer::yes;
}

}  // namespace

std::vector<Command> validator_commands() {
  CommandSpec spec{
      "validator run",
      "Validate a contest on a subnet: collect, try, prove and pay, every day",
      {{"--contest", "FILE|ID", "The contest", true, false},
       {"--listen", "HOST:PORT", "Where evidence is served (default: 127.0.0.1:9190)", false, false},
       {"--evidence-url", "URL", "The same as others reach it; at most 48 bytes", false, false},
       charter_parameter(),
       {"--weights-interval", "BLOCKS", "Blocks between two rows of weights (default: 100)", false, false},
       {"--testers-listen", "HOST:PORT", "Have entries measured by testers that ask here", false, false},
       {"--tester", "SS58", "A tester that may", false, true},
       {"--allow-private-addresses", "", "Fetch packages from this machine and private networks too", false, false},
       {"--one-at-a-time", "FILE", "Measure only while no other validator on this machine holds this lock", false,
        false},
       {"--days", "N", "End after so many finished days", false, false}}};
  for (const auto& more : {ledger_parameters(), wallet_parameters()}) {
    spec.parameters.insert(spec.parameters.end(), more.begin(), more.end());
  }
  return {{std::move(spec), run_validator}};
}

}  // namespace noonmark::cli
