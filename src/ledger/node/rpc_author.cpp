// What changes the chain, and who is told about it: extrinsics, blocks, subscriptions.
#include "ledger/node/internal/call.h"
#include "ledger/node/internal/parameters.h"
#include "ledger/node/rpc.h"

namespace noonmark::node {

using codec::Json;
using internal::Parameters;

namespace {

constexpr std::string_view kNewHead = "chain_newHead", kAllHead = "chain_allHead",
                           kFinalizedHead = "chain_finalizedHead", kVersion = "state_runtimeVersion",
                           kStorage = "state_storage", kUpdate = "author_extrinsicUpdate";
constexpr std::uint64_t kMaxBlocksAtOnce = 1000;

/// What a subscriber to these keys hears of a block; nothing when it changes none of them.
std::optional<Json> changes_of(const std::vector<core::Bytes>& keys, const Made& made) {
  Json changes = Json::array();
  for (const core::Bytes& key : keys) {
    const auto found = made.changes.find(key);
    if (found == made.changes.end()) continue;
    changes.push_back(Json(Json::Array{hex0x(key), found->second ? Json(hex0x(*found->second)) : Json()}));
  }
  if (changes.as_array().empty()) return std::nullopt;
  return Json::object({{"block", made.hash.hex()}, {"changes", std::move(changes)}});
}

}  // namespace

core::Result<std::optional<book::BlockHash>> Rpc::submit(const Parameters& parameters, Call& call) {
  core::Bytes extrinsic = TRY(parameters.bytes(0));
  const Chain::Submitted submitted = TRY(chain_.submit(std::move(extrinsic)));
  if (const Refusal* refusal = std::get_if<Refusal>(&submitted)) {
    call.refusal = *refusal;
    return std::optional<book::BlockHash>();
  }
  return std::optional(std::get<book::BlockHash>(submitted));
}

core::Result<Json> Rpc::author_submit(const Parameters& parameters, Call& call) {
  const auto hash = TRY(submit(parameters, call));
  return hash ? Json(hash->hex()) : Json();
}

core::Result<Json> Rpc::author_watch(const Parameters& parameters, Call& call) {
  // Before anything is stored, so that a caller who cannot watch doesn't submit unknowingly.
  if (!call.session) return subscribe({}, call);
  const auto hash = TRY(submit(parameters, call));
  if (!hash) return Json();
  Json id = TRY(subscribe({std::string(kUpdate), 0, {}, {}, *hash}, call));
  if (!call.refusal) call.after.emplace_back(id.as_string(), "ready");
  return id;
}

core::Result<Json> Rpc::author_pending(const Parameters&, Call&) {
  Json pending = Json::array();
  for (const core::Bytes& extrinsic : chain_.pending()) pending.push_back(hex0x(extrinsic));
  return pending;
}

core::Result<Json> Rpc::subscribe(Subscription subscription, Call& call) {
  if (!call.session) {
    return call.refuse({-32601, "Method not found", "subscriptions need a WebSocket; connect to ws:// on this port"});
  }
  std::size_t mine = 0;
  for (const auto& [id, other] : subscriptions_) mine += other.session == *call.session ? 1 : 0;
  if (mine >= limits_.subscriptions) {
    return call.refuse({-32006, "Too many subscriptions on the connection", "end some of them first"});
  }
  subscription.session = *call.session;
  subscription.id = "nm" + std::to_string(next_id_++);
  Json id(subscription.id);
  subscriptions_.emplace(subscription.id, std::move(subscription));
  return id;
}

core::Result<Json> Rpc::subscribe_new_heads(const Parameters&, Call& call) {
  Json id = TRY(subscribe({std::string(kNewHead), 0, {}, {}, {}}, call));
  if (!call.refusal) call.after.emplace_back(id.as_string(), chain_.head().header.json());
  return id;
}

core::Result<Json> Rpc::subscribe_all_heads(const Parameters&, Call& call) {
  Json id = TRY(subscribe({std::string(kAllHead), 0, {}, {}, {}}, call));
  if (!call.refusal) call.after.emplace_back(id.as_string(), chain_.head().header.json());
  return id;
}

core::Result<Json> Rpc::subscribe_finalized_heads(const Parameters&, Call& call) {
  Json id = TRY(subscribe({std::string(kFinalizedHead), 0, {}, {}, {}}, call));
  if (!call.refusal) call.after.emplace_back(id.as_string(), chain_.head().header.json());
  return id;
}

core::Result<Json> Rpc::subscribe_version(const Parameters&, Call& call) {
  Json id = TRY(subscribe({std::string(kVersion), 0, {}, {}, {}}, call));
  if (!call.refusal) call.after.emplace_back(id.as_string(), chain_.machine().version());
  return id;
}

core::Result<Json> Rpc::subscribe_storage(const Parameters& parameters, Call& call) {
  const std::vector<core::Bytes> keys = TRY(parameters.byte_strings(0, limits_.keys));
  Json changes = TRY(values_at(chain_.state(), keys));
  Json id = TRY(subscribe({std::string(kStorage), 0, {}, keys, {}}, call));
  if (call.refusal) return Json();
  call.after.emplace_back(id.as_string(),
                          Json::object({{"block", chain_.head_hash().hex()}, {"changes", std::move(changes)}}));
  return id;
}

core::Result<Json> Rpc::unsubscribe(const Parameters& parameters, Call& call) {
  const auto found = subscriptions_.find(TRY(parameters.text(0)));
  if (found == subscriptions_.end() || found->second.session != call.session) return Json(false);
  subscriptions_.erase(found);
  return Json(true);
}

core::Result<Json> Rpc::dev_new_block(const Parameters& parameters, Call&) {
  std::uint64_t count = 1;
  if (const Json* options = parameters.at(0); options != nullptr && options->is_object()) {
    if (const Json* wanted = options->find("count")) {
      const Json::Array one{*wanted};
      count = TRY(Parameters(one).number(0, kMaxBlocksAtOnce));
    }
  } else if (options != nullptr) {
    count = TRY(parameters.number(0, kMaxBlocksAtOnce));
  }
  for (std::uint64_t i = 0; i < count; ++i) TRY(make_block());
  return Json(chain_.head_hash().hex());
}

core::Result<Made> Rpc::make_block() {
  auto made = chain_.make_block(clock_.now());
  if (made.ok()) announce(*made);
  return made;
}

void Rpc::tell(const Subscription& subscription, Json result) const {
  const auto session = sessions_.find(subscription.session);
  if (session == sessions_.end()) return;
  session->second(codec::write_json(
      Json::object({{"jsonrpc", "2.0"},
                    {"method", subscription.event},
                    {"params", Json::object({{"subscription", subscription.id}, {"result", std::move(result)}})}})));
}

void Rpc::announce(const Made& made) {
  const Json head = made.block.header.json();
  std::map<book::BlockHash, bool> settled;
  for (const Settled& one : made.settled) settled[one.hash] = one.included;
  std::vector<std::string> ended;
  for (const auto& [id, subscription] : subscriptions_) {
    if (subscription.event == kNewHead || subscription.event == kAllHead || subscription.event == kFinalizedHead) {
      tell(subscription, head);
    } else if (subscription.event == kStorage) {
      if (auto changes = changes_of(subscription.keys, made)) tell(subscription, std::move(*changes));
    } else if (subscription.watched && settled.contains(*subscription.watched)) {
      ended.push_back(id);
      if (settled[*subscription.watched]) {
        // One author: what is in a block is final.
        tell(subscription, Json::object({{"inBlock", made.hash.hex()}}));
        tell(subscription, Json::object({{"finalized", made.hash.hex()}}));
      } else {
        tell(subscription, "invalid");
      }
    }
  }
  for (const std::string& id : ended) subscriptions_.erase(id);
}

}  // namespace noonmark::node
