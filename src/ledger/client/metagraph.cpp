#include <algorithm>

#include "ledger/client/chain_client.h"
#include "ledger/client/snapshot.h"
#include "ledger/scale/codec.h"

namespace noonmark::client {
namespace {

using scale::Value;
using scale::Writer;

constexpr std::string_view kPallet = "SubtensorModule";
constexpr std::size_t kMaxNeurons = 65536;

core::Bytes key(const book::AccountId& account) { return {account.bytes.begin(), account.bytes.end()}; }
core::Bytes key(std::uint16_t number) { return Writer().number(number).take(); }

/// Reads one subnet.
class MetagraphReader {
 public:
  MetagraphReader(Snapshot& state, book::NetUid netuid) : state_(state), net_(key(netuid)) { graph_.netuid = netuid; }

  core::Result<book::Metagraph> run(const book::BlockRef& at) {
    graph_.at = at;
    TRY(read_rules());
    TRY(read_keys());
    TRY(read_owners());
    TRY(read_shares());
    return std::move(graph_);
  }

 private:
  /// A value under the subnet's number; 0 where the chain has none.
  core::Result<std::uint64_t> rule(std::string_view item, std::uint64_t max = UINT64_MAX) {
    const auto value = TRY(state_.get(kPallet, item, {net_}));
    return value ? number_of(*value, max) : 0;
  }
  core::Result<std::uint16_t> rule16(std::string_view item) {
    return static_cast<std::uint16_t>(TRY(rule(item, UINT16_MAX)));
  }

  core::Result<void> read_rules() {
    for (const char* item : {"NetworksAdded",
                             "SubnetworkN",
                             "Tempo",
                             "Kappa",
                             "Burn",
                             "MinAllowedWeights",
                             "MaxAllowedValidators",
                             "WeightsSetRateLimit",
                             "WeightsVersionKey",
                             "ServingRateLimit",
                             "CommitRevealWeightsEnabled",
                             "RevealPeriodEpochs",
                             "SubnetOwner",
                             "Active",
                             "ValidatorPermit",
                             "Consensus",
                             "Incentive",
                             "Dividends",
                             "ValidatorTrust",
                             "Emission",
                             "LastUpdate"}) {
      TRY(state_.want(kPallet, item, {net_}));
    }
    TRY(state_.want(kPallet, "StakeThreshold", {}));
    TRY(state_.fetch());
    const auto added = TRY(state_.get(kPallet, "NetworksAdded", {net_}));
    const bool exists = added && TRY(boolean_of(*added));
    if (!exists) return core::not_found("the ledger has no subnet " + std::to_string(graph_.netuid));
    const auto owner = TRY(state_.get(kPallet, "SubnetOwner", {net_}));
    if (owner) graph_.owner.bytes = TRY(bytes32_of(*owner));
    book::Hyperparameters& rules = graph_.rules;
    rules.tempo = TRY(rule16("Tempo"));
    rules.max_validators = TRY(rule16("MaxAllowedValidators"));
    rules.min_allowed_weights = TRY(rule16("MinAllowedWeights"));
    rules.kappa = TRY(rule16("Kappa"));
    rules.weights_rate_limit = TRY(rule("WeightsSetRateLimit"));
    rules.weights_version = TRY(rule("WeightsVersionKey"));
    rules.serving_rate_limit = TRY(rule("ServingRateLimit"));
    rules.reveal_period_epochs = TRY(rule("RevealPeriodEpochs"));
    rules.burn = TRY(rule("Burn"));
    const auto commit_reveal = TRY(state_.get(kPallet, "CommitRevealWeightsEnabled", {net_}));
    rules.commit_reveal = commit_reveal && TRY(boolean_of(*commit_reveal));
    const auto threshold = TRY(state_.get(kPallet, "StakeThreshold", {}));
    if (threshold) rules.stake_threshold = TRY(number_of(*threshold));
    graph_.neurons.resize(TRY(rule("SubnetworkN", kMaxNeurons - 1)));
    return {};
  }

  core::Result<void> read_keys() {
    for (std::size_t uid = 0; uid < graph_.neurons.size(); ++uid) {
      const core::Bytes uid_key = key(static_cast<std::uint16_t>(uid));
      TRY(state_.want(kPallet, "Keys", {net_, uid_key}));
      TRY(state_.want(kPallet, "BlockAtRegistration", {net_, uid_key}));
    }
    TRY(state_.fetch());
    for (std::size_t uid = 0; uid < graph_.neurons.size(); ++uid) {
      book::Neuron& neuron = graph_.neurons[uid];
      neuron.uid = static_cast<book::Uid>(uid);
      const core::Bytes uid_key = key(neuron.uid);
      const auto hotkey = TRY(state_.get(kPallet, "Keys", {net_, uid_key}));
      if (!hotkey) return core::corrupt("the ledger has no key for uid " + std::to_string(uid));
      neuron.hotkey.bytes = TRY(bytes32_of(*hotkey));
      const auto registered = TRY(state_.get(kPallet, "BlockAtRegistration", {net_, uid_key}));
      if (registered) neuron.registered_at = TRY(number_of(*registered));
    }
    return {};
  }

  core::Result<void> read_owners() {
    for (const book::Neuron& neuron : graph_.neurons) {
      TRY(state_.want(kPallet, "Owner", {key(neuron.hotkey)}));
      TRY(state_.want(kPallet, "TotalHotkeyAlpha", {key(neuron.hotkey), net_}));
      TRY(state_.want(kPallet, "Axons", {net_, key(neuron.hotkey)}));
    }
    TRY(state_.fetch());
    for (book::Neuron& neuron : graph_.neurons) {
      const auto owner = TRY(state_.get(kPallet, "Owner", {key(neuron.hotkey)}));
      if (owner) neuron.coldkey.bytes = TRY(bytes32_of(*owner));
      const auto stake = TRY(state_.get(kPallet, "TotalHotkeyAlpha", {key(neuron.hotkey), net_}));
      if (stake) neuron.stake = TRY(number_of(*stake));
      const auto axon = TRY(state_.get(kPallet, "Axons", {net_, key(neuron.hotkey)}));
      if (axon) neuron.axon = TRY(axon_of(*axon));
    }
    return {};
  }

  static core::Result<book::Axon> axon_of(const Value& value) {
    const auto field = [&](const char* name, std::uint64_t max) -> core::Result<std::uint64_t> {
      const Value* found = value.find(name);
      if (found == nullptr) return core::invalid("this chain's axons have another form; update this program");
      return number_of(*found, max);
    };
    book::Axon axon;
    axon.block = TRY(field("block", UINT64_MAX));
    axon.version = static_cast<std::uint32_t>(TRY(field("version", UINT32_MAX)));
    axon.port = static_cast<std::uint16_t>(TRY(field("port", UINT16_MAX)));
    axon.ip_type = static_cast<std::uint8_t>(TRY(field("ip_type", UINT8_MAX)));
    axon.protocol = static_cast<std::uint8_t>(TRY(field("protocol", UINT8_MAX)));
    const Value* ip = value.find("ip");
    if (ip == nullptr) return core::invalid("this chain's axons have another form; update this program");
    for (std::size_t i = 0; i < 8; ++i) {
      axon.ip[15 - i] = static_cast<std::uint8_t>(ip->number.low >> (8 * i));
      axon.ip[7 - i] = static_cast<std::uint8_t>(ip->number.high >> (8 * i));
    }
    return axon;
  }

  /// One list by uid; neurons beyond its end have 0.
  template <class Put>
  core::Result<void> list(std::string_view item, std::uint64_t max, const Put& put) {
    const auto value = TRY(state_.get(kPallet, item, {net_}));
    if (!value) return {};
    const auto& items = value->inner().items;
    for (std::size_t uid = 0; uid < std::min(items.size(), graph_.neurons.size()); ++uid) {
      const Value& one = items[uid].inner();
      const bool yes = one.kind == Value::Kind::boolean && one.boolean;
      put(graph_.neurons[uid], one.kind == Value::Kind::boolean ? std::uint64_t{yes} : TRY(number_of(one, max)));
    }
    return {};
  }

  core::Result<void> read_shares() {
    using book::Neuron;
    const auto share = [&](std::string_view item, std::uint16_t Neuron::*member) {
      return list(item, UINT16_MAX, [member](Neuron& neuron, std::uint64_t value) {
        neuron.*member = static_cast<std::uint16_t>(value);
      });
    };
    TRY(share("Consensus", &Neuron::consensus));
    TRY(share("Incentive", &Neuron::incentive));
    TRY(share("Dividends", &Neuron::dividends));
    TRY(share("ValidatorTrust", &Neuron::validator_trust));
    TRY(list("Active", 1, [](Neuron& neuron, std::uint64_t value) { neuron.active = value != 0; }));
    TRY(list("ValidatorPermit", 1, [](Neuron& neuron, std::uint64_t value) { neuron.validator_permit = value != 0; }));
    TRY(list("Emission", UINT64_MAX, [](Neuron& neuron, std::uint64_t value) { neuron.emission = value; }));
    TRY(list("LastUpdate", UINT64_MAX, [](Neuron& neuron, std::uint64_t value) { neuron.last_update = value; }));
    return {};
  }

  Snapshot& state_;
  const core::Bytes net_;
  book::Metagraph graph_;
};

}  // namespace

core::Result<book::Metagraph> ChainClient::metagraph(book::NetUid netuid, const book::BlockRef& at) {
  Snapshot state(rpc_, metadata_, at);
  return MetagraphReader(state, netuid).run(at);
}

}  // namespace noonmark::client
