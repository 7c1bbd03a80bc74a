#include "ledger/runtime/internal/reading.h"

#include <algorithm>

#include "ledger/runtime/internal/book_calls.h"

namespace noonmark::runtime {
namespace {

book::Hyperparameters read_rules(Storage& state, NetUid netuid) {
  book::Hyperparameters rules;
  rules.tempo = state.get(item::kTempo, netuid);
  rules.max_validators = state.get(item::kMaxAllowedValidators, netuid);
  rules.min_allowed_weights = state.get(item::kMinAllowedWeights, netuid);
  rules.kappa = state.get(item::kKappa, netuid);
  rules.weights_rate_limit = state.get(item::kWeightsSetRateLimit, netuid);
  rules.weights_version = state.get(item::kWeightsVersionKey, netuid);
  rules.serving_rate_limit = state.get(item::kServingRateLimit, netuid);
  rules.reveal_period_epochs = state.get(item::kRevealPeriodEpochs, netuid);
  rules.commit_reveal = state.get(item::kCommitRevealWeightsEnabled, netuid);
  rules.burn = state.get(item::kBurn, netuid);
  rules.stake_threshold = state.get(item::kStakeThreshold);
  return rules;
}

std::optional<book::Axon> read_axon(Storage& state, NetUid netuid, const AccountId& hotkey) {
  const auto info = state.find(item::kAxons, netuid, hotkey);
  if (!info) return std::nullopt;
  return book::Axon{info->block, info->version, ip_of_number(info->ip), info->port, info->ip_type, info->protocol};
}

/// One list of the subnet, by uid.
template <class T, class Member>
void spread(Storage& state, const Item<std::vector<T>, NetUid>& item, book::Metagraph& graph,
            Member book::Neuron::*member) {
  const auto values = state.get(item, graph.netuid);
  for (std::size_t uid = 0; uid < std::min(values.size(), graph.neurons.size()); ++uid) {
    graph.neurons[uid].*member = values[uid];
  }
}

}  // namespace

core::Result<book::Account> read_account(const StateView& view, const book::AccountId& who) {
  Storage state(view);
  const AccountInfo info = state.get(item::kAccount, who);
  TRY(state.outcome());
  return book::Account{info.nonce, info.data.free, info.data.reserved};
}

core::Result<book::Metagraph> read_metagraph(const StateView& view, book::NetUid netuid) {
  Storage state(view);
  if (!state.get(item::kNetworksAdded, netuid)) {
    return core::not_found("the ledger has no subnet " + std::to_string(netuid));
  }
  book::Metagraph graph;
  graph.netuid = netuid;
  graph.owner = state.get(item::kSubnetOwner, netuid);
  graph.rules = read_rules(state, netuid);
  graph.neurons.resize(state.get(item::kSubnetworkN, netuid));
  for (std::size_t i = 0; i < graph.neurons.size(); ++i) {
    book::Neuron& neuron = graph.neurons[i];
    neuron.uid = static_cast<Uid>(i);
    neuron.hotkey = state.get(item::kKeys, netuid, neuron.uid);
    neuron.coldkey = state.get(item::kOwner, neuron.hotkey);
    neuron.stake = state.get(item::kTotalHotkeyAlpha, neuron.hotkey, netuid);
    neuron.registered_at = state.get(item::kBlockAtRegistration, netuid, neuron.uid);
    neuron.axon = read_axon(state, netuid, neuron.hotkey);
  }
  spread(state, item::kActive, graph, &book::Neuron::active);
  spread(state, item::kValidatorPermit, graph, &book::Neuron::validator_permit);
  spread(state, item::kIncentive, graph, &book::Neuron::incentive);
  spread(state, item::kDividends, graph, &book::Neuron::dividends);
  spread(state, item::kConsensus, graph, &book::Neuron::consensus);
  spread(state, item::kValidatorTrust, graph, &book::Neuron::validator_trust);
  spread(state, item::kEmission, graph, &book::Neuron::emission);
  spread(state, item::kLastUpdate, graph, &book::Neuron::last_update);
  TRY(state.outcome());
  return graph;
}

core::Result<std::vector<book::Commitment>> read_commitments(const StateView& view, book::NetUid netuid) {
  Storage state(view);
  std::vector<book::Commitment> commitments;
  for (const auto& [rest, registration] : state.all(item::kCommitmentOf, netuid)) {
    book::Commitment commitment;
    // Behind the netuid: 8 bytes of hash, the hot key.
    std::copy_n(rest.begin() + 8, AccountId::kSize, commitment.hotkey.bytes.begin());
    commitment.block = registration.block;
    for (const Data& data : registration.info.content) {
      commitment.data.insert(commitment.data.end(), data.raw.begin(), data.raw.end());
    }
    commitments.push_back(std::move(commitment));
  }
  TRY(state.outcome());
  std::ranges::sort(commitments, {}, &book::Commitment::hotkey);
  return commitments;
}

core::Result<std::vector<book::WeightRow>> read_weights(const StateView& view, book::NetUid netuid) {
  Storage state(view);
  std::vector<book::WeightRow> rows;
  for (const auto& [uid, pairs] : state.all(item::kWeights, netuid)) {
    book::WeightRow row{static_cast<Uid>(uid[0] | uid[1] << 8), {}};
    for (const auto& [column, value] : pairs) row.weights.push_back({column, value});
    if (!row.weights.empty()) rows.push_back(std::move(row));
  }
  TRY(state.outcome());
  std::ranges::sort(rows, {}, &book::WeightRow::validator);
  return rows;
}

core::Result<std::vector<book::WeightCommit>> read_weight_commits(const StateView& view, book::NetUid netuid,
                                                                  const book::AccountId& hotkey) {
  Storage state(view);
  std::vector<book::WeightCommit> commits;
  for (const auto& [digest, block, first, last] : state.get(item::kWeightCommits, netuid, hotkey)) {
    commits.push_back({{digest}, block, first, last});
  }
  TRY(state.outcome());
  return commits;
}

}  // namespace noonmark::runtime
