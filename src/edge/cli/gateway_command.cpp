#include <array>
#include <bit>
#include <set>

#include "base/core/random.h"
#include "edge/cli/commands.h"
#include "edge/cli/fleet.h"
#include "edge/cli/testers.h"
#include "edge/hub/hub_pages.h"
#include "edge/openai/api.h"
#include "edge/sdapi/sdapi.h"
#include "net/server/http_server.h"
#include "serving/link/gate.h"

namespace noonmark::cli {
namespace {

constexpr std::string_view kDefaultListen = "127.0.0.1:8080";
constexpr core::Nanos kTick = std::chrono::milliseconds(20);
constexpr int kTicksToSweep = 50;
constexpr std::chrono::seconds kDrain{30};

server::Limits server_limits() {
  server::Limits limits;
  limits.message.body_bytes = std::uint64_t{8} << 20;
  limits.websocket.message_bytes = std::uint64_t{1} << 20;
  limits.connections = 20'000;
  limits.requests_in_flight = 4096;
  limits.stream_buffer = std::size_t{16} << 20;
  return limits;
}

/// Who may serve: the accounts named, or anybody.
core::Result<std::function<bool(const sign::AccountId&)>> workers_allowed(const Invocation& arguments) {
  const std::vector<std::string> named = arguments.texts("--worker");
  if (arguments.has("--any-worker") == !named.empty()) {
    return core::usage(
        "name the workers that may serve, each with --worker SS58, or take everybody's with --any-worker");
  }
  if (named.empty()) return std::function<bool(const sign::AccountId&)>([](const sign::AccountId&) { return true; });
  std::set<sign::AccountId> accounts;
  for (const std::string& text : named) accounts.insert(TRY(sign::AccountId::parse(text)));
  return std::function<bool(const sign::AccountId&)>(
      [accounts](const sign::AccountId& who) { return accounts.contains(who); });
}

/// Whoever may ask; nothing where everybody may.
core::Result<std::unique_ptr<openai::KeyRing>> open_keys(Context& context) {
  const auto file = context.arguments.text("--keys");
  if (context.arguments.has("--open") == file.has_value()) {
    return core::usage(
        "say who may ask: --keys FILE ('noonmark key create' makes it), or --open for everybody that reaches it");
  }
  if (!file) return std::unique_ptr<openai::KeyRing>();
  auto keys = std::make_unique<openai::KeyRing>(*file, context.clock);
  TRY(keys->refresh());
  return keys;
}

/// A broken key file is told once for each way in which it is broken.
class KeyWatch {
 public:
  KeyWatch(openai::KeyRing* keys, const telemetry::Log& log) : keys_(keys), log_(log) {}
  void look() {
    if (keys_ == nullptr) return;
    const auto read = keys_->refresh();
    const std::string problem = read.ok() ? "" : read.error().message;
    if (!problem.empty() && problem != told_) log_.warning("the keys stay as they were", {{"why", problem}});
    told_ = problem;
  }

 private:
  openai::KeyRing* keys_;
  const telemetry::Log& log_;
  std::string told_;
};

/// Until it is stopped; then until what has begun has ended. Workers' connections last until their jobs have ended: the
/// server would close them first.
void keep_serving(Context& context, router::Router& router, Fleet& fleet, openai::Api& api, openai::KeyRing* keys) {
  KeyWatch watch(keys, context.log);
  for (int ticks = 0; !context.stop.load(); ++ticks) {
    router.tick();
    if (ticks % kTicksToSweep == 0) {
      fleet.tick();
      api.sweep();
      watch.look();
    }
    context.clock.sleep_for(kTick);
  }
  api.drain();
  for (const core::Deadline drained(context.clock, kDrain); router.in_flight() > 0 && !drained.passed();) {
    router.tick();
    context.clock.sleep_for(kTick);
  }
}

core::Result<Answer> run_gateway(Context& context) {
  const Invocation& arguments = context.arguments;
  const std::filesystem::path key_file = arguments.text("--key").value_or(context.settings.text("key_file"));
  const sign::Sr25519Pair key = TRY(hot_key(context, key_file));
  const Listening address = TRY(parse_address(arguments.text("--listen").value_or(std::string(kDefaultListen))));
  const std::unique_ptr<openai::KeyRing> keys = TRY(open_keys(context));
  link::GateHandlers handlers;
  handlers.may_serve = TRY(workers_allowed(arguments));

  std::array<std::uint8_t, 8> seed{};
  core::fill_secure_random(seed);
  const auto folder = arguments.text("--catalog");
  Fleet fleet(folder ? std::optional<std::filesystem::path>(*folder) : std::nullopt, context.clock, context.log);
  fleet.tick();
  router::Settings routing;
  routing.on_outcome = [&](const router::Outcome& outcome) { fleet.on_outcome(outcome); };
  router::Router router(context.clock, std::bit_cast<std::uint64_t>(seed), routing);
  handlers.on_offers = [&](const std::shared_ptr<link::Port>& port) {
    context.log.info("worker", {{"account", port->worker().ss58()}, {"models", std::to_string(port->offers().size())}});
    router.on_offers(port);
    fleet.on_offers(port);
  };
  handlers.on_gone = [&](const std::shared_ptr<link::Port>& port) {
    context.log.info("worker gone", {{"account", port->worker().ss58()}});
    router.on_gone(port);
    fleet.on_gone(port);
  };
  link::Gate gate(key, context.clock, {}, std::move(handlers));
  openai::Settings settings;
  settings.fidelity = [&](const std::string& package) { return fleet.fidelity(package); };
  std::vector<openai::Kind> kinds = openai::all_kinds();
  for (const openai::Kind& kind : sdapi::kinds()) kinds.push_back(kind);
  openai::Api api(
      context.clock, router, keys.get(), [&] { return gate.workers(); }, kinds, sdapi::pages(), settings);
  std::optional<hub::HubPages> pages;
  if (folder) pages.emplace(catalog_packages(*folder), [&] { return fleet.catalog(); });
  const server::Handler hub = pages ? pages->handler() : server::Handler();
  const auto answer = [&](http::Request request, server::Responder responder) {
    if (request.path() == link::kWorkersPath) return gate.accept(request, std::move(responder));
    if (hub && hub::HubPages::owns(request.path())) return hub(std::move(request), std::move(responder));
    api.answer(std::move(request), std::move(responder));
  };
  const auto server =
      TRY(server::HttpServer::start(server::Endpoint::tcp(address.host, address.port), answer, server_limits()));
  context.log.info("gateway", {{"account", key.account().ss58()},
                               {"api", "http://" + address.host + ":" + std::to_string(server->port()) + "/v1"}});
  keep_serving(context, router, fleet, api, keys.get());
  server->stop(std::chrono::seconds(1));
  return Answer::yes;
}

}  // namespace

std::vector<Command> gateway_commands() {
  return {
      {{"gateway",
        "Sell what workers serve: an API that OpenAI's clients speak",
        {{"--listen", "HOST:PORT", "Where callers and workers connect (default: 127.0.0.1:8080)", false, false},
         {"--keys", "FILE", "Keys of those who may ask; read again when it changes", false, false},
         {"--open", "", "Answer everybody who can connect, without a key", false, false},
         {"--catalog", "DIR",
          "What workers are to serve ('noonmark catalog publish' fills it); packages go out as from a Hugging Face hub",
          false, false},
         {"--worker", "SS58", "Account of a worker that may serve", false, true},
         {"--any-worker", "", "Let every worker serve", false, false},
         {"--wallet", "NAME", "Wallet of this gateway's hot key", false, false},
         {"--hotkey", "NAME", "Hot key in the wallet (default: default)", false, false},
         {"--wallet-path", "DIR", "Where wallets lie (default: ~/.bittensor/wallets)", false, false},
         {"--key", "FILE", "A key file instead of a wallet (default: the setting key_file)", false, false}}},
       run_gateway}};
}

}  // namespace noonmark::cli
