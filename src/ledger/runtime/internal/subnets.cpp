#include <algorithm>

#include "ledger/runtime/internal/dispatch.h"

namespace noonmark::runtime {
namespace {

constexpr std::uint16_t kMaxNetworks = 128;

/// Each list that a neuron has a place in.
template <class Do>
void each_list(const Do& apply) {
  apply(item::kActive, true);
  apply(item::kValidatorPermit, false);
  apply(item::kConsensus, std::uint16_t{0});
  apply(item::kIncentive, std::uint16_t{0});
  apply(item::kDividends, std::uint16_t{0});
  apply(item::kValidatorTrust, std::uint16_t{0});
  apply(item::kStakeWeight, std::uint16_t{0});
  apply(item::kEmission, std::uint64_t{0});
}

/// The least paid neuron that isn't immune any more, or where all are the least paid of all; of equals the oldest. The
/// owner's key stays.
std::optional<Uid> least_paid(Scene& scene, NetUid netuid, std::uint16_t count) {
  Storage& state = scene.state;
  const auto emission = state.get(item::kEmission, netuid);
  const auto owner = state.find(item::kUids, netuid, state.get(item::kSubnetOwnerHotkey, netuid));
  const std::uint64_t immunity = state.get(item::kImmunityPeriod, netuid);
  std::optional<std::tuple<bool, std::uint64_t, std::uint64_t, Uid>> worst;
  for (Uid uid = 0; uid < count; ++uid) {
    if (uid == owner) continue;
    const std::uint64_t registered = state.get(item::kBlockAtRegistration, netuid, uid);
    const std::tuple candidate(scene.block - registered < immunity, uid < emission.size() ? emission[uid] : 0,
                               registered, uid);
    if (!worst || candidate < *worst) worst = candidate;
  }
  if (!worst) return std::nullopt;
  return std::get<3>(*worst);
}

void put_neuron(Scene& scene, NetUid netuid, Uid uid, const AccountId& hotkey) {
  Storage& state = scene.state;
  state.put(item::kKeys, netuid, uid, hotkey);
  state.put(item::kUids, netuid, hotkey, uid);
  state.put(item::kBlockAtRegistration, netuid, uid, scene.block);
  const auto place = [&](const auto& list, auto value) {
    auto values = state.get(list, netuid);
    if (values.size() <= uid) values.resize(uid + 1u);
    values[uid] = value;
    state.put(list, netuid, values);
  };
  each_list(place);
  place(item::kLastUpdate, scene.block);
  scene.events.add(event::NeuronRegistered{netuid, uid, hotkey});
}

void clear_neuron(Scene& scene, NetUid netuid, Uid uid) {
  Storage& state = scene.state;
  const AccountId hotkey = state.get(item::kKeys, netuid, uid);
  state.remove(item::kUids, netuid, hotkey);
  state.remove(item::kAxons, netuid, hotkey);
  state.remove(item::kWeights, netuid, uid);
  state.remove(item::kBonds, netuid, uid);
  state.remove(item::kWeightCommits, netuid, hotkey);
  state.remove(item::kCommitmentOf, netuid, hotkey);
  state.remove(item::kLastCommitment, netuid, hotkey);
  state.remove(item::kUsedSpaceOf, netuid, hotkey);
}

/// The hot key belongs to `coldkey` from now on, unless it is somebody else's.
bool claim_hotkey(Scene& scene, const AccountId& hotkey, const AccountId& coldkey) {
  const auto owner = scene.state.find(item::kOwner, hotkey);
  if (owner) return *owner == coldkey;
  scene.state.put(item::kOwner, hotkey, coldkey);
  return true;
}

}  // namespace

std::optional<Uid> add_neuron(Scene& scene, NetUid netuid, const AccountId& hotkey) {
  const std::uint16_t count = scene.state.get(item::kSubnetworkN, netuid);
  if (count < scene.state.get(item::kMaxAllowedUids, netuid)) {
    scene.state.put(item::kSubnetworkN, netuid, static_cast<std::uint16_t>(count + 1));
    put_neuron(scene, netuid, count, hotkey);
    return count;
  }
  const auto replaced = least_paid(scene, netuid, count);
  if (!replaced) return std::nullopt;
  clear_neuron(scene, netuid, *replaced);
  put_neuron(scene, netuid, *replaced, hotkey);
  return replaced;
}

NetUid add_subnet(Scene& scene, const AccountId& owner, const AccountId& owner_hotkey) {
  Storage& state = scene.state;
  const auto netuid = static_cast<NetUid>(state.get(item::kNetworks) + 1);
  state.put(item::kNetworks, netuid);
  state.put(item::kNetworksAdded, netuid, true);
  state.put(item::kNetworkRegisteredAt, netuid, scene.block);
  state.put(item::kSubnetOwner, netuid, owner);
  state.put(item::kSubnetOwnerHotkey, netuid, owner_hotkey);
  scene.events.add(event::NetworkAdded{netuid, 0});
  claim_hotkey(scene, owner_hotkey, owner);
  add_neuron(scene, netuid, owner_hotkey);
  return netuid;
}

Outcome run(Scene& scene, const AccountId& signer, const call::RegisterNetwork& call) {
  if (scene.state.get(item::kNetworks) >= kMaxNetworks) return failed("SubtensorModule", "TooManyNetworks");
  const auto owner = scene.state.find(item::kOwner, call.hotkey);
  if (owner && *owner != signer) return failed("SubtensorModule", "NonAssociatedColdKey");
  const Rao price = scene.state.get(item::kSubnetPrice);
  if (!debit(scene, signer, price)) return failed("SubtensorModule", "NotEnoughBalanceToStake");
  burn(scene, price);
  add_subnet(scene, signer, call.hotkey);
  return {};
}

Outcome run(Scene& scene, const AccountId& signer, const call::StartCall& call) {
  Storage& state = scene.state;
  if (!state.get(item::kNetworksAdded, call.netuid)) return failed("SubtensorModule", "SubnetNotExists");
  if (state.get(item::kSubnetOwner, call.netuid) != signer) return bad_origin();
  if (state.get(item::kSubtokenEnabled, call.netuid))
    return failed("SubtensorModule", "FirstEmissionBlockNumberAlreadySet");
  state.put(item::kSubtokenEnabled, call.netuid, true);
  return {};
}

Outcome run(Scene& scene, const AccountId& signer, const call::BurnedRegister& call) {
  Storage& state = scene.state;
  if (!state.get(item::kNetworksAdded, call.netuid)) return failed("SubtensorModule", "SubNetworkDoesNotExist");
  if (state.has(item::kUids, call.netuid, call.hotkey))
    return failed("SubtensorModule", "HotKeyAlreadyRegisteredInSubNet");
  const Rao price = state.get(item::kBurn, call.netuid);
  if (!debit(scene, signer, price)) return failed("SubtensorModule", "NotEnoughBalanceToPayRegistration");
  burn(scene, price);
  if (!claim_hotkey(scene, call.hotkey, signer)) return failed("SubtensorModule", "NonAssociatedColdKey");
  if (!add_neuron(scene, call.netuid, call.hotkey)) return failed("SubtensorModule", "NoNeuronIdAvailable");
  return {};
}

Outcome run(Scene& scene, const AccountId& signer, const call::ServeAxon& call) {
  Storage& state = scene.state;
  if (!state.has(item::kUids, call.netuid, signer)) return failed("SubtensorModule", "HotKeyNotRegisteredInSubNet");
  if (call.ip_type != 4 && call.ip_type != 6) return failed("SubtensorModule", "InvalidIpType");
  const bool v4 = call.ip.high == 0 && call.ip.low <= UINT32_MAX;
  const bool refused = (v4 && (call.ip.low == 0x7f000001 || call.ip.low == UINT32_MAX)) || (call.ip_type == 4 && !v4) ||
                       (call.ip_type == 6 && call.ip == scale::U128{1, 0});
  if (refused) return failed("SubtensorModule", "InvalidIpAddress");
  if (call.port == 0) return failed("SubtensorModule", "InvalidPort");
  const auto before = state.find(item::kAxons, call.netuid, signer);
  if (before && scene.block - before->block < state.get(item::kServingRateLimit, call.netuid)) {
    return failed("SubtensorModule", "ServingRateLimitExceeded");
  }
  state.put(item::kAxons, call.netuid, signer,
            AxonInfo{scene.block, call.version, call.ip, call.port, call.ip_type, call.protocol, call.placeholder1,
                     call.placeholder2});
  scene.events.add(event::AxonServed{call.netuid, signer});
  return {};
}

Outcome run(Scene& scene, const AccountId& signer, const call::SetCommitment& call) {
  Storage& state = scene.state;
  if (!state.has(item::kUids, call.netuid, signer)) return failed("Commitments", "AccountNotAllowedCommit");
  if (call.info.content.size() > 3) return failed("Commitments", "TooManyFieldsInCommitmentInfo");
  std::uint64_t bytes = 0;
  for (const Data& data : call.info.content) bytes += data.raw.size();
  const std::uint64_t tempo = state.get(item::kTempo, call.netuid);
  const std::uint64_t epoch = (scene.block + call.netuid + 1) / (tempo + 1);
  UsageTracker usage = state.get(item::kUsedSpaceOf, call.netuid, signer);
  if (usage.last_epoch != epoch) usage = {epoch, 0};
  usage.used_space += std::max<std::uint64_t>(bytes, 100);
  if (usage.used_space > state.get(item::kMaxSpace)) return failed("Commitments", "SpaceLimitExceeded");
  const auto block = static_cast<std::uint32_t>(scene.block);
  state.put(item::kUsedSpaceOf, call.netuid, signer, usage);
  state.put(item::kCommitmentOf, call.netuid, signer, Registration{0, block, call.info});
  state.put(item::kLastCommitment, call.netuid, signer, block);
  scene.events.add(event::Committed{call.netuid, signer});
  return {};
}

}  // namespace noonmark::runtime
