#include "ledger/runtime/internal/dispatch.h"

#include <algorithm>

namespace noonmark::runtime {
namespace {

constexpr std::uint16_t kMinTempo = 2, kMaxUids = 4096;
constexpr std::uint64_t kMaxRevealPeriod = 100;

/// The chain's root, or the subnet's owner.
bool may_rule(Scene& scene, const Origin& origin, NetUid netuid) {
  return !origin || scene.state.get(item::kSubnetOwner, netuid) == *origin;
}

template <class Value>
struct Bounds {
  Value min{}, max = std::numeric_limits<Value>::max();
};

/// Sets one hyperparameter of a subnet.
template <class Call, class Value>
Outcome set(Scene& scene, const Origin& origin, const Call& call, const Item<Value, NetUid>& item,
            Bounds<Value> bounds = {}) {
  if (!scene.state.get(item::kNetworksAdded, call.netuid)) return failed("AdminUtils", "SubnetDoesNotExist");
  if (!may_rule(scene, origin, call.netuid)) return bad_origin();
  if (call.value < bounds.min || call.value > bounds.max) return failed("AdminUtils", "ValueNotInBounds");
  scene.state.put(item, call.netuid, call.value);
  return {};
}

struct Dispatcher {
  Scene& scene;
  const Origin& origin;

  Outcome operator()(const call::Remark&) const { return {}; }
  Outcome operator()(const call::SetTime&) const { return bad_origin(); }  // only the block's maker, as an inherent
  Outcome operator()(const call::TransferAllowDeath& call) const {
    return origin ? transfer(scene, *origin, call.dest.account, call.value.value, false) : bad_origin();
  }
  Outcome operator()(const call::TransferKeepAlive& call) const {
    return origin ? transfer(scene, *origin, call.dest.account, call.value.value, true) : bad_origin();
  }
  Outcome operator()(const call::BatchAll& batch) const {
    for (const AnyCall& one : batch.calls) {
      if (auto error = dispatch(scene, origin, one)) return error;
    }
    return {};
  }
  Outcome operator()(const call::Sudo& sudo) const {
    const auto key = scene.state.find(item::kSudoKey);
    if (!origin || !key || *origin != *key) return failed("Sudo", "RequireSudo");
    return dispatch(scene, std::nullopt, sudo.call.front());
  }
  Outcome operator()(const call::SetServingRateLimit& c) const {
    return set(scene, origin, c, item::kServingRateLimit);
  }
  Outcome operator()(const call::SetWeightsVersionKey& c) const {
    return set(scene, origin, c, item::kWeightsVersionKey);
  }
  Outcome operator()(const call::SetWeightsRateLimit& c) const {
    return set(scene, origin, c, item::kWeightsSetRateLimit);
  }
  Outcome operator()(const call::SetImmunityPeriod& c) const { return set(scene, origin, c, item::kImmunityPeriod); }
  Outcome operator()(const call::SetMinAllowedWeights& c) const {
    return set(scene, origin, c, item::kMinAllowedWeights);
  }
  Outcome operator()(const call::SetMaxAllowedUids& c) const {
    const std::uint16_t count = scene.state.get(item::kSubnetworkN, c.netuid);
    return set(scene, origin, c, item::kMaxAllowedUids, {std::max<std::uint16_t>(count, 1), kMaxUids});
  }
  Outcome operator()(const call::SetMaxAllowedValidators& c) const {
    return set(scene, origin, c, item::kMaxAllowedValidators, {1, kMaxUids});
  }
  Outcome operator()(const call::SetTempo& c) const { return set(scene, origin, c, item::kTempo, {kMinTempo, 50'400}); }
  Outcome operator()(const call::SetCommitReveal& c) const {
    return set(scene, origin, c, item::kCommitRevealWeightsEnabled);
  }
  Outcome operator()(const call::SetRevealPeriod& c) const {
    return set(scene, origin, c, item::kRevealPeriodEpochs, {1, kMaxRevealPeriod});
  }
  Outcome operator()(const call::SetStakeThreshold& call) const {
    if (origin) return bad_origin();
    scene.state.put(item::kStakeThreshold, call.min_stake);
    return {};
  }
  template <class Call>
  Outcome operator()(const Call& call) const {
    return origin ? run(scene, *origin, call) : bad_origin();
  }
};

/// The pool's number for an error (subtensor's CustomTransactionError); nothing for those that only a block tells.
std::optional<std::uint8_t> pool_number(const DispatchError& error) {
  struct Entry {
    std::string_view name;
    std::uint8_t number;
  };
  constexpr Entry kNumbers[] = {{"NotEnoughStakeToSetWeights", 1},
                                {"SettingWeightsTooFast", 6},
                                {"CommittingWeightsTooFast", 6},
                                {"InvalidIpAddress", 11},
                                {"ServingRateLimitExceeded", 12},
                                {"InvalidPort", 13},
                                {"NoWeightsCommitFound", 16},
                                {"InvalidRevealCommitHashNotMatch", 16},
                                {"RevealTooEarly", 17},
                                {"ExpiredWeightCommit", 17},
                                {"InvalidIpType", 255}};
  for (const Entry& entry : kNumbers) {
    const Outcome same = failed("SubtensorModule", entry.name);
    if (error.pallet == same->pallet && error.error == same->error) return entry.number;
  }
  return std::nullopt;
}

struct Prechecker {
  Scene& scene;
  const AccountId& signer;

  using Number = std::optional<std::uint8_t>;
  template <class Call>
  Number try_out(const Call& call) const {
    const Outcome outcome = run(scene, signer, call);
    return outcome ? pool_number(*outcome) : std::nullopt;
  }
  /// Free calls of keys that aren't registered could fill blocks for nothing.
  Number registered(NetUid netuid) const {
    return scene.state.has(item::kUids, netuid, signer) ? std::nullopt : Number(10);
  }
  template <class Call>
  Number weights(const Call& call) const {
    if (const Number stranger = registered(call.netuid)) return stranger;
    const Rao stake = scene.state.get(item::kTotalHotkeyAlpha, signer, call.netuid);
    return stake < scene.state.get(item::kStakeThreshold) ? Number(1) : try_out(call);
  }
  Number operator()(const call::SetWeights& call) const { return weights(call); }
  Number operator()(const call::CommitWeights& call) const { return weights(call); }
  Number operator()(const call::RevealWeights& call) const { return weights(call); }
  Number operator()(const call::ServeAxon& call) const {
    const Number stranger = registered(call.netuid);
    return stranger ? stranger : try_out(call);
  }
  Number operator()(const call::SetCommitment& call) const { return registered(call.netuid); }
  Number operator()(const call::BurnedRegister& call) const {
    return scene.state.get(item::kNetworksAdded, call.netuid) ? std::nullopt : Number(3);
  }
  template <class Call>
  Number operator()(const Call&) const {
    return std::nullopt;
  }
};

}  // namespace

bool pays_fee(const AnyCall& call) {
  const auto& value = call.value;
  return !(std::holds_alternative<call::SetWeights>(value) || std::holds_alternative<call::CommitWeights>(value) ||
           std::holds_alternative<call::RevealWeights>(value) || std::holds_alternative<call::ServeAxon>(value) ||
           std::holds_alternative<call::SetCommitment>(value));
}

Outcome dispatch(Scene& scene, const Origin& origin, const AnyCall& call) {
  scene.state.begin();
  const Events::Mark mark = scene.events.mark();
  Outcome outcome = std::visit(Dispatcher{scene, origin}, call.value);
  if (outcome) {
    scene.state.rollback();
    scene.events.forget(mark);
  } else {
    scene.state.commit();
  }
  return outcome;
}

std::optional<std::uint8_t> precheck(Scene& scene, const AccountId& signer, const AnyCall& call) {
  return std::visit(Prechecker{scene, signer}, call.value);
}

}  // namespace noonmark::runtime
