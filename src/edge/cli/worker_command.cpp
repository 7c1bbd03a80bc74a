#include "edge/cli/commands.h"
#include "edge/cli/equip.h"
#include "edge/cli/testers.h"
#include "edge/validator/equipment.h"
#include "serving/worker/http_backend.h"
#include "serving/worker/package_backend.h"
#include "serving/worker/worker.h"

namespace noonmark::cli {
namespace {

using Backends = std::vector<std::unique_ptr<worker::Backend>>;

constexpr core::Nanos kDrain = std::chrono::seconds(30);

core::Result<Backends> open_backends(Context& context, const std::optional<validator::Equipment>& equipment) {
  const Invocation& arguments = context.arguments;
  const int slots = static_cast<int>(TRY(arguments.integer("--slots", 1, 1024)).value_or(1));
  Backends backends;
  for (const std::string& folder : arguments.texts("--package")) {
    backends.push_back(TRY(worker::PackageBackend::open(equipment->wall, context.clock, folder,
                                                        validator::runner_settings(*equipment), slots)));
  }
  if (const auto url = arguments.text("--backend")) {
    const Listening address = TRY(parse_address(*url));
    const auto task = arguments.text("--task");
    if (!task) return core::usage("say what the server behind --backend does: --task chat, --task text-to-image …");
    job::Offer offer{arguments.text("--model").value_or(""), *task, slots};
    backends.push_back(std::make_unique<worker::HttpBackend>(client::Address::tcp(address.host, address.port),
                                                             std::move(offer), context.clock));
  }
  return backends;
}

core::Result<Answer> run_worker(Context& context) {
  const Invocation& arguments = context.arguments;
  const std::filesystem::path key_file = arguments.text("--key").value_or(context.settings.text("key_file"));
  const sign::Sr25519Pair key = TRY(hot_key(context, key_file));
  const std::string account = key.account().ss58();
  if (arguments.has("--print-account")) {
    context.output.print(codec::Json::object({{"account", account}}), account + "\n");
    return Answer::yes;
  }
  link::UplinkSettings settings;
  settings.url = arguments.text("--gateway").value_or("");
  if (settings.url.empty()) return core::usage("name the gateway: --gateway http://HOST:PORT");
  if (const auto gateway = arguments.text("--gateway-account")) {
    settings.gateway = TRY(sign::AccountId::parse(*gateway));
  }
  const bool packages = arguments.has("--package");
  if (!packages && !arguments.has("--backend")) {
    return core::usage("say what to serve: --package DIR, or --backend http://HOST:PORT of a server with OpenAI's API");
  }
  std::optional<validator::Equipment> equipment;
  if (packages) equipment.emplace(TRY(equip(context)));
  const Backends backends = TRY(open_backends(context, equipment));
  context.log.info("worker", {{"account", account}, {"gateway", settings.url}});
  worker::Worker worker(backends, key, context.clock, [&](std::string_view note) {
    context.log.info("worker", {{"what", std::string(note)}});
  });
  TRY(worker.run(settings, context.stop, kDrain));
  return Answer::yes;
}

}  // namespace

std::vector<Command> worker_commands() {
  return {{{"worker",
            "Serve packages on this machine for a gateway, until it is stopped; connects out, so it works behind NAT",
            {{"--gateway", "URL", "http://HOST:PORT of the gateway", false, false},
             {"--gateway-account", "SS58", "Who must answer there (default: whoever does)", false, false},
             {"--package", "DIR", "A package to serve, behind the wall", false, true},
             {"--backend", "URL", "Serve what another server with OpenAI's API serves: http://HOST:PORT", false, false},
             {"--model", "NAME", "That server's model (default: all that it lists)", false, false},
             {"--task", "TASK", "What it does: text-to-image, chat …; needed with --backend", false, false},
             {"--slots", "N", "Jobs at once for each model (default: 1)", false, false},
             {"--wallet", "NAME", "Wallet of this worker's hot key", false, false},
             {"--hotkey", "NAME", "Hot key in the wallet (default: default)", false, false},
             {"--wallet-path", "DIR", "Where wallets lie (default: ~/.bittensor/wallets)", false, false},
             {"--key", "FILE", "A key file instead of a wallet (default: the setting key_file)", false, false},
             {"--print-account", "", "Print this worker's account, for the gateway's list, and end", false, false}}},
           run_worker}};
}

}  // namespace noonmark::cli
