#include "ledger/client/calls.h"

#include <algorithm>
#include <initializer_list>

#include "ledger/scale/codec.h"

namespace noonmark::client {
namespace {

using scale::Writer;

constexpr std::size_t kMaxRaw = 128;  // pallet Commitments, Data::Raw

/// Begins a call whose arguments are called `names`, in this order.
core::Result<Writer> begin(const scale::Metadata& metadata, std::string_view pallet, std::string_view name,
                           std::initializer_list<std::string_view> names) {
  const scale::Metadata::Call call = TRY(metadata.call(pallet, name));
  const bool same =
      std::ranges::equal(call.variant->fields, names,
                         [](const scale::Field& field, std::string_view wanted) { return field.name == wanted; });
  if (!same) {
    return core::invalid("this chain's call " + std::string(pallet) + "." + std::string(name) +
                         " takes other arguments than this program knows; update it");
  }
  Writer writer;
  writer.number(call.pallet).number(call.index);
  return writer;
}

void uids(Writer& writer, const std::vector<book::Weight>& weights) {
  writer.compact(weights.size());
  for (const book::Weight& weight : weights) writer.number(weight.uid);
}
void values(Writer& writer, const std::vector<book::Weight>& weights) {
  writer.compact(weights.size());
  for (const book::Weight& weight : weights) writer.number(weight.value);
}

struct Encoder {
  const scale::Metadata& metadata;

  core::Result<Writer> operator()(const book::Transfer& call) const {
    Writer writer = TRY(begin(metadata, "Balances", "transfer_keep_alive", {"dest", "value"}));
    writer.number<std::uint8_t>(0).raw(call.to.bytes).compact(call.amount);  // MultiAddress::Id
    return writer;
  }
  core::Result<Writer> operator()(const book::RegisterSubnet& call) const {
    Writer writer = TRY(begin(metadata, "SubtensorModule", "register_network", {"hotkey"}));
    writer.raw(call.hotkey.bytes);
    return writer;
  }
  core::Result<Writer> operator()(const book::StartSubnet& call) const {
    Writer writer = TRY(begin(metadata, "SubtensorModule", "start_call", {"netuid"}));
    writer.number(call.netuid);
    return writer;
  }
  core::Result<Writer> operator()(const book::Register& call) const {
    Writer writer = TRY(begin(metadata, "SubtensorModule", "burned_register", {"netuid", "hotkey"}));
    writer.number(call.netuid).raw(call.hotkey.bytes);
    return writer;
  }
  core::Result<Writer> operator()(const book::AddStake& call) const {
    Writer writer = TRY(begin(metadata, "SubtensorModule", "add_stake", {"hotkey", "netuid", "amount_staked"}));
    writer.raw(call.hotkey.bytes).number(call.netuid).number(call.amount);
    return writer;
  }
  core::Result<Writer> operator()(const book::RemoveStake& call) const {
    Writer writer = TRY(begin(metadata, "SubtensorModule", "remove_stake", {"hotkey", "netuid", "amount_unstaked"}));
    writer.raw(call.hotkey.bytes).number(call.netuid).number(call.amount);
    return writer;
  }
  core::Result<Writer> operator()(const book::Commit& call) const {
    if (call.data.size() > kMaxRaw) return core::invalid("a commitment has at most 128 bytes");
    Writer writer = TRY(begin(metadata, "Commitments", "set_commitment", {"netuid", "info"}));
    writer.number(call.netuid).compact(1).number(static_cast<std::uint8_t>(call.data.size() + 1)).raw(call.data);
    return writer;
  }
  core::Result<Writer> operator()(const book::ServeAxon& call) const {
    Writer writer =
        TRY(begin(metadata, "SubtensorModule", "serve_axon",
                  {"netuid", "version", "ip", "port", "ip_type", "protocol", "placeholder1", "placeholder2"}));
    scale::U128 ip;
    for (std::size_t i = 0; i < 8; ++i) ip.high = ip.high << 8 | call.axon.ip[i];
    for (std::size_t i = 8; i < 16; ++i) ip.low = ip.low << 8 | call.axon.ip[i];
    writer.number(call.netuid).number(call.axon.version).number(ip).number(call.axon.port).number(call.axon.ip_type);
    writer.number(call.axon.protocol).number<std::uint8_t>(0).number<std::uint8_t>(0);
    return writer;
  }
  core::Result<Writer> operator()(const book::SetWeights& call) const {
    Writer writer =
        TRY(begin(metadata, "SubtensorModule", "set_weights", {"netuid", "dests", "weights", "version_key"}));
    writer.number(call.netuid);
    uids(writer, call.weights);
    values(writer, call.weights);
    writer.number(call.version);
    return writer;
  }
  core::Result<Writer> operator()(const book::CommitWeights& call) const {
    Writer writer = TRY(begin(metadata, "SubtensorModule", "commit_weights", {"netuid", "commit_hash"}));
    writer.number(call.netuid).raw(call.digest.bytes);
    return writer;
  }
  core::Result<Writer> operator()(const book::RevealWeights& call) const {
    Writer writer =
        TRY(begin(metadata, "SubtensorModule", "reveal_weights", {"netuid", "uids", "values", "salt", "version_key"}));
    writer.number(call.netuid);
    uids(writer, call.weights);
    values(writer, call.weights);
    writer.compact(call.salt.size());
    for (const std::uint16_t word : call.salt) writer.number(word);
    writer.number(call.version);
    return writer;
  }
};

}  // namespace

core::Result<core::Bytes> encode_call(const scale::Metadata& metadata, const book::Call& call) {
  Writer writer = TRY(std::visit(Encoder{metadata}, call));
  return writer.take();
}

}  // namespace noonmark::client
