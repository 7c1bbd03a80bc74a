#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ledger/node/rpc.h"

namespace noonmark::node {

/// One request on its way through the methods.
struct Rpc::Call {
  std::optional<SessionId> session;
  std::optional<Refusal> refusal;  ///< set by a method instead of a result
  /// Notifications that must come behind the answer: subscription and result.
  std::vector<std::pair<std::string, codec::Json>> after;

  /// Refuses the call; for `return call.refuse(...)`.
  codec::Json refuse(Refusal why) {
    refusal = std::move(why);
    return {};
  }
};

struct Rpc::Subscription {
  std::string event;  ///< "chain_newHead", …
  SessionId session = 0;
  std::string id;
  std::vector<core::Bytes> keys;           ///< state_storage
  std::optional<book::BlockHash> watched;  ///< author_extrinsicUpdate
};

}  // namespace noonmark::node
