#include "edge/cli/up_network.h"

#include <algorithm>

#include "base/core/files.h"
#include "contest/submission/pointer.h"
#include "edge/cli/contest_file.h"
#include "edge/cli/fleet.h"
#include "edge/cli/locate.h"
#include "edge/evidence/sources.h"
#include "edge/miner/ticket.h"
#include "edge/source/fetch_package.h"
#include "edge/validator/day.h"
#include "edge/validator/service.h"
#include "ledger/client/chain_client.h"
#include "model/catalog/catalog.h"
#include "model/image/image.h"
#include "model/package/package.h"
#include "net/client/http_client.h"
#include "trial/runner/protocol.h"

namespace noonmark::cli {
namespace {

using network::Member;

constexpr book::NetUid kNetUid = 1;
constexpr core::Nanos kHeartbeat = std::chrono::milliseconds(200);
constexpr core::Nanos kUntilCutOff = std::chrono::seconds(25), kToOpen = std::chrono::seconds(20);
constexpr core::Nanos kStart = std::chrono::seconds(30), kSettle = std::chrono::minutes(10);
constexpr core::Nanos kToServe = std::chrono::minutes(2);
constexpr core::Nanos kStop = std::chrono::seconds(30);
constexpr int kKilled = 128;  // exit codes from here on say by which signal

std::filesystem::path day_folder(const Member& validator, const rules::ContestDay& day) {
  return validator::day_folder(validator::contest_folder(validator.home, validator.hotkey, day.contest), day);
}

std::string address_of(const Member& member) { return "127.0.0.1:" + std::to_string(member.port); }

/// Something can't be said yet: the weights haven't come, or the validator doesn't answer (it has just been started).
bool is_open(const evidence::ValidatorReport& report) {
  using Answer = evidence::Check::Answer;
  return std::ranges::any_of(report.checks, [](const evidence::Check& check) {
    return check.answer == Answer::open || (check.answer == Answer::differs && check.what == "bundle");
  });
}

/// Its time to be opened has passed with the day that it was for.
bool is_late(const miner::Ticket& ticket, core::UnixNanos now) {
  return ticket.stage == miner::Stage::missed ||
         (ticket.stage == miner::Stage::entered && now >= ticket.cut_off + kToOpen);
}

}  // namespace

UpNetwork::UpNetwork(Context& context, network::Network network, const std::filesystem::path& contest_file,
                     validator::HoldRequest request, std::vector<std::filesystem::path> packages)
    : context_(context),
      network_(std::move(network)),
      contest_file_(std::filesystem::absolute(contest_file)),
      request_(std::move(request)),
      packages_(std::move(packages)),
      supervisor_(context.clock, [this](std::string_view process, std::string_view line) { tell(process, line); }) {}

void UpNetwork::tell(std::string_view process, std::string_view line) {
  std::string name(process);
  name.resize(std::max<std::size_t>(name.size(), 20), ' ');
  context_.screen.print(name + " | " + std::string(line));
}

core::Result<void> UpNetwork::tick() {
  if (context_.stop.load()) return core::cancelled("stopped; the same command goes on");
  supervisor_.tick(kHeartbeat);
  return {};
}

void UpNetwork::stop() { supervisor_.stop(kStop); }

core::Result<void> UpNetwork::begin(const Member& member, const std::string& process, std::vector<std::string> words,
                                    bool keep) {
  words.insert(words.begin(), program_);
  words.insert(words.end(), {"--home", member.home.string()});
  return supervisor_.start({process, std::move(words), network_.folder / "logs" / (process + ".log"), keep});
}

core::Result<void> UpNetwork::start() {
  program_ = TRY(own_executable()).string();
  TRY(begin(network_.node, "node",
            {"ledger", "run", "--genesis", network_.genesis.string(), "--listen", address_of(network_.node)}, true));
  for (const Member& miner : network_.miners) {
    const std::string store = (miner.home / "store").string();
    TRY(begin(miner, miner.name + " store", {"package", "serve", store, "--listen", address_of(miner)}, true));
  }
  ledger_.rpc = TRY(client::HttpRpc::open({.urls = {network_.node.url()}, .rounds = 1}, context_.clock));
  for (const core::Deadline deadline(context_.clock, kStart);;) {
    auto opened = client::ChainClient::open(*ledger_.rpc, context_.clock, {});
    if (opened.ok()) {
      ledger_.ledger = std::move(*opened);
      return {};
    }
    if (deadline.passed()) return opened.error().with_context("waiting for the node");
    TRY(tick());
  }
}

std::filesystem::path UpNetwork::day_folder(const rules::ContestDay& day) const {
  return cli::day_folder(network_.validators.at(0), day);
}

bool UpNetwork::is_held(const rules::ContestDay& day) const {
  return std::ranges::all_of(network_.validators,
                             [&](const Member& one) { return validator::is_finished(cli::day_folder(one, day)); });
}

/// Nobody worked while the entries were to be opened, so the day has none: everything was killed before, or slept.
core::Result<bool> UpNetwork::went_by(const rules::ContestDay& day, const std::filesystem::path& contest_file) const {
  const rules::Contest contest = TRY(load_contest(contest_file));
  const core::UnixNanos cut_off = TRY(rules::cut_off_of(contest.calendar, day.date));
  if (context_.clock.now() < cut_off + contest.submission.reveal) return false;
  return std::ranges::none_of(network_.validators, [&](const Member& one) {
    std::error_code ignored;
    return std::filesystem::exists(cli::day_folder(one, day) / validator::kRevealName, ignored);
  });
}

core::Result<std::filesystem::path> UpNetwork::todays_contest(const rules::ContestDay& day) const {
  const std::filesystem::path file = network_.folder / "days" / (day.text().substr(day.contest.size() + 1) + ".json");
  std::error_code problem;
  if (std::filesystem::exists(file, problem)) {
    if (!TRY(went_by(day, file))) return file;
    // The day gets another cut-off; what validators saw at the first one is void.
    for (const Member& one : network_.validators) std::filesystem::remove_all(cli::day_folder(one, day), problem);
  }
  rules::Contest contest = request_.contest;
  contest.baseline = std::filesystem::relative(request_.baseline, file.parent_path()).string();
  contest.calendar = TRY(rules::calendar_at(contest.calendar, context_.clock.now() + kUntilCutOff));
  contest.submission.reveal = std::chrono::duration_cast<std::chrono::seconds>(kToOpen);
  TRY(core::make_directories(file.parent_path()));
  TRY(core::write_file_atomic(file, codec::write_pretty(rules::to_json(contest)) + "\n"));
  return file;
}

std::vector<std::string> UpNetwork::on_ledger(std::vector<std::string> command, const Member& member,
                                              const std::filesystem::path& contest) const {
  command.insert(command.end(), {"--contest", contest.string(), "--ledger", network_.node.url(), "--netuid",
                                 std::to_string(kNetUid), "--wallet-path", member.wallets().string()});
  return command;
}

core::Result<void> UpNetwork::begin_validator(const Member& member, const std::filesystem::path& contest, bool keep) {
  std::vector<std::string> words = on_ledger({"validator", "run"}, member, contest);
  words.insert(words.end(),
               {"--listen", address_of(member), "--one-at-a-time", (network_.folder / "measuring").string(),
                "--weights-interval", "10", "--allow-private-addresses"});
  if (!keep) words.insert(words.end(), {"--days", "1"});
  return begin(member, member.name, std::move(words), keep);
}

/// A miner of an earlier day has its entry on the ledger already; one that was cut off goes on, in time or anew.
core::Result<void> UpNetwork::begin_entry(std::size_t index, const std::filesystem::path& contest) {
  const Member& miner = network_.miners.at(index);
  const auto ticket =
      miner::load_ticket(miner::ticket_file(miner.home / "entries", request_.contest.id, kNetUid, miner.hotkey));
  if (ticket.ok() && ticket->stage == miner::Stage::opened) return {};
  std::vector<std::string> words = on_ledger({"submit"}, miner, contest);
  if (ticket.ok() && !is_late(*ticket, context_.clock.now())) {
    words.emplace_back("--resume");
    return begin(miner, miner.name, std::move(words), false);
  }
  const std::filesystem::path package = miner.home / "package";
  std::error_code problem;
  if (!std::filesystem::exists(package, problem)) {
    std::filesystem::copy(packages_.at(index), package, std::filesystem::copy_options::recursive, problem);
    if (problem) return core::internal("cannot copy " + packages_[index].string() + ": " + problem.message());
  }
  words.insert(words.end(), {package.string(), "--store", miner.url(), "--store-dir", (miner.home / "store").string(),
                             "--no-bench"});
  return begin(miner, miner.name, std::move(words), false);
}

core::Result<void> UpNetwork::await(const std::vector<std::string>& processes, const std::filesystem::path& contest) {
  for (;;) {
    bool working = false;
    for (const std::string& name : processes) {
      const std::optional<int> code = supervisor_.exit_code(name);
      if (!code) working = true;
      if (!code || *code == 0) continue;
      const auto validator = std::ranges::find(network_.validators, name, &Member::name);
      if (validator == network_.validators.end() || *code < kKilled) {
        return core::internal(name + " ended with code " + std::to_string(*code) + "; see " +
                              (network_.folder / "logs" / (name + ".log")).string());
      }
      working = true;
      TRY(begin_validator(*validator, contest, false));
    }
    if (!working) return {};
    TRY(tick());
  }
}

core::Result<void> UpNetwork::hold_today(const rules::ContestDay& day) {
  const std::filesystem::path contest = TRY(todays_contest(day));
  std::vector<std::string> validators;
  for (const Member& one : network_.validators) {
    TRY(begin_validator(one, contest, false));
    validators.push_back(one.name);
  }
  for (std::size_t i = 0; i < network_.miners.size(); ++i) TRY(begin_entry(i, contest));
  return await(validators, contest);
}

core::Result<void> UpNetwork::follow_calendar() {
  for (const Member& one : network_.validators) TRY(begin_validator(one, contest_file_, true));
  return {};
}

core::Result<void> UpNetwork::begin_gateway() {
  const Member& gateway = network_.gateway;
  std::vector<std::string> words = {
      "gateway", "--listen",      address_of(gateway),        "--open",    "--wallet",
      "default", "--wallet-path", gateway.wallets().string(), "--catalog", catalog_folder().string()};
  for (const Member& worker : network_.workers) words.insert(words.end(), {"--worker", worker.hotkey.ss58()});
  return begin(gateway, gateway.name, std::move(words), true);
}

core::Result<void> UpNetwork::begin_worker(const Member& worker) {
  return begin(worker, worker.name,
               {"worker", "--gateway", network_.gateway.url(), "--gateway-account", network_.gateway.hotkey.ss58(),
                "--follow", "--package-dir", (worker.home / "packages").string(), "--wallet", "default",
                "--wallet-path", worker.wallets().string()},
               true);
}

std::filesystem::path UpNetwork::catalog_folder() const { return network_.gateway.home / "catalog"; }

/// The winner's package, from its maker's store, into the catalog. Workers fetch it from the gateway.
core::Result<void> UpNetwork::publish(const sign::AccountId& miner, const hash::Digest& package,
                                      const std::string& verdict, double fidelity) {
  const auto maker = std::ranges::find(network_.miners, miner, &Member::hotkey);
  if (maker == network_.miners.end()) return core::not_found("no miner of this network has the key " + miner.ss58());
  const source::Source place = TRY(source::parse_source(submission::place_of(maker->url(), package)));
  fetch::Policy policy;
  policy.stop = &context_.stop;
  fetch::Fetcher fetcher(context_.clock, policy);
  const std::filesystem::path folder = catalog_folder(), fetched = folder / "fetched";
  std::error_code problem;
  std::filesystem::remove_all(fetched, problem);
  TRY(core::make_directories(catalog_packages(folder)));
  const source::Fetched got = TRY(source::fetch_package(place, fetcher, context_.clock, fetched));
  const package::Manifest& manifest = got.package.manifest();
  catalog::Release release;
  release.model = request_.contest.id;
  release.task = manifest.task;
  release.package = package::content_digest(manifest);
  for (const package::FileEntry& file : manifest.files) release.bytes += file.size;
  release.verdict = verdict;
  release.fidelity = fidelity;
  const std::filesystem::path kept = catalog_packages(folder) / release.package.hex();
  if (!std::filesystem::exists(kept, problem)) std::filesystem::rename(fetched, kept, problem);
  if (problem) return core::internal("cannot keep the winner's package: " + problem.message());
  catalog::Catalog catalog = TRY(catalog::load(catalog_file(folder)));
  catalog.put(release);
  return catalog::save(catalog_file(folder), catalog);
}

core::Result<void> UpNetwork::serve(const sign::AccountId& miner, const hash::Digest& package,
                                    const std::string& verdict, double fidelity) {
  TRY(publish(miner, package, verdict, fidelity));
  if (serves_) return {};  // they follow the catalog
  TRY(begin_gateway());
  for (const Member& worker : network_.workers) TRY(begin_worker(worker));
  serves_ = true;
  client::HttpClient caller(client::Address::tcp("127.0.0.1", network_.gateway.port), context_.clock);
  http::Request request;
  request.target = "/readyz";
  for (const core::Deadline deadline(context_.clock, kToServe);;) {
    const auto ready = caller.send(request, kStart);
    if (ready.ok() && ready->status == 200) return {};
    if (deadline.passed())
      return core::timeout("no worker serves anything; see " + (network_.folder / "logs").string());
    TRY(tick());
  }
}

core::Result<std::filesystem::path> UpNetwork::ask_for_picture(std::string_view prompt) {
  client::HttpClient caller(client::Address::tcp("127.0.0.1", network_.gateway.port), context_.clock);
  http::Request request;
  request.method = "POST";
  request.target = "/v1/images/generations";
  request.headers.add("Content-Type", "application/json");
  request.body = codec::write_json(codec::Json::object({{"prompt", std::string(prompt)}}));
  const http::Response answer = TRY(caller.send(request, kToServe));
  if (answer.status != 200) return core::unavailable("the gateway says: " + runner::error_message(answer.body));
  const std::vector<image::Image> images = TRY(runner::parse_answer(answer.body, {}));
  const core::Bytes png = TRY(image::encode_png(images.at(0)));
  const std::filesystem::path file = network_.folder / "picture.png";
  TRY(core::write_file_atomic(file, png));
  return file;
}

core::Result<evidence::DayReport> UpNetwork::settle(const rules::ContestDay& day) {
  fetch::Policy policy;
  policy.stop = &context_.stop;
  fetch::Fetcher fetcher(context_.clock, policy);
  const evidence::Fetch fetch = evidence::fetch_with(fetcher);
  for (const core::Deadline deadline(context_.clock, kSettle);;) {
    auto report = evidence::verify_day(*ledger_.ledger, kNetUid, day, fetch);
    if (!report.ok() && deadline.passed()) return report.error();
    if (report.ok() && (deadline.passed() || std::ranges::none_of(report->validators, is_open))) return report;
    for (const core::Deadline pause(context_.clock, std::chrono::seconds(3)); !pause.passed();) TRY(tick());
  }
}

core::Result<book::Metagraph> UpNetwork::next_pay() {
  std::optional<book::BlockNumber> wanted;
  for (;;) {
    const book::BlockRef head = TRY(ledger_.ledger->head());
    book::Metagraph subnet = TRY(ledger_.ledger->metagraph(kNetUid, head));
    if (!wanted) wanted = head.number + subnet.rules.tempo + 1;
    if (head.number >= *wanted) return subnet;
    TRY(tick());
  }
}

}  // namespace noonmark::cli
