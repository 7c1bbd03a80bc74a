#include "edge/cli/ledger_access.h"

#include <algorithm>
#include <map>

#include "base/core/files.h"
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
  auto client = TRY(client::ChainClient::open(*opened.rpc, context.clock, {}));
  opened.genesis = client->genesis();
  opened.ledger = std::move(client);
  return opened;
}

core::Result<void> stay_with(const OpenLedger& ledger, const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "ledger";
  const std::string genesis = ledger.genesis.hex();
  const auto kept = core::read_text(file, 128);
  if (!kept.ok() && kept.error().kind != core::ErrorKind::not_found) return kept.error();
  if (kept.ok() && *kept != genesis) {
    return core::denied("what lies in " + folder.string() + " belongs to another ledger (genesis " +
                        kept->substr(0, 66) + ", not " + genesis +
                        "): give its --ledger, or another --home for this one");
  }
  if (kept.ok()) return {};
  TRY(core::make_directories(folder));
  return core::write_file_atomic(file, std::string_view(genesis));
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
