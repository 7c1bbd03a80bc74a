#include "base/core/files.h"
#include "edge/cli/commands.h"
#include "edge/cli/table.h"
#include "edge/cli/wallet_access.h"
#include "edge/miner/package_store.h"
#include "edge/miner/prepare.h"
#include "model/package/package.h"

namespace noonmark::cli {
namespace {

using namespace std::chrono_literals;

core::Result<Answer> endorse(Context& context) {
  const std::filesystem::path path = *context.arguments.text("PACKAGE");
  const sign::Sr25519Pair hotkey = TRY(load_hotkey(context));
  TRY(miner::endorse_package(path, hotkey));
  const std::string digest = "sha256:" + TRY(package::Package::open(path)).digest().hex();
  context.output.print(codec::Json::object({{"account", hotkey.account().ss58()}, {"digest", digest}}),
                       digest + " is endorsed by " + hotkey.account().ss58() + "\n");
  return Answer::yes;
}

core::Result<server::Endpoint> endpoint_of(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  std::uint16_t port = 0;
  const std::string digits = colon == std::string::npos ? "" : text.substr(colon + 1);
  if (digits.empty() || digits.size() > 5 || digits.find_first_not_of("0123456789") != std::string::npos ||
      std::stoul(digits) > 65'535) {
    return core::usage("--listen wants HOST:PORT, such as 0.0.0.0:8080");
  }
  port = static_cast<std::uint16_t>(std::stoul(digits));
  return server::Endpoint::tcp(text.substr(0, colon), port);
}

/// Until SIGTERM or SIGINT.
core::Result<Answer> serve(Context& context) {
  const auto given = context.arguments.text("DIR");
  const std::filesystem::path folder = given ? std::filesystem::path(*given) : context.settings.home() / "store";
  TRY(core::make_directories(folder));
  const server::Endpoint endpoint = TRY(endpoint_of(context.arguments.text("--listen").value_or("127.0.0.1:8080")));
  miner::PackageStore store(folder);
  server::Limits limits;
  limits.connections = 64;
  const auto server = TRY(server::HttpServer::start(endpoint, store.handler(), limits));
  const std::string url = "http://" + endpoint.host + ":" + std::to_string(server->port());
  context.output.print(codec::Json::object({{"folder", folder.string()}, {"url", url}}),
                       "serving " + folder.string() + " at " + url + "\n");
  while (!context.stop) context.clock.sleep_for(200ms);
  server->stop(10s);
  return Answer::yes;
}

}  // namespace

std::vector<Command> package_network_commands() {
  std::vector<Parameter> endorsing = {{"PACKAGE", "", "Package directory", true, false}};
  for (const Parameter& parameter : wallet_parameters()) endorsing.push_back(parameter);
  return {{{"package endorse", "Have the hot key that will enter a package sign for it", endorsing}, endorse},
          {{"package serve",
            "Serve packed packages to validators",
            {{"DIR", "", "Folder of packed packages (default: store in the data directory)", false, false},
             {"--listen", "HOST:PORT", "Where to listen (default: 127.0.0.1:8080)", false, false}}},
           serve}};
}

}  // namespace noonmark::cli
