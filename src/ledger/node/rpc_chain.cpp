// What can be asked about the chain: blocks, storage, the node itself.
#include "ledger/node/internal/call.h"
#include "ledger/node/internal/parameters.h"
#include "ledger/node/rpc.h"

namespace noonmark::node {

using codec::Json;
using internal::Parameters;

core::Result<Json> Rpc::system_chain(const Parameters&, Call&) { return Json(identity_.chain); }
core::Result<Json> Rpc::system_name(const Parameters&, Call&) { return Json(identity_.name); }
core::Result<Json> Rpc::system_version(const Parameters&, Call&) { return Json(identity_.version); }

core::Result<Json> Rpc::system_chain_type(const Parameters&, Call&) {
  return Json(development_ ? "Development" : "Live");
}

core::Result<Json> Rpc::system_properties(const Parameters&, Call&) {
  return Json::object({{"isEthereum", false},
                       {"ss58Format", int{book::AccountId::kPrefix}},
                       {"tokenDecimals", identity_.decimals},
                       {"tokenSymbol", identity_.token}});
}

core::Result<Json> Rpc::system_health(const Parameters&, Call&) {
  return Json::object({{"peers", 0}, {"isSyncing", false}, {"shouldHavePeers", false}});
}

core::Result<Json> Rpc::system_node_roles(const Parameters&, Call&) { return Json(Json::Array{"Authority"}); }

core::Result<Json> Rpc::system_next_index(const Parameters& parameters, Call&) {
  const std::string name = TRY(parameters.text(0));
  const book::AccountId account = TRY(book::AccountId::parse(name));
  return Json(std::int64_t{TRY(chain_.next_nonce(account))});
}

core::Result<std::optional<Block>> Rpc::find_block(const std::optional<book::BlockHash>& hash) const {
  if (!hash || *hash == chain_.head_hash()) return std::optional<Block>(chain_.head());
  const auto number = TRY(chain_.store().number_of(*hash));
  if (!number) return std::optional<Block>();
  return chain_.store().block(*number);
}

core::Result<Json> Rpc::chain_header(const Parameters& parameters, Call&) {
  const auto hash = TRY(parameters.hash(0));
  const auto block = TRY(find_block(hash));
  return block ? block->header.json() : Json();
}

core::Result<Json> Rpc::chain_block(const Parameters& parameters, Call&) {
  const auto hash = TRY(parameters.hash(0));
  const auto block = TRY(find_block(hash));
  if (!block) return Json();
  Json extrinsics = Json::array();
  for (const core::Bytes& extrinsic : block->extrinsics) extrinsics.push_back(hex0x(extrinsic));
  return Json::object(
      {{"block", Json::object({{"header", block->header.json()}, {"extrinsics", std::move(extrinsics)}})},
       {"justifications", Json()}});
}

core::Result<Json> Rpc::chain_block_hash(const Parameters& parameters, Call&) {
  const auto hash_of = [&](const Json& number) -> core::Result<Json> {
    const Json::Array one{number};
    const std::uint64_t wanted = TRY(Parameters(one).number(0, UINT32_MAX));
    const auto hash = TRY(chain_.store().hash_of(static_cast<book::BlockNumber>(wanted)));
    return hash ? Json(hash->hex()) : Json();
  };
  const Json* asked = parameters.at(0);
  if (asked == nullptr) return Json(chain_.head_hash().hex());
  if (!asked->is_array()) return hash_of(*asked);
  if (asked->as_array().size() > limits_.keys) return core::invalid("too many block numbers at once");
  Json hashes = Json::array();
  for (const Json& number : asked->as_array()) hashes.push_back(TRY(hash_of(number)));
  return hashes;
}

core::Result<Json> Rpc::chain_head(const Parameters&, Call&) { return Json(chain_.head_hash().hex()); }

core::Result<Rpc::At> Rpc::at(const Parameters& parameters, std::size_t i, Call& call) const {
  const auto hash = TRY(parameters.hash(i));
  auto block = TRY(find_block(hash));
  if (!block) {
    call.refusal = Refusal{4003, "Client error: UnknownBlock", "there is no block " + hash->hex() + " on this chain"};
    return At{};
  }
  At found{block->header, block->time, &chain_.state(), nullptr};
  if (block->header.number == chain_.head().header.number) return found;
  found.stored = chain_.store().state_at(block->header.number);
  found.state = found.stored.get();
  return found;
}

core::Result<Json> Rpc::state_metadata(const Parameters&, Call&) { return Json(hex0x(chain_.machine().metadata())); }

core::Result<Json> Rpc::state_version(const Parameters&, Call&) { return chain_.machine().version(); }

core::Result<Json> Rpc::state_storage(const Parameters& parameters, Call& call) {
  const core::Bytes key = TRY(parameters.bytes(0));
  const At there = TRY(at(parameters, 1, call));
  if (call.refusal) return Json();
  const auto value = TRY(there.state->get(key));
  return value ? Json(hex0x(*value)) : Json();
}

core::Result<Json> Rpc::state_storage_size(const Parameters& parameters, Call& call) {
  const core::Bytes key = TRY(parameters.bytes(0));
  const At there = TRY(at(parameters, 1, call));
  if (call.refusal) return Json();
  const auto value = TRY(there.state->get(key));
  return value ? Json(std::uint64_t{value->size()}) : Json();
}

core::Result<Json> Rpc::state_keys(const Parameters& parameters, Call& call) {
  const core::Bytes prefix = parameters.has(0) ? TRY(parameters.bytes(0)) : core::Bytes();
  const std::uint64_t count = TRY(parameters.number(1, limits_.keys));
  const core::Bytes after = parameters.has(2) ? TRY(parameters.bytes(2)) : core::Bytes();
  const At there = TRY(at(parameters, 3, call));
  if (call.refusal) return Json();
  Json keys = Json::array();
  for (const core::Bytes& key : TRY(there.state->keys(prefix, count, after))) keys.push_back(hex0x(key));
  return keys;
}

core::Result<Json> Rpc::values_at(const runtime::StateView& state, const std::vector<core::Bytes>& keys) const {
  Json changes = Json::array();
  for (const core::Bytes& key : keys) {
    const auto value = TRY(state.get(key));
    changes.push_back(Json(Json::Array{hex0x(key), value ? Json(hex0x(*value)) : Json()}));
  }
  return changes;
}

core::Result<Json> Rpc::state_query(const Parameters& parameters, Call& call) {
  const std::vector<core::Bytes> keys = TRY(parameters.byte_strings(0, limits_.keys));
  const At there = TRY(at(parameters, 1, call));
  if (call.refusal) return Json();
  Json changes = TRY(values_at(*there.state, keys));
  return Json(Json::Array{Json::object({{"block", there.header.hash().hex()}, {"changes", std::move(changes)}})});
}

core::Result<Json> Rpc::state_call(const Parameters& parameters, Call& call) {
  const std::string method = TRY(parameters.text(0));
  const core::Bytes arguments = parameters.has(1) ? TRY(parameters.bytes(1)) : core::Bytes();
  const At there = TRY(at(parameters, 2, call));
  if (call.refusal) return Json();
  const runtime::BlockContext context{there.header.number, there.header.parent, there.time};
  return Json(hex0x(TRY(chain_.machine().call(*there.state, context, method, arguments))));
}

core::Result<Json> Rpc::payment_info(const Parameters& parameters, Call& call) {
  const core::Bytes extrinsic = TRY(parameters.bytes(0));
  const At there = TRY(at(parameters, 1, call));
  if (call.refusal) return Json();
  return chain_.machine().fee(*there.state, extrinsic);
}

}  // namespace noonmark::node
