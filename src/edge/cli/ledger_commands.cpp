#include <charconv>
#include <filesystem>

#include "base/core/directory_lock.h"
#include "base/core/files.h"
#include "edge/cli/commands.h"
#include "ledger/client/rpc.h"
#include "ledger/node/node.h"
#include "ledger/runtime/runtime.h"
#include "storage/sql/sql.h"

namespace noonmark::cli {
namespace {

constexpr std::uint64_t kMaxGenesis = 16u << 20;
constexpr std::uint16_t kPort = 9944;
constexpr core::Nanos kHeartbeat = std::chrono::milliseconds(100);

// The accounts //Alice and //Bob of Substrate's development phrase, whose secrets everybody knows.
constexpr std::string_view kAlice = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
constexpr std::string_view kBob = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";
constexpr book::Rao kDevelopmentMoney = 1'000'000'000'000'000;

core::Result<runtime::Genesis::Endowment> parse_endowment(const std::string& text) {
  const auto sign = text.find('=');
  runtime::Genesis::Endowment one;
  const char* begin = text.data() + std::min(text.size(), sign == std::string::npos ? text.size() : sign + 1);
  const auto [end, failure] = std::from_chars(begin, text.data() + text.size(), one.amount);
  if (sign == std::string::npos || failure != std::errc() || end != text.data() + text.size()) {
    return core::usage("--endow wants ACCOUNT=RAO, with the amount in rao (1 TAO = 1000000000 rao)");
  }
  one.account = TRY(book::AccountId::parse(text.substr(0, sign)).context("--endow"));
  return one;
}

/// Writes the file that a chain of one's own begins with.
core::Result<Answer> new_genesis(Context& context) {
  const Invocation& arguments = context.arguments;
  const std::filesystem::path file = *arguments.text("FILE");
  runtime::Genesis genesis;
  genesis.chain = arguments.text("--chain").value_or(genesis.chain);
  if (const auto seconds = TRY(arguments.number("--block-time", 0.01, 3600))) {
    genesis.block_time_ms = static_cast<std::uint64_t>(*seconds * 1000);
  }
  const bool development = arguments.has("--development");
  if (!development && !arguments.has("--sudo")) {
    return core::usage("say who rules the chain: --sudo ACCOUNT, or --development for keys that everybody knows");
  }
  genesis.sudo = TRY(book::AccountId::parse(arguments.text("--sudo").value_or(std::string(kAlice))).context("--sudo"));
  if (development) {
    for (const std::string_view name : {kAlice, kBob}) {
      genesis.endowed.push_back({TRY(book::AccountId::parse(name)), kDevelopmentMoney});
    }
  }
  for (const std::string& text : arguments.texts("--endow")) genesis.endowed.push_back(TRY(parse_endowment(text)));
  const auto machine = TRY(runtime::Runtime::open(genesis).context("the new chain"));
  std::error_code ignored;
  if (std::filesystem::exists(file, ignored)) return core::conflict(file.string() + " is already there");
  const codec::Json json = runtime::to_json(machine->settings());
  TRY(core::write_file_atomic(file, codec::write_pretty(json) + "\n"));
  context.output.print(codec::Json::object({{"file", file.string()}, {"genesis", json}}),
                       "wrote " + file.string() + "\n");
  return Answer::yes;
}

core::Result<server::Endpoint> parse_endpoint(const std::string& text) {
  const auto colon = text.rfind(':');
  std::uint16_t port = 0;
  const char* begin = text.data() + (colon == std::string::npos ? text.size() : colon + 1);
  const auto [end, failure] = std::from_chars(begin, text.data() + text.size(), port);
  if (colon == std::string::npos || failure != std::errc() || end != text.data() + text.size()) {
    return core::usage("--listen wants HOST:PORT, as 127.0.0.1:9944");
  }
  return server::Endpoint::tcp(text.substr(0, colon), port);
}

core::Result<runtime::Genesis> read_genesis(const std::filesystem::path& file) {
  const std::string text = TRY(core::read_text(file, kMaxGenesis));
  const codec::Json json = TRY(codec::parse_json(text).context(file.string()));
  return runtime::genesis_from_json(json).context(file.string());
}

core::Result<node::NodeSettings> node_settings(Context& context, const runtime::Genesis& genesis) {
  const Invocation& arguments = context.arguments;
  node::NodeSettings settings;
  settings.endpoint = TRY(parse_endpoint(arguments.text("--listen").value_or("127.0.0.1:" + std::to_string(kPort))));
  settings.identity.version = kVersion;
  settings.identity.chain = genesis.chain;
  settings.development = arguments.has("--development");
  settings.block_time = std::chrono::milliseconds(genesis.block_time_ms);
  if (const auto seconds = TRY(arguments.number("--block-time", 0, 3600))) {
    settings.block_time = std::chrono::milliseconds(static_cast<std::int64_t>(*seconds * 1000));
    if (settings.block_time.count() == 0 && !settings.development) {
      return core::usage("a chain without a clock needs --development: blocks are then made by dev_newBlock");
    }
  }
  settings.on_trouble = [&log = context.log](const core::Error& failure) {
    log.error("no block could be made; it is tried again", {{"why", failure.message}});
  };
  return settings;
}

/// Runs the node until it is asked to stop.
core::Result<Answer> run_node(Context& context) {
  const std::filesystem::path file = *context.arguments.text("--genesis");
  const runtime::Genesis genesis = TRY(read_genesis(file));
  const auto machine = TRY(runtime::Runtime::open(genesis).context(file.string()));
  const node::NodeSettings settings = TRY(node_settings(context, genesis));
  const std::filesystem::path folder =
      context.arguments.text("--data").value_or((context.settings.home() / "ledger").string());
  TRY(core::make_directories(folder));
  const core::DirectoryLock lock = TRY(core::DirectoryLock::acquire(folder));
  sql::Database database = TRY(sql::Database::open_sqlite(folder / "chain.sqlite"));
  node::ChainStore store = TRY(node::ChainStore::open(database));
  node::Chain chain = TRY(node::Chain::open(*machine, store, context.clock.now()).context(folder.string()));
  const std::string name = chain.genesis_hash().hex();
  const auto node = TRY(node::Node::start(std::move(chain), settings, context.clock));
  context.screen.print("chain " + genesis.chain + " (genesis " + name + ") at http://" + settings.endpoint.host + ":" +
                       std::to_string(node->port()) + " and ws://; Ctrl-C ends it");
  while (!context.stop.load()) context.clock.sleep_for(kHeartbeat);
  return Answer::yes;
}

/// A text that a node answers with, fit for a terminal. Fails: unavailable when it is none.
core::Result<std::string> text_in(const codec::Json* json, std::string_view what) {
  if (json == nullptr || !json->is_string()) {
    return core::unavailable("the node answers nonsense: its " + std::string(what) +
                             " is no text; is it a Substrate node?");
  }
  std::string text = json->as_string().substr(0, 200);
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = ' ';
  }
  return text;
}

/// What a node says of itself.
core::Result<Answer> show_status(Context& context) {
  const std::string url = context.arguments.text("--url").value_or("http://127.0.0.1:" + std::to_string(kPort));
  const auto rpc = TRY(client::HttpRpc::open({.urls = {url}, .rounds = 1}, context.clock));
  const codec::Json chain = TRY(rpc->call("system_chain", {}));
  const codec::Json version = TRY(rpc->call("state_getRuntimeVersion", {}));
  const codec::Json genesis = TRY(rpc->call("chain_getBlockHash", {codec::Json(0)}));
  const codec::Json hash = TRY(rpc->call("chain_getFinalizedHead", {}));
  const codec::Json header = TRY(rpc->call("chain_getHeader", {hash}));
  const std::string name = TRY(text_in(&chain, "chain")), first = TRY(text_in(&genesis, "genesis"));
  const std::string newest = TRY(text_in(&hash, "finalised block")),
                    number = TRY(text_in(header.find("number"), "number"));
  const std::string runtime = TRY(text_in(version.find("specName"), "runtime"));
  const codec::Json* const spec = version.find("specVersion");
  if (spec == nullptr || !spec->is_integer())
    return core::unavailable("the node answers nonsense: it has no specVersion");
  context.output.print(codec::Json::object({{"url", url},
                                            {"chain", name},
                                            {"genesis", first},
                                            {"spec_version", *spec},
                                            {"finalized", newest},
                                            {"number", number}}),
                       "chain      " + name + "\ngenesis    " + first + "\nruntime    " + runtime + " " +
                           std::to_string(spec->as_integer()) + "\nfinalized  " + number + " " + newest + "\n");
  return Answer::yes;
}

}  // namespace

std::vector<Command> ledger_commands() {
  return {
      {{"ledger new-genesis",
        "Write the file that a chain of one's own begins with",
        {{"FILE", "", "The file to write (JSON)", true, false},
         {"--chain", "NAME", "Name of the chain (default: Noonmark)", false, false},
         {"--sudo", "ACCOUNT", "Who rules the chain (SS58)", false, false},
         {"--endow", "ACCOUNT=RAO", "Money that an account begins with", false, true},
         {"--block-time", "SECONDS", "Between blocks (default: 12)", false, false},
         {"--development", "", "Well-known keys: //Alice rules, and she and //Bob are rich", false, false}}},
       new_genesis},
      {{"ledger run",
        "Run a chain of one's own: a node that Bittensor's and Polkadot's tools can talk to",
        {{"--genesis", "FILE", "What 'ledger new-genesis' wrote", true, false},
         {"--data", "DIR", "Where the chain is kept (default: ledger in the data directory)", false, false},
         {"--listen", "HOST:PORT", "JSON-RPC over HTTP and WebSocket (default: 127.0.0.1:9944)", false, false},
         {"--block-time", "SECONDS", "Instead of the genesis file's; 0: only when dev_newBlock asks", false, false},
         {"--development", "", "Offer the dev_ methods", false, false}}},
       run_node},
      {{"ledger status",
        "Ask a node for its chain and newest block",
        {{"--url", "URL", "The node (default: http://127.0.0.1:9944)", false, false}}},
       show_status},
  };
}

}  // namespace noonmark::cli
