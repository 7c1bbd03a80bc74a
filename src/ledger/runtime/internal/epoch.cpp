#include <algorithm>

#include "ledger/runtime/internal/dispatch.h"
#include "ledger/runtime/yuma.h"

namespace noonmark::runtime {
namespace {

constexpr std::uint64_t kOwnerCut = 18, kValidatorTake = 18;  // per cent

std::uint64_t percent(std::uint64_t amount, std::uint64_t share) {
  return static_cast<std::uint64_t>(static_cast<unsigned __int128>(amount) * share / 100);
}

ShareRow to_row(const Pairs& pairs) {
  ShareRow row;
  for (const auto& [column, value] : pairs) row.emplace_back(column, value);
  return row;
}
Pairs to_pairs(const ShareRow& row) {
  Pairs pairs;
  for (const auto& [column, value] : row) pairs.emplace_back(column, value);
  return pairs;
}

/// One subnet at its tempo.
class Epoch {
 public:
  Epoch(Scene& scene, NetUid netuid) : scene_(scene), state_(scene.state), netuid_(netuid) {}

  void run() {
    count_ = state_.get(item::kSubnetworkN, netuid_);
    const Rao pending = state_.get(item::kPendingEmission, netuid_);
    rest_ = pending;
    const Rao cut = percent(pending, kOwnerCut);
    pay_owner(cut);
    const std::vector<YumaNeuron> neurons = read_neurons();
    const YumaResult result = yuma(rules(), neurons, pending - cut);
    store(result);
    for (Uid uid = 0; uid < count_; ++uid) {
      pay_miner(uid, result.server_emission[uid]);
      pay_validator(uid, result.validator_emission[uid]);
    }
    // Roundings, and what nobody earned, wait for the next epoch.
    state_.put(item::kPendingEmission, netuid_, rest_);
    state_.put(item::kLastMechansimStepBlock, netuid_, scene_.block);
  }

 private:
  YumaRules rules() {
    YumaRules rules;
    rules.block = scene_.block;
    rules.last_tempo = scene_.block - std::min<std::uint64_t>(scene_.block, state_.get(item::kTempo, netuid_));
    rules.activity_cutoff = state_.get(item::kActivityCutoff, netuid_);
    rules.kappa = state_.get(item::kKappa, netuid_);
    rules.bonds_penalty = state_.get(item::kBondsPenalty, netuid_);
    rules.bonds_moving_average = state_.get(item::kBondsMovingAverage, netuid_);
    rules.max_validators = state_.get(item::kMaxAllowedValidators, netuid_);
    rules.stake_threshold = state_.get(item::kStakeThreshold);
    rules.yuma3 = state_.get(item::kYuma3On, netuid_);
    rules.liquid_alpha = state_.get(item::kLiquidAlphaOn, netuid_);
    rules.owner = state_.find(item::kUids, netuid_, state_.get(item::kSubnetOwnerHotkey, netuid_));
    return rules;
  }

  std::vector<YumaNeuron> read_neurons() {
    const auto updates = state_.get(item::kLastUpdate, netuid_);
    const auto permits = state_.get(item::kValidatorPermit, netuid_);
    std::vector<YumaNeuron> neurons(count_);
    for (Uid uid = 0; uid < count_; ++uid) {
      YumaNeuron& neuron = neurons[uid];
      hotkeys_.push_back(state_.get(item::kKeys, netuid_, uid));
      neuron.stake = state_.get(item::kTotalHotkeyAlpha, hotkeys_[uid], netuid_);
      neuron.last_update = updates[uid];
      neuron.registered_at = state_.get(item::kBlockAtRegistration, netuid_, uid);
      neuron.permit = permits[uid];
      if (neuron.permit) neuron.weights = to_row(state_.get(item::kWeights, netuid_, uid));
      neuron.bonds = to_row(state_.get(item::kBonds, netuid_, uid));
      neuron.open_commit = earliest_open_commit(hotkeys_[uid]);
    }
    return neurons;
  }

  /// Forgets those that have expired.
  std::optional<std::uint64_t> earliest_open_commit(const AccountId& hotkey) {
    Commits commits = state_.get(item::kWeightCommits, netuid_, hotkey);
    const auto expired = [&](const auto& commit) { return std::get<3>(commit) < scene_.block; };
    if (std::erase_if(commits, expired) > 0) put_commits(scene_, netuid_, hotkey, commits);
    return commits.empty() ? std::nullopt : std::optional(std::get<1>(commits.front()));
  }

  void store(const YumaResult& result) {
    state_.put(item::kActive, netuid_, result.active);
    state_.put(item::kValidatorPermit, netuid_, result.permit);
    state_.put(item::kConsensus, netuid_, result.consensus);
    state_.put(item::kIncentive, netuid_, result.incentive);
    state_.put(item::kDividends, netuid_, result.dividends);
    state_.put(item::kValidatorTrust, netuid_, result.validator_trust);
    state_.put(item::kStakeWeight, netuid_, result.stake_weight);
    state_.put(item::kEmission, netuid_, result.emission);
    for (Uid uid = 0; uid < count_; ++uid) {
      if (!result.bonds[uid].empty()) state_.put(item::kBonds, netuid_, uid, to_pairs(result.bonds[uid]));
      if (result.bonds[uid].empty() && state_.has(item::kBonds, netuid_, uid))
        state_.remove(item::kBonds, netuid_, uid);
    }
  }

  void pay_owner(Rao cut) {
    const AccountId owner = state_.get(item::kSubnetOwner, netuid_);
    add_stake(scene_, state_.get(item::kSubnetOwnerHotkey, netuid_), owner, netuid_, cut);
    rest_ -= cut;
  }

  /// A subnet's owner can't pay itself for mining: that is burned.
  void pay_miner(Uid uid, Rao amount) {
    if (amount == 0) return;
    const AccountId coldkey = state_.get(item::kOwner, hotkeys_[uid]);
    if (coldkey == state_.get(item::kSubnetOwner, netuid_)) {
      burn(scene_, amount);
    } else {
      add_stake(scene_, hotkeys_[uid], coldkey, netuid_, amount);
    }
    rest_ -= amount;
  }

  /// The take goes to the key's owner, the rest to all who staked with it, by their stake.
  void pay_validator(Uid uid, Rao amount) {
    if (amount == 0) return;
    const AccountId& hotkey = hotkeys_[uid];
    const Rao total = state_.get(item::kTotalHotkeyAlpha, hotkey, netuid_);
    Rao left = amount;
    const Rao shared = amount - percent(amount, kValidatorTake);
    for (const auto& [coldkey, staked] : stakers(hotkey)) {
      const auto part = total == 0 ? Rao{0} : static_cast<Rao>(static_cast<unsigned __int128>(shared) * staked / total);
      add_stake(scene_, hotkey, coldkey, netuid_, part);
      left -= part;
    }
    add_stake(scene_, hotkey, state_.get(item::kOwner, hotkey), netuid_, left);
    rest_ -= amount;
  }

  std::vector<std::pair<AccountId, Rao>> stakers(const AccountId& hotkey) {
    std::vector<std::pair<AccountId, Rao>> found;
    for (const auto& [rest, amount] : state_.all(item::kAlpha, hotkey)) {
      // Behind the hot key: 16 bytes of hash, the cold key, the netuid.
      AccountId coldkey;
      std::copy_n(rest.begin() + 16, 32, coldkey.bytes.begin());
      const auto netuid = static_cast<NetUid>(rest[48] | rest[49] << 8);
      if (netuid == netuid_) found.emplace_back(coldkey, amount);
    }
    return found;
  }

  Scene& scene_;
  Storage& state_;
  const NetUid netuid_;
  std::uint16_t count_ = 0;
  Rao rest_ = 0;
  std::vector<AccountId> hotkeys_;
};

}  // namespace

void end_block(Scene& scene) {
  Storage& state = scene.state;
  std::vector<NetUid> emitting;
  const std::uint16_t networks = state.get(item::kNetworks);
  for (NetUid netuid = 1; netuid <= networks; ++netuid) {
    if (state.get(item::kSubtokenEnabled, netuid)) emitting.push_back(netuid);
  }
  for (const NetUid netuid : emitting) {
    const Rao room = kMostMoney - std::min(kMostMoney, state.get(item::kIssued));
    const Rao part = std::min(room, state.get(item::kBlockEmission) / emitting.size());
    issue(scene, part);
    state.put(item::kPendingEmission, netuid, state.get(item::kPendingEmission, netuid) + part);
    // The real chain's rule up to spec 403: subnets take turns, each once in tempo + 1 blocks.
    const std::uint64_t length = std::uint64_t{state.get(item::kTempo, netuid)} + 1;
    if ((scene.block + netuid + 1) % length == length - 1) Epoch(scene, netuid).run();
  }
}

}  // namespace noonmark::runtime
