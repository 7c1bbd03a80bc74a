#include "edge/cli/ledger_access.h"

#include <algorithm>
#include <map>

#include "edge/cli/locate.h"
#include "ledger/client/chain_client.h"

namespace noonmark::cli {
namespace {

core::Result<std::string> needed(const Context& context, const std::string& name) {
  if (auto given = context.arguments.text(name)) return *std::move(given);
  return core::usage(name + " is required; see 'noonmark " + context.arguments.command() + " --help'");
}

}  // namespace

std::vector<Parameter> ledger_parameters() {
  return {{"--subtensor.network,--subtensor.chain_endpoint,--ledger", "URL",
           "The ledger's node (ws:// or wss://), or finney, test, local", false, false},
          {"--netuid", "N", "The subnet's number", false, false}};
}

std::string ledger_url(std::string_view text) {
  // Entry points that Bittensor's own tools use by these names (bittensor/core/settings.py).
  static const std::map<std::string_view, std::string_view> known = {
      {"finney", "wss://entrypoint-finney.opentensor.ai:443"},
      {"test", "wss://test.finney.opentensor.ai:443"},
      {"local", "ws://127.0.0.1:9944"}};
  const auto found = known.find(text);
  return std::string(found == known.end() ? text : found->second);
}

core::Result<OpenLedger> open_ledger(Context& context, client::HttpRpc::Settings settings) {
  const std::string given = TRY(needed(context, "--ledger"));
  settings.urls.clear();
  for (std::size_t begin = 0; begin <= given.size();) {
    const std::size_t end = std::min(given.find(',', begin), given.size());
    settings.urls.push_back(ledger_url(std::string_view(given).substr(begin, end - begin)));
    begin = end + 1;
  }
  OpenLedger opened;
  opened.rpc = TRY(client::HttpRpc::open(std::move(settings), context.clock));
  opened.ledger = TRY(client::ChainClient::open(*opened.rpc, context.clock, {}));
  return opened;
}

core::Result<book::NetUid> netuid_of(const Context& context) {
  TRY(needed(context, "--netuid"));
  return static_cast<book::NetUid>(*TRY(context.arguments.integer("--netuid", 0, 65'535)));
}

core::Result<std::filesystem::path> find_contest(const std::string& text) {
  if (text.ends_with(".toml") || text.find('/') != std::string::npos) return std::filesystem::path(text);
  return TRY(find_share()) / "contests" / (text + ".toml");
}

}  // namespace noonmark::cli
