#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "base/core/clock.h"
#include "base/core/result.h"
#include "ledger/node/chain.h"
#include "ledger/node/rpc.h"
#include "net/server/listen.h"

namespace noonmark::node {

struct NodeSettings {
  server::Endpoint endpoint = server::Endpoint::tcp("127.0.0.1", 9944);
  Identity identity;
  /// Between blocks; zero makes one only when dev_newBlock asks for it.
  std::chrono::milliseconds block_time{12'000};
  bool development = false;
  RpcLimits rpc;
  std::size_t connections = 1024;
  std::size_t requests = 4096;  ///< waiting for an answer; beyond: refused
  /// Told when a block could not be made (disk full …); it is tried again. Called on the node's thread.
  std::function<void(const core::Error&)> on_trouble;
};

/// The embedded chain as a node: JSON-RPC over HTTP POST and WebSocket on one port, and a clock that makes blocks. One
/// thread of its own owns the chain and answers requests in the order of arrival. Threads: any.
class Node {
 public:
  /// `clock` must outlive the node. Fails: as server::open_listener.
  static core::Result<std::unique_ptr<Node>> start(Chain chain, NodeSettings settings, core::Clock& clock);
  /// Stops: what was answered is on the disk, what was not is not answered.
  ~Node();
  std::uint16_t port() const;

 private:
  struct State;
  explicit Node(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace noonmark::node
