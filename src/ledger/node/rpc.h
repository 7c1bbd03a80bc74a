#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/codec/json.h"
#include "base/core/clock.h"
#include "ledger/node/chain.h"

namespace noonmark::node {

namespace internal {
class Parameters;
}

/// How the node presents itself.
struct Identity {
  std::string name = "Noonmark Node", version = "0", chain = "Noonmark";
  std::string token = "TAO";
  int decimals = 9;
};

struct RpcLimits {
  std::size_t batch = 1024;
  std::size_t subscriptions = 1024;  ///< of one session
  std::size_t keys = 1000;           ///< of one storage query
};

/// Substrate's JSON-RPC over a chain, without transport: what npm @polkadot/api and our own client call. Batches,
/// notifications and subscriptions as JSON-RPC 2.0 and Substrate's pub-sub have them. Threads: one at a time.
class Rpc {
 public:
  using SessionId = std::uint64_t;
  using Push = std::function<void(const std::string& text)>;

  /// Everything is borrowed. `development` adds dev_newBlock.
  Rpc(Chain& chain, core::Clock& clock, Identity identity, bool development, RpcLimits limits = {});
  ~Rpc();

  /// The answer to one HTTP body; empty when it asks for none. Subscriptions are refused.
  std::string post(std::string_view text);

  /// A session that can subscribe; `push` gets its answers and notifications.
  void open(SessionId session, Push push);
  void receive(SessionId session, std::string_view text);
  void close(SessionId session);

  /// Makes a block and tells the subscribers.
  core::Result<Made> make_block();

 private:
  struct Call;
  struct Subscription;
  using Method = core::Result<codec::Json> (Rpc::*)(const internal::Parameters&, Call&);
  static const std::map<std::string_view, Method>& methods();

  std::string handle(std::string_view text, Call& call);
  std::optional<codec::Json> answer_one(const codec::Json& request, Call& call);
  core::Result<codec::Json> dispatch(const std::string& method, const codec::Json* params, Call& call);

  /// The storage after some block, and which block that is.
  struct At {
    Header header;
    core::UnixNanos time;
    const runtime::StateView* state = nullptr;
    std::unique_ptr<runtime::StateView> stored;
  };
  core::Result<At> at(const internal::Parameters& parameters, std::size_t i, Call& call) const;
  core::Result<std::optional<Block>> find_block(const std::optional<book::BlockHash>& hash) const;
  core::Result<codec::Json> values_at(const runtime::StateView& state, const std::vector<core::Bytes>& keys) const;

#define NOONMARK_RPC(name) core::Result<codec::Json> name(const internal::Parameters& parameters, Call& call)
  NOONMARK_RPC(rpc_methods);
  NOONMARK_RPC(system_chain);
  NOONMARK_RPC(system_chain_type);
  NOONMARK_RPC(system_name);
  NOONMARK_RPC(system_version);
  NOONMARK_RPC(system_properties);
  NOONMARK_RPC(system_health);
  NOONMARK_RPC(system_node_roles);
  NOONMARK_RPC(system_next_index);
  NOONMARK_RPC(chain_block);
  NOONMARK_RPC(chain_block_hash);
  NOONMARK_RPC(chain_head);
  NOONMARK_RPC(chain_header);
  NOONMARK_RPC(state_metadata);
  NOONMARK_RPC(state_version);
  NOONMARK_RPC(state_storage);
  NOONMARK_RPC(state_storage_size);
  NOONMARK_RPC(state_keys);
  NOONMARK_RPC(state_query);
  NOONMARK_RPC(state_call);
  NOONMARK_RPC(payment_info);
  NOONMARK_RPC(author_submit);
  NOONMARK_RPC(author_watch);
  NOONMARK_RPC(author_pending);
  NOONMARK_RPC(subscribe_new_heads);
  NOONMARK_RPC(subscribe_all_heads);
  NOONMARK_RPC(subscribe_finalized_heads);
  NOONMARK_RPC(subscribe_version);
  NOONMARK_RPC(subscribe_storage);
  NOONMARK_RPC(unsubscribe);
  NOONMARK_RPC(dev_new_block);
#undef NOONMARK_RPC

  core::Result<codec::Json> subscribe(Subscription subscription, Call& call);
  core::Result<std::optional<book::BlockHash>> submit(const internal::Parameters& parameters, Call& call);
  void announce(const Made& made);
  void tell(const Subscription& subscription, codec::Json result) const;

  Chain& chain_;
  core::Clock& clock_;
  const Identity identity_;
  const bool development_;
  const RpcLimits limits_;
  std::map<SessionId, Push> sessions_;
  std::map<std::string, Subscription> subscriptions_;  // by id
  std::uint64_t next_id_ = 1;
};

}  // namespace noonmark::node
