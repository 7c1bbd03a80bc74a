// How fast the embedded chain is: signed transfers inside the process and over a node's HTTP, trusted calls beside
// signed ones, registrations, and an epoch of 256 validators and 4096 miners.
//
//   perf_ledger [--launches 5]
#include <iostream>
#include <thread>

#include "base/codec/text.h"
#include "base/core/files.h"
#include "ledger/client/chain_client.h"
#include "ledger/node/node.h"
#include "ledger/runtime/in_process_ledger.h"
#include "ledger/scale/codec.h"
#include "ledger/scale/extrinsic.h"
#include "turns.h"

namespace {

using namespace noonmark;
using book::AccountId;
using runtime::InProcessLedger;
using runtime::Runtime;

constexpr book::Rao kTao = 1'000'000'000;
constexpr book::Uid kValidators = 256, kMiners = 4096;

sign::Sr25519Pair pair_of(std::uint8_t n) {
  std::array<std::uint8_t, 32> seed{};
  seed.fill(n);
  return sign::Sr25519Pair(sign::Seed::from_bytes(seed));
}
AccountId account(std::uint32_t n) {
  AccountId id;
  for (int i = 0; i < 4; ++i) id.bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(n >> (8 * i));
  id.bytes[31] = 1;
  return id;
}

runtime::Genesis small_genesis() {
  runtime::Genesis genesis;
  for (std::uint8_t n = 1; n <= 50; ++n) genesis.endowed.push_back({pair_of(n).account(), 1'000'000 * kTao});
  runtime::Genesis::Subnet subnet;
  subnet.owner = subnet.owner_hotkey = account(1);
  subnet.max_uids = 4096;
  genesis.subnets = {subnet};
  return genesis;
}

runtime::Genesis large_genesis() {
  runtime::Genesis genesis;
  runtime::Genesis::Subnet subnet;
  subnet.owner = subnet.owner_hotkey = account(0);
  subnet.tempo = 360;
  subnet.max_uids = kValidators + kMiners + 1;
  subnet.max_validators = kValidators;
  subnet.commit_reveal = false;
  for (std::uint32_t n = 1; n <= kValidators + kMiners; ++n) {
    const bool validator = n <= kValidators;
    subnet.neurons.push_back({account(n), account(n), validator ? (1000 + n) * kTao : 0, validator});
  }
  genesis.subnets = {subnet};
  return genesis;
}

double seconds_since(double start) { return (perf::wall_ns() - start) / 1e9; }

/// Transfers per second, each signed, checked and in a block of its own; or, where trusted, neither signed nor checked.
double transfers_in_process(bool trusted) {
  const int count = trusted ? 6000 : 1500;
  const auto machine = Runtime::open(small_genesis()).value();
  const auto ledger = InProcessLedger::open(*machine, {.history = 10, .trusted = trusted}).value();
  const sign::Sr25519Pair signer = pair_of(1);
  const double start = perf::wall_ns();
  for (int i = 0; i < count; ++i) {
    CHECK(ledger->submit(book::Transfer{account(7), kTao}, signer, std::chrono::seconds(1)).value().success);
  }
  return count / seconds_since(start);
}

/// Trusted transfers per second, a thousand to a block.
double transfers_by_the_thousand() {
  constexpr int kBlocks = 10, kCalls = 1000;
  const auto machine = Runtime::open(small_genesis()).value();
  const auto ledger = InProcessLedger::open(*machine, {.history = 10, .trusted = true}).value();
  const std::vector<InProcessLedger::Asked> asked(kCalls, {pair_of(1).account(), book::Transfer{account(7), kTao}});
  const double start = perf::wall_ns();
  for (int i = 0; i < kBlocks; ++i) CHECK(ledger->submit_all(asked).value().back().value().success);
  return kBlocks * kCalls / seconds_since(start);
}

/// Registrations per second into one subnet until it is full, a hundred to a block.
double registrations() {
  constexpr std::uint32_t kCalls = 100, kAll = 4000;
  const auto machine = Runtime::open(small_genesis()).value();
  const auto ledger = InProcessLedger::open(*machine, {.history = 10, .trusted = true}).value();
  const double start = perf::wall_ns();
  for (std::uint32_t first = 0; first < kAll; first += kCalls) {
    std::vector<InProcessLedger::Asked> asked;
    for (std::uint32_t i = 0; i < kCalls; ++i) {
      asked.push_back({pair_of(1).account(), book::Register{1, account(100 + first + i)}});
    }
    CHECK(ledger->submit_all(asked).value().back().value().success);
  }
  return kAll / seconds_since(start);
}

/// Seconds for the block with the epoch of a subnet whose validators have all set weights to every miner.
double epoch_seconds() {
  const auto machine = Runtime::open(large_genesis()).value();
  const auto ledger = InProcessLedger::open(*machine, {.history = 2, .trusted = true}).value();
  ledger->advance(101).value();
  for (std::uint32_t v = 1; v <= kValidators; ++v) {
    std::vector<book::Weight> row;
    for (std::uint32_t m = 0; m < kMiners; ++m) {
      row.push_back(
          {static_cast<book::Uid>(kValidators + 1 + m), static_cast<std::uint16_t>(1 + (m * 7919 + v) % 60000)});
    }
    const InProcessLedger::Asked asked[] = {{account(v), book::SetWeights{1, std::move(row), 0}}};
    const auto receipts = ledger->submit_all(asked).value();
    CHECK(receipts[0].value().success, receipts[0]->error);
  }
  // (block + 1 + 1) % 361 == 360: blocks 358 and 719; the second one has bonds to go on from.
  ledger->advance(718 - ledger->head().value().number).value();
  const double start = perf::wall_ns();
  ledger->advance(1).value();
  const double spent = seconds_since(start);
  const auto graph = ledger->metagraph(1, ledger->head().value()).value();
  CHECK(graph.neurons[kValidators + 6].incentive > 0 && graph.neurons[1].dividends > 0, "the epoch pays");
  return spent;
}

/// Extrinsics as a wallet would send them: `each` of 50 accounts, signed beforehand.
std::vector<std::string> signed_transfers(const Runtime& machine, const book::BlockHash& genesis, std::uint32_t each) {
  std::vector<std::string> made;
  const codec::Json version = machine.version();
  for (std::uint32_t nonce = 0; nonce < each; ++nonce) {
    for (std::uint8_t n = 1; n <= 50; ++n) {
      scale::SigningContext context;
      context.spec_version = static_cast<std::uint32_t>(version.find("specVersion")->as_integer());
      context.transaction_version = static_cast<std::uint32_t>(version.find("transactionVersion")->as_integer());
      context.genesis = context.birth_block = genesis.bytes;
      context.nonce = nonce;
      const auto call = machine.described().call("Balances", "transfer_keep_alive").value();
      scale::Writer out;
      out.number(call.pallet).number(call.index).number<std::uint8_t>(0).raw(account(7).bytes).compact(kTao);
      const core::Bytes bytes = scale::prepare(machine.described(), out.take(), context).value().sign(pair_of(n));
      made.push_back("0x" + codec::hex(bytes));
    }
  }
  return made;
}

/// Transfers per second over real HTTP into a node that stores every one before it answers: from the first request
/// until the last one stands in a block.
double transfers_over_http() {
  constexpr std::uint32_t kEach = 20, kCallers = 4;
  core::SystemClock clock;
  const core::TempDir folder = core::TempDir::create("perf-ledger").value();
  const auto machine = Runtime::open(small_genesis()).value();
  sql::Database database = sql::Database::open_sqlite(folder.path() / "chain.sqlite").value();
  node::ChainStore store = node::ChainStore::open(database).value();
  node::Chain chain = node::Chain::open(*machine, store, clock.now()).value();
  const book::BlockHash genesis = chain.genesis_hash();
  node::NodeSettings settings;
  settings.endpoint = server::Endpoint::tcp("127.0.0.1", 0);
  settings.block_time = std::chrono::milliseconds(100);
  const auto node = node::Node::start(std::move(chain), settings, clock).value();
  const client::HttpRpc::Settings to{.urls = {"http://127.0.0.1:" + std::to_string(node->port())}};
  const auto extrinsics = signed_transfers(*machine, genesis, kEach);
  const double start = perf::wall_ns();
  std::vector<std::jthread> callers;
  for (std::uint32_t caller = 0; caller < kCallers; ++caller) {
    callers.emplace_back([&, caller] {
      const auto rpc = client::HttpRpc::open(to, clock).value();
      for (std::size_t i = caller; i < extrinsics.size(); i += kCallers) {
        rpc->call("author_submitExtrinsic", {extrinsics[i]}).value();
      }
    });
  }
  callers.clear();
  const auto rpc = client::HttpRpc::open(to, clock).value();
  const auto ledger = client::ChainClient::open(*rpc, clock, {}).value();
  const book::Rao all = extrinsics.size() * kTao;
  while (ledger->account(account(7), ledger->head().value()).value().free < all) {
    clock.sleep_for(std::chrono::milliseconds(5));
  }
  return static_cast<double>(extrinsics.size()) / seconds_since(start);
}

void report(const std::string& name, const std::vector<double>& launches, const std::string& unit, double goal,
            bool smaller_is_better) {
  std::printf("%s\n", codec::write_json(perf::result_json(name, launches, unit, goal, smaller_is_better)).c_str());
  std::fflush(stdout);
}

}  // namespace

int main(int count, char** words) {
  const std::vector<std::string> arguments(words + 1, words + count);
  const int launches = std::atoi(perf::option(arguments, "launches", "5").c_str());
  std::vector<double> in_process, trusted, ratio, thousands, enrolled, over_http, epochs;
  for (int i = 0; i < launches; ++i) {
    in_process.push_back(transfers_in_process(false));
    trusted.push_back(transfers_in_process(true));
    ratio.push_back(trusted.back() / in_process.back());
    thousands.push_back(transfers_by_the_thousand());
    enrolled.push_back(registrations());
    over_http.push_back(transfers_over_http());
    epochs.push_back(epoch_seconds());
  }
  report("ledger_transfers_in_process", in_process, "signed transfers per second, a block each", 1000, false);
  report("ledger_transfers_trusted", trusted, "trusted transfers per second, a block each", 10'000, false);
  report("ledger_trusted_versus_signed", ratio, "times as many transfers per second", 5, false);
  report("ledger_transfers_by_the_thousand", thousands, "trusted transfers per second, 1000 to a block", 10'000, false);
  report("ledger_registrations", enrolled, "registrations per second into a subnet of 4000", 1000, false);
  report("ledger_transfers_over_http", over_http, "signed transfers per second over HTTP", 500, false);
  report("ledger_epoch_256_4096", epochs, "s", 1, true);
  return 0;
}
