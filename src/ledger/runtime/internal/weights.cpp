#include <algorithm>
#include <set>

#include "crypto/hash/blake2b.h"
#include "ledger/runtime/fixed.h"
#include "ledger/runtime/internal/dispatch.h"

namespace noonmark::runtime {
namespace {

constexpr std::size_t kMaxOpenCommits = 10;

/// subtensor's vec_u16_max_upscale_to_u16: the largest value becomes 65535, the others in proportion, rounded. The
/// product comes first as long as it fits into 32 bits; beyond, the quotient does, with its error.
std::vector<std::uint16_t> upscale(const std::vector<std::uint16_t>& values) {
  constexpr std::uint16_t kProductFits = 32768;
  const Fixed full = Fixed::whole(UINT16_MAX);
  const std::uint16_t most = values.empty() ? std::uint16_t{0} : *std::ranges::max_element(values);
  std::vector<std::uint16_t> scaled;
  for (const std::uint16_t value : values) {
    const Fixed whole = Fixed::whole(value), largest = Fixed::whole(most);
    scaled.push_back((most > kProductFits ? whole * (full / largest) : whole * full / largest).rounded());
  }
  return scaled;
}

struct Proposal {
  NetUid netuid;
  const std::vector<std::uint16_t>&uids, &values;
  std::uint64_t version_key;
};

/// Who may set weights at all, and when; the real chain's checks in their order.
Outcome check_setter(Scene& scene, const AccountId& signer, const Proposal& proposal, std::optional<Uid>& setter) {
  Storage& state = scene.state;
  if (!state.get(item::kNetworksAdded, proposal.netuid)) return failed("SubtensorModule", "SubnetNotExists");
  if (proposal.uids.size() != proposal.values.size()) return failed("SubtensorModule", "WeightVecNotEqualSize");
  const std::uint16_t count = state.get(item::kSubnetworkN, proposal.netuid);
  if (proposal.uids.size() > count) return failed("SubtensorModule", "UidsLengthExceedUidsInSubNet");
  setter = state.find(item::kUids, proposal.netuid, signer);
  if (!setter) return failed("SubtensorModule", "HotKeyNotRegisteredInSubNet");
  if (state.get(item::kTotalHotkeyAlpha, signer, proposal.netuid) < state.get(item::kStakeThreshold)) {
    return failed("SubtensorModule", "NotEnoughStakeToSetWeights");
  }
  const std::uint64_t version = state.get(item::kWeightsVersionKey, proposal.netuid);
  if (version != 0 && proposal.version_key < version) return failed("SubtensorModule", "IncorrectWeightVersionKey");
  return {};
}

bool too_soon(Scene& scene, NetUid netuid, Uid uid) {
  const auto updates = scene.state.get(item::kLastUpdate, netuid);
  const std::uint64_t last = uid < updates.size() ? updates[uid] : 0;
  return last != 0 && scene.block - last < scene.state.get(item::kWeightsSetRateLimit, netuid);
}

Outcome check_weights(Scene& scene, const AccountId& signer, const Proposal& proposal, Uid setter) {
  Storage& state = scene.state;
  const std::uint16_t count = state.get(item::kSubnetworkN, proposal.netuid);
  const auto permits = state.get(item::kValidatorPermit, proposal.netuid);
  const bool permitted =
      (setter < permits.size() && permits[setter]) || state.get(item::kSubnetOwnerHotkey, proposal.netuid) == signer;
  const bool only_itself = proposal.uids.size() == 1 && proposal.uids[0] == setter;
  if (!permitted && !only_itself) return failed("SubtensorModule", "NeuronNoValidatorPermit");
  if (std::set<std::uint16_t>(proposal.uids.begin(), proposal.uids.end()).size() != proposal.uids.size()) {
    return failed("SubtensorModule", "DuplicateUids");
  }
  if (std::ranges::any_of(proposal.uids, [&](std::uint16_t uid) { return uid >= count; })) {
    return failed("SubtensorModule", "UidVecContainInvalidOne");
  }
  const std::size_t least = std::min<std::size_t>(state.get(item::kMinAllowedWeights, proposal.netuid), count);
  if (!only_itself && proposal.uids.size() < least) return failed("SubtensorModule", "WeightVecLengthIsLow");
  return {};
}

void store_weights(Scene& scene, const Proposal& proposal, Uid setter, bool mark_update) {
  const std::vector<std::uint16_t> scaled = upscale(proposal.values);
  Pairs row;
  for (std::size_t i = 0; i < proposal.uids.size(); ++i) row.emplace_back(proposal.uids[i], scaled[i]);
  std::ranges::sort(row);
  scene.state.put(item::kWeights, proposal.netuid, setter, row);
  if (mark_update) {
    auto updates = scene.state.get(item::kLastUpdate, proposal.netuid);
    updates[setter] = scene.block;
    scene.state.put(item::kLastUpdate, proposal.netuid, updates);
  }
  scene.events.add(event::WeightsSet{proposal.netuid, setter});
}

/// What was committed to, as book::weight_commit_digest says it.
Hash256 digest_of(const AccountId& hotkey, const call::RevealWeights& call) {
  Writer out;
  write(out, hotkey);
  write(out, call.netuid);
  write(out, call.uids);
  write(out, call.values);
  write(out, call.salt);
  write(out, call.version_key);
  return hash::blake2b_256(out.view());
}

/// Forgets commits whose time is over.
Commits living_commits(Scene& scene, NetUid netuid, const AccountId& hotkey) {
  Commits commits = scene.state.get(item::kWeightCommits, netuid, hotkey);
  std::erase_if(commits, [&](const auto& commit) { return std::get<3>(commit) < scene.block; });
  return commits;
}

}  // namespace

void put_commits(Scene& scene, NetUid netuid, const AccountId& hotkey, const Commits& commits) {
  if (commits.empty()) return scene.state.remove(item::kWeightCommits, netuid, hotkey);
  scene.state.put(item::kWeightCommits, netuid, hotkey, commits);
}

std::pair<std::uint64_t, std::uint64_t> reveal_window(Scene& scene, NetUid netuid, std::uint64_t commit_block) {
  const std::uint64_t length = std::uint64_t{scene.state.get(item::kTempo, netuid)} + 1, shift = netuid + 1u;
  const std::uint64_t epoch = (commit_block + shift) / length + scene.state.get(item::kRevealPeriodEpochs, netuid);
  const std::uint64_t first = epoch * length - std::min(shift, epoch * length);
  return {first, first + length - 1};
}

Outcome run(Scene& scene, const AccountId& signer, const call::SetWeights& call) {
  const Proposal proposal{call.netuid, call.dests, call.weights, call.version_key};
  if (scene.state.get(item::kCommitRevealWeightsEnabled, call.netuid))
    return failed("SubtensorModule", "CommitRevealEnabled");
  std::optional<Uid> setter;
  if (auto error = check_setter(scene, signer, proposal, setter)) return error;
  if (too_soon(scene, call.netuid, *setter)) return failed("SubtensorModule", "SettingWeightsTooFast");
  if (auto error = check_weights(scene, signer, proposal, *setter)) return error;
  store_weights(scene, proposal, *setter, true);
  return {};
}

Outcome run(Scene& scene, const AccountId& signer, const call::CommitWeights& call) {
  Storage& state = scene.state;
  if (!state.get(item::kCommitRevealWeightsEnabled, call.netuid))
    return failed("SubtensorModule", "CommitRevealDisabled");
  const auto setter = state.find(item::kUids, call.netuid, signer);
  if (!setter) return failed("SubtensorModule", "HotKeyNotRegisteredInSubNet");
  if (too_soon(scene, call.netuid, *setter)) return failed("SubtensorModule", "CommittingWeightsTooFast");
  Commits commits = living_commits(scene, call.netuid, signer);
  if (commits.size() >= kMaxOpenCommits) return failed("SubtensorModule", "TooManyUnrevealedCommits");
  const auto [first, last] = reveal_window(scene, call.netuid, scene.block);
  commits.emplace_back(call.commit_hash, scene.block, first, last);
  put_commits(scene, call.netuid, signer, commits);
  auto updates = state.get(item::kLastUpdate, call.netuid);
  updates[*setter] = scene.block;
  state.put(item::kLastUpdate, call.netuid, updates);
  scene.events.add(event::WeightsCommitted{signer, call.netuid, call.commit_hash});
  return {};
}

Outcome run(Scene& scene, const AccountId& signer, const call::RevealWeights& call) {
  Storage& state = scene.state;
  if (!state.get(item::kCommitRevealWeightsEnabled, call.netuid))
    return failed("SubtensorModule", "CommitRevealDisabled");
  Commits commits = state.get(item::kWeightCommits, call.netuid, signer);
  if (commits.empty()) return failed("SubtensorModule", "NoWeightsCommitFound");
  const Hash256 digest = digest_of(signer, call);
  const auto found = std::ranges::find(commits, digest, [](const auto& commit) { return std::get<0>(commit); });
  if (found == commits.end()) return failed("SubtensorModule", "InvalidRevealCommitHashNotMatch");
  if (std::get<3>(*found) < scene.block) return failed("SubtensorModule", "ExpiredWeightCommit");
  if (std::get<2>(*found) > scene.block) return failed("SubtensorModule", "RevealTooEarly");
  const Proposal proposal{call.netuid, call.uids, call.values, call.version_key};
  std::optional<Uid> setter;
  if (auto error = check_setter(scene, signer, proposal, setter)) return error;
  if (auto error = check_weights(scene, signer, proposal, *setter)) return error;
  commits.erase(commits.begin(), found + 1);  // older ones can't be meant any more
  put_commits(scene, call.netuid, signer, commits);
  store_weights(scene, proposal, *setter, false);
  scene.events.add(event::WeightsRevealed{signer, call.netuid, digest});
  return {};
}

}  // namespace noonmark::runtime
