#include <thread>

#include "base/core/files.h"
#include "edge/cli/commands.h"
#include "edge/cli/equip.h"
#include "edge/cli/testers.h"
#include "edge/source/fetch_package.h"
#include "edge/validator/equipment.h"
#include "edge/validator/machine.h"
#include "model/package/package.h"
#include "serving/worker/availability.h"
#include "serving/worker/follower.h"
#include "serving/worker/http_backend.h"
#include "serving/worker/package_backend.h"
#include "serving/worker/worker.h"

namespace noonmark::cli {
namespace {

constexpr core::Nanos kDrain = std::chrono::seconds(30);
constexpr std::int64_t kMiB = 1 << 20, kUsualBudget = 20 * 1024;  // MiB of packages
constexpr core::Nanos kBetweenReadings = std::chrono::seconds(5);

using worker::BackendPtr;

core::Result<BackendPtr> open_package(Context& context, const validator::Equipment& equipment,
                                      const std::filesystem::path& folder, const std::string& model) {
  const int slots = static_cast<int>(TRY(context.arguments.integer("--slots", 1, 1024)).value_or(1));
  BackendPtr backend = TRY(worker::PackageBackend::open(equipment.wall, context.clock, folder,
                                                        validator::runner_settings(equipment), slots, model));
  return backend;
}

core::Result<BackendPtr> open_server(Context& context, const std::string& url) {
  const Invocation& arguments = context.arguments;
  const int slots = static_cast<int>(TRY(arguments.integer("--slots", 1, 1024)).value_or(1));
  const Listening address = TRY(parse_address(url));
  const auto task = arguments.text("--task");
  if (!task) return core::usage("say what the server behind --backend does: --task chat, --task text-to-image …");
  job::Offer offer{arguments.text("--model").value_or(""), *task, slots};
  BackendPtr backend = std::make_shared<worker::HttpBackend>(client::Address::tcp(address.host, address.port),
                                                             std::move(offer), context.clock);
  return backend;
}

/// What the command line names.
core::Result<void> serve_named(Context& context, const std::optional<validator::Equipment>& equipment,
                               worker::Worker& worker) {
  for (const std::string& folder : context.arguments.texts("--package")) {
    BackendPtr backend = TRY(open_package(context, *equipment, folder, ""));
    TRY(worker.serve(std::move(backend)));
  }
  if (const auto url = context.arguments.text("--backend")) {
    BackendPtr backend = TRY(open_server(context, *url));
    TRY(worker.serve(std::move(backend)));
  }
  return {};
}

/// From the gateway itself, which is a hub; what came is checked against the digest that was wished for.
core::Result<void> fetch_wish(Context& context, const std::string& gateway, const job::Wish& wish,
                              const std::filesystem::path& place) {
  fetch::Policy policy;
  policy.stop = &context.stop;
  fetch::Fetcher fetcher(context.clock, policy);
  source::Hub hub;
  hub.endpoint = gateway;
  const source::HubFolder folder{"noonmark", wish.model, wish.package.substr(0, 40), ""};
  const std::filesystem::path partial = place.string() + ".partial";
  std::error_code problem;
  std::filesystem::remove_all(partial, problem);
  const source::Fetched fetched = TRY(source::fetch_package(folder, fetcher, context.clock, partial, hub));
  const std::string digest = package::content_digest(fetched.package.manifest()).hex();
  if (digest != wish.package) {
    std::filesystem::remove_all(partial, problem);
    return core::corrupt("the gateway gave the package " + digest.substr(0, 12) + " for " + wish.package.substr(0, 12));
  }
  std::filesystem::rename(partial, place, problem);
  if (problem) return core::internal("cannot name " + place.string() + ": " + problem.message());
  return {};
}

core::Result<std::unique_ptr<worker::Follower>> open_follower(Context& context, const validator::Equipment& equipment,
                                                              const std::string& gateway, worker::Worker& worker,
                                                              const worker::Worker::OnNote& note) {
  const auto own = context.arguments.text("--package-dir");
  const std::filesystem::path folder =
      own ? std::filesystem::path(*own) : std::filesystem::path(context.settings.text("data_dir")) / "served";
  const auto budget = TRY(context.arguments.integer("--disk-budget", 1, std::int64_t{1} << 30)).value_or(kUsualBudget);
  TRY(core::make_directories(folder));
  return std::make_unique<worker::Follower>(
      worker, worker::PackageCache(folder, static_cast<std::uint64_t>(budget * kMiB)),
      [&context, gateway](const job::Wish& wish, const std::filesystem::path& place) {
        return fetch_wish(context, gateway, wish, place);
      },
      [&context, &equipment](const job::Wish& wish, const std::filesystem::path& place) {
        return open_package(context, equipment, place, wish.model);
      },
      note);
}

core::Result<worker::Terms> terms_of(const Invocation& arguments) {
  constexpr double kPercent = 100;
  worker::Terms terms;
  if (const auto hours = arguments.text("--hours")) terms.hours = TRY(worker::parse_hours(*hours));
  terms.on_battery = !arguments.has("--not-on-battery");
  if (const auto most = TRY(arguments.integer("--most-other-cpu", 1, 100))) {
    terms.most_other_cpu = static_cast<double>(*most) / kPercent;
  }
  if (const auto most = TRY(arguments.integer("--most-celsius", 20, 150))) {
    terms.most_celsius = static_cast<double>(*most);
  }
  return terms;
}

/// Has the worker rest whenever the owner's terms say so, until `stop`.
void keep_terms(const std::stop_token& stop, const worker::Terms& terms, core::Clock& clock, worker::Worker& worker) {
  constexpr core::Nanos kPause = std::chrono::milliseconds(100);
  worker::Availability availability(terms, clock);
  worker::Sensors sensors;
  while (!stop.stop_requested()) {
    worker.rest(availability.update(sensors.read()));
    const core::Deadline next(clock, kBetweenReadings);
    while (!stop.stop_requested() && !next.passed()) clock.sleep_for(kPause);
  }
}

/// For receipts.
worker::Device device_of(const std::optional<validator::Equipment>& equipment, const Invocation& arguments) {
  if (!equipment) return {"", arguments.text("--backend").value_or("")};
  return {validator::machine_with(*equipment).cpu_model, "onnxruntime " + equipment->runtime->version()};
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
  const bool packages = arguments.has("--package") || arguments.has("--follow");
  if (!packages && !arguments.has("--backend")) {
    return core::usage(
        "say what to serve: --follow (what the gateway wishes for), --package DIR, or --backend http://HOST:PORT of a "
        "server with OpenAI's API");
  }
  const worker::Terms terms = TRY(terms_of(arguments));
  std::optional<validator::Equipment> equipment;
  if (packages) equipment.emplace(TRY(equip(context)));
  context.log.info("worker", {{"account", account}, {"gateway", settings.url}});
  const auto note = [&](std::string_view what) { context.log.info("worker", {{"what", std::string(what)}}); };
  worker::Worker worker(key, context.clock, device_of(equipment, arguments), note);
  TRY(serve_named(context, equipment, worker));
  std::unique_ptr<worker::Follower> follower;
  if (arguments.has("--follow")) follower = TRY(open_follower(context, *equipment, settings.url, worker, note));
  link::Uplink::OnWishes on_wishes;
  if (follower) on_wishes = [&](std::vector<job::Wish> wishes) { follower->want(std::move(wishes)); };
  std::jthread keeper;
  if (terms.any()) {
    keeper = std::jthread([&](const std::stop_token& stop) { keep_terms(stop, terms, context.clock, worker); });
  }
  TRY(worker.run(settings, context.stop, kDrain, on_wishes));
  return Answer::yes;
}

}  // namespace

std::vector<Command> worker_commands() {
  return {{{"worker",
            "Serve packages on this machine for a gateway, until it is stopped; connects out, so it works behind NAT",
            {{"--gateway", "URL", "http://HOST:PORT of the gateway", false, false},
             {"--gateway-account", "SS58", "Who must answer there (default: whoever does)", false, false},
             {"--follow", "", "Serve what the gateway wishes for: packages are fetched from it, checked and kept",
              false, false},
             {"--package-dir", "DIR", "Where they are kept (default: served in the data directory)", false, false},
             {"--disk-budget", "MIB", "How much they may take; the one used longest ago goes first (default: 20480)",
              false, false},
             {"--package", "DIR", "A package to serve, behind the wall", false, true},
             {"--backend", "URL", "Serve what another server with OpenAI's API serves: http://HOST:PORT", false, false},
             {"--model", "NAME", "That server's model (default: all that it lists)", false, false},
             {"--task", "TASK", "What it does: text-to-image, chat …; needed with --backend", false, false},
             {"--slots", "N", "Jobs at once for each model (default: 1)", false, false},
             {"--hours", "FROM-TO", "Work only then, as 22:00-07:30 in local time (default: always)", false, false},
             {"--not-on-battery", "", "Rest while the device runs on its battery", false, false},
             {"--most-other-cpu", "PERCENT", "Rest while other programs use more of the device's cores", false, false},
             {"--most-celsius", "DEGREES", "Rest while the hottest part is hotter", false, false},
             {"--wallet", "NAME", "Wallet of this worker's hot key", false, false},
             {"--hotkey", "NAME", "Hot key in the wallet (default: default)", false, false},
             {"--wallet-path", "DIR", "Where wallets lie (default: ~/.bittensor/wallets)", false, false},
             {"--key", "FILE", "A key file instead of a wallet (default: the setting key_file)", false, false},
             {"--print-account", "", "Print this worker's account, for the gateway's list, and end", false, false}}},
           run_worker}};
}

}  // namespace noonmark::cli
