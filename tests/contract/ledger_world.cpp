#include "ledger_world.h"

#include "base/core/files.h"
#include "ledger/client/chain_client.h"
#include "ledger/node/node.h"
#include "ledger/runtime/in_process_ledger.h"

namespace noonmark::book {
namespace {

runtime::Genesis::Subnet subnet(bool sealed) {
  runtime::Genesis::Subnet subnet;
  subnet.owner = id_of(Who::owner);
  subnet.owner_hotkey = id_of(Who::owner_hot);
  subnet.tempo = kTempo;
  subnet.weights_rate_limit = 5;
  subnet.serving_rate_limit = 5;
  subnet.immunity_period = 10;
  subnet.burn = kTao;
  subnet.commit_reveal = sealed;
  subnet.neurons = {{id_of(Who::validator_hot), id_of(Who::validator), 100 * kTao, true},
                    {id_of(Who::miner_hot), id_of(Who::miner), 0, false}};
  return subnet;
}

runtime::Genesis genesis() {
  runtime::Genesis genesis;
  genesis.sudo = id_of(Who::owner);
  genesis.endowed = {{id_of(Who::owner), 100 * kTao},
                     {id_of(Who::validator), 100 * kTao},
                     {id_of(Who::miner), 10 * kTao},
                     {id_of(Who::rich), 1000 * kTao},
                     {id_of(Who::poor), kFee}};
  genesis.subnets = {subnet(false), subnet(true), subnet(false)};
  genesis.subnets[2].neurons.pop_back();
  genesis.subnets[2].max_uids = 2;
  genesis.subnets[2].weights_rate_limit = 1000;
  return genesis;
}

class InProcessWorld final : public World {
 public:
  Ledger& ledger() override { return *ledger_; }
  void advance(BlockNumber blocks) override { ledger_->advance(blocks).value(); }

 private:
  std::unique_ptr<runtime::Runtime> runtime_ = runtime::Runtime::open(genesis()).value();
  std::unique_ptr<runtime::InProcessLedger> ledger_ =
      runtime::InProcessLedger::open(*runtime_, {.start = core::UnixNanos(std::chrono::seconds(1'800'000'000))})
          .value();
};

/// Whoever waits for a block gets one.
class BlockClock final : public core::Clock {
 public:
  explicit BlockClock(client::Rpc& rpc) : rpc_(rpc) {}
  core::UnixNanos now() const override { return real_.now(); }
  core::Nanos steady() const override { return real_.steady(); }
  void sleep_for(core::Nanos) override { rpc_.call("dev_newBlock", {}).value(); }

 private:
  client::Rpc& rpc_;
  core::SystemClock real_;
};

class NodeWorld final : public World {
 public:
  explicit NodeWorld(std::chrono::milliseconds block_time) : block_time_(block_time) {}
  Ledger& ledger() override { return *ledger_; }
  void advance(BlockNumber blocks) override {
    const BlockNumber last = ledger_->head().value().number + blocks;
    while (ledger_->head().value().number < last) clock().sleep_for(block_time_);
  }

 private:
  core::Clock& clock() { return block_time_.count() > 0 ? static_cast<core::Clock&>(real_) : asking_; }
  std::unique_ptr<node::Node> start() {
    node::NodeSettings settings;
    settings.endpoint = server::Endpoint::tcp("127.0.0.1", 0);
    settings.block_time = block_time_;
    settings.development = true;
    auto chain = node::Chain::open(*runtime_, store_, real_.now()).value();
    return node::Node::start(std::move(chain), settings, real_).value();
  }

  const std::chrono::milliseconds block_time_;
  core::SystemClock real_;
  core::TempDir folder_ = core::TempDir::create("ledger-contract").value();
  std::unique_ptr<runtime::Runtime> runtime_ = runtime::Runtime::open(genesis()).value();
  sql::Database database_ = sql::Database::open_sqlite(folder_.path() / "chain.sqlite").value();
  node::ChainStore store_ = node::ChainStore::open(database_).value();
  std::unique_ptr<node::Node> node_ = start();
  std::unique_ptr<client::HttpRpc> rpc_ =
      client::HttpRpc::open({.urls = {"http://127.0.0.1:" + std::to_string(node_->port())}}, real_).value();
  BlockClock asking_{*rpc_};
  std::unique_ptr<client::ChainClient> ledger_ =
      client::ChainClient::open(*rpc_, clock(), {.genesis = {}, .poll = std::chrono::milliseconds(5)}).value();
};

}  // namespace

std::unique_ptr<World> make_in_process_world() { return std::make_unique<InProcessWorld>(); }
std::unique_ptr<World> make_node_world() { return std::make_unique<NodeWorld>(std::chrono::milliseconds(0)); }
std::unique_ptr<World> make_ticking_world() { return std::make_unique<NodeWorld>(std::chrono::milliseconds(20)); }

}  // namespace noonmark::book
