#include "ledger/node/rpc.h"

#include <utility>

#include "ledger/node/internal/call.h"
#include "ledger/node/internal/parameters.h"

namespace noonmark::node {
namespace {

constexpr std::size_t kMaxDepth = 64;

codec::Json envelope(const codec::Json* id, std::string_view member, codec::Json value) {
  codec::Json answer = codec::Json::object({{"jsonrpc", "2.0"}, {"id", id != nullptr ? *id : codec::Json()}});
  answer[member] = std::move(value);
  return answer;
}

codec::Json error_answer(const codec::Json* id, const Refusal& refusal) {
  codec::Json error = codec::Json::object({{"code", refusal.code}, {"message", refusal.message}});
  if (refusal.data) error["data"] = *refusal.data;
  return envelope(id, "error", std::move(error));
}

/// JSON-RPC 2.0 §5.1.
Refusal refusal_from(const core::Error& failure) {
  const bool callers = failure.kind == core::ErrorKind::invalid || failure.kind == core::ErrorKind::usage;
  return {callers ? -32602 : -32603, callers ? "Invalid params" : "Internal error", failure.message};
}

}  // namespace

Rpc::Rpc(Chain& chain, core::Clock& clock, Identity identity, bool development, RpcLimits limits)
    : chain_(chain), clock_(clock), identity_(std::move(identity)), development_(development), limits_(limits) {}
Rpc::~Rpc() = default;

const std::map<std::string_view, Rpc::Method>& Rpc::methods() {
  static const std::map<std::string_view, Method> kMethods = {
      {"rpc_methods", &Rpc::rpc_methods},
      {"system_chain", &Rpc::system_chain},
      {"system_chainType", &Rpc::system_chain_type},
      {"system_name", &Rpc::system_name},
      {"system_version", &Rpc::system_version},
      {"system_properties", &Rpc::system_properties},
      {"system_health", &Rpc::system_health},
      {"system_nodeRoles", &Rpc::system_node_roles},
      {"system_accountNextIndex", &Rpc::system_next_index},
      {"account_nextIndex", &Rpc::system_next_index},
      {"chain_getBlock", &Rpc::chain_block},
      {"chain_getBlockHash", &Rpc::chain_block_hash},
      {"chain_getHead", &Rpc::chain_block_hash},
      {"chain_getFinalizedHead", &Rpc::chain_head},
      {"chain_getFinalisedHead", &Rpc::chain_head},
      {"chain_getHeader", &Rpc::chain_header},
      {"state_getMetadata", &Rpc::state_metadata},
      {"state_getRuntimeVersion", &Rpc::state_version},
      {"chain_getRuntimeVersion", &Rpc::state_version},
      {"state_getStorage", &Rpc::state_storage},
      {"state_getStorageAt", &Rpc::state_storage},
      {"state_getStorageSize", &Rpc::state_storage_size},
      {"state_getKeysPaged", &Rpc::state_keys},
      {"state_getKeysPagedAt", &Rpc::state_keys},
      {"state_queryStorageAt", &Rpc::state_query},
      {"state_call", &Rpc::state_call},
      {"state_callAt", &Rpc::state_call},
      {"payment_queryInfo", &Rpc::payment_info},
      {"author_submitExtrinsic", &Rpc::author_submit},
      {"author_submitAndWatchExtrinsic", &Rpc::author_watch},
      {"author_pendingExtrinsics", &Rpc::author_pending},
      {"author_unwatchExtrinsic", &Rpc::unsubscribe},
      {"chain_subscribeNewHeads", &Rpc::subscribe_new_heads},
      {"chain_subscribeNewHead", &Rpc::subscribe_new_heads},
      {"subscribe_newHead", &Rpc::subscribe_new_heads},
      {"chain_subscribeAllHeads", &Rpc::subscribe_all_heads},
      {"chain_subscribeFinalizedHeads", &Rpc::subscribe_finalized_heads},
      {"chain_subscribeFinalisedHeads", &Rpc::subscribe_finalized_heads},
      {"state_subscribeRuntimeVersion", &Rpc::subscribe_version},
      {"chain_subscribeRuntimeVersion", &Rpc::subscribe_version},
      {"state_subscribeStorage", &Rpc::subscribe_storage},
      {"chain_unsubscribeNewHeads", &Rpc::unsubscribe},
      {"chain_unsubscribeNewHead", &Rpc::unsubscribe},
      {"unsubscribe_newHead", &Rpc::unsubscribe},
      {"chain_unsubscribeAllHeads", &Rpc::unsubscribe},
      {"chain_unsubscribeFinalizedHeads", &Rpc::unsubscribe},
      {"chain_unsubscribeFinalisedHeads", &Rpc::unsubscribe},
      {"state_unsubscribeRuntimeVersion", &Rpc::unsubscribe},
      {"chain_unsubscribeRuntimeVersion", &Rpc::unsubscribe},
      {"state_unsubscribeStorage", &Rpc::unsubscribe},
      {"dev_newBlock", &Rpc::dev_new_block},
  };
  return kMethods;
}

core::Result<codec::Json> Rpc::rpc_methods(const internal::Parameters&, Call&) {
  codec::Json names = codec::Json::array();
  for (const auto& [name, method] : methods()) {
    if (development_ || !name.starts_with("dev_")) names.push_back(name);
  }
  return codec::Json::object({{"methods", std::move(names)}});
}

core::Result<codec::Json> Rpc::dispatch(const std::string& method, const codec::Json* params, Call& call) {
  const auto found = methods().find(method);
  if (found == methods().end() || (method.starts_with("dev_") && !development_)) {
    return call.refuse({-32601, "Method not found", method.substr(0, 100)});
  }
  static const codec::Json::Array kNone;
  if (params != nullptr && !params->is_array()) return core::invalid("parameters are given by position, as an array");
  return (this->*found->second)(internal::Parameters(params != nullptr ? params->as_array() : kNone), call);
}

std::optional<codec::Json> Rpc::answer_one(const codec::Json& request, Call& call) {
  const codec::Json* id = request.find("id");
  const codec::Json* method = request.find("method");
  const bool proper_id = id == nullptr || id->is_null() || id->is_string() || id->is_integer();
  const codec::Json* version = request.find("jsonrpc");
  if (!request.is_object() || !proper_id || method == nullptr || !method->is_string() || version == nullptr ||
      *version != codec::Json("2.0")) {
    return error_answer(proper_id ? id : nullptr, {-32600, "Invalid request", std::nullopt});
  }
  const codec::Json* params = request.find("params");
  if (params != nullptr && params->is_null()) params = nullptr;
  call.refusal.reset();
  core::Result<codec::Json> result = dispatch(method->as_string(), params, call);
  if (id == nullptr) return std::nullopt;  // a notification has no answer
  if (!result.ok()) return error_answer(id, refusal_from(result.error()));
  if (call.refusal) return error_answer(id, *call.refusal);
  return envelope(id, "result", std::move(*result));
}

std::string Rpc::handle(std::string_view text, Call& call) {
  codec::JsonLimits limits;
  limits.max_depth = kMaxDepth;
  const auto parsed = codec::parse_json(text, limits);
  if (!parsed.ok()) return codec::write_json(error_answer(nullptr, {-32700, "Parse error", parsed.error().message}));
  if (!parsed->is_array()) {
    const auto answer = answer_one(*parsed, call);
    return answer ? codec::write_json(*answer) : std::string();
  }
  const codec::Json::Array& batch = parsed->as_array();
  if (batch.empty() || batch.size() > limits_.batch) {
    return codec::write_json(error_answer(
        nullptr, {-32600, "Invalid request", "a batch has 1 to " + std::to_string(limits_.batch) + " requests"}));
  }
  codec::Json answers = codec::Json::array();
  for (const codec::Json& request : batch) {
    if (auto answer = answer_one(request, call)) answers.push_back(std::move(*answer));
  }
  return answers.as_array().empty() ? std::string() : codec::write_json(answers);
}

std::string Rpc::post(std::string_view text) {
  Call call;
  return handle(text, call);
}

void Rpc::open(SessionId session, Push push) { sessions_[session] = std::move(push); }

void Rpc::receive(SessionId session, std::string_view text) {
  const auto found = sessions_.find(session);
  if (found == sessions_.end()) return;
  Call call;
  call.session = session;
  const std::string answer = handle(text, call);
  if (!answer.empty()) found->second(answer);
  for (auto& [id, result] : call.after) {
    const auto subscription = subscriptions_.find(id);
    if (subscription != subscriptions_.end()) tell(subscription->second, std::move(result));
  }
}

void Rpc::close(SessionId session) {
  std::erase_if(subscriptions_, [&](const auto& entry) { return entry.second.session == session; });
  sessions_.erase(session);
}

}  // namespace noonmark::node
