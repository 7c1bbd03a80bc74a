#pragma once

#include <tuple>
#include <vector>

#include "ledger/book/types.h"
#include "ledger/runtime/internal/storage.h"

// The storage under the real chain's names, hashers and layouts (subtensor, spec 293), as far as this chain has it.
namespace noonmark::runtime {

using book::AccountId;
using book::NetUid;
using book::Rao;
using book::Uid;

struct AccountData {
  std::uint64_t free = 0, reserved = 0, frozen = 0;
  scale::U128 flags{0, 0x8000000000000000};  // the pallet's mark of new accounting
  static constexpr auto fields() {
    return std::tuple(field("free", &AccountData::free), field("reserved", &AccountData::reserved),
                      field("frozen", &AccountData::frozen), field("flags", &AccountData::flags));
  }
};
struct AccountInfo {
  std::uint32_t nonce = 0, consumers = 0, providers = 0, sufficients = 0;
  AccountData data;
  static constexpr auto fields() {
    return std::tuple(field("nonce", &AccountInfo::nonce), field("consumers", &AccountInfo::consumers),
                      field("providers", &AccountInfo::providers), field("sufficients", &AccountInfo::sufficients),
                      field("data", &AccountInfo::data));
  }
};
struct AxonInfo {
  std::uint64_t block = 0;
  std::uint32_t version = 0;
  scale::U128 ip;
  std::uint16_t port = 0;
  std::uint8_t ip_type = 0, protocol = 0, placeholder1 = 0, placeholder2 = 0;
  static constexpr auto fields() {
    return std::tuple(field("block", &AxonInfo::block), field("version", &AxonInfo::version),
                      field("ip", &AxonInfo::ip), field("port", &AxonInfo::port), field("ip_type", &AxonInfo::ip_type),
                      field("protocol", &AxonInfo::protocol), field("placeholder1", &AxonInfo::placeholder1),
                      field("placeholder2", &AxonInfo::placeholder2));
  }
};
struct CommitmentInfo {
  std::vector<Data> content;
  static constexpr auto fields() { return std::tuple(field("fields", &CommitmentInfo::content)); }
};
struct Registration {
  std::uint64_t deposit = 0;
  std::uint32_t block = 0;
  CommitmentInfo info;
  static constexpr auto fields() {
    return std::tuple(field("deposit", &Registration::deposit), field("block", &Registration::block),
                      field("info", &Registration::info));
  }
};
struct UsageTracker {
  std::uint64_t last_epoch = 0, used_space = 0;
  static constexpr auto fields() {
    return std::tuple(field("last_epoch", &UsageTracker::last_epoch), field("used_space", &UsageTracker::used_space));
  }
};
using Pairs = std::vector<std::tuple<std::uint16_t, std::uint16_t>>;
/// digest, block, first and last block of the reveal
using Commits = std::vector<std::tuple<Hash256, std::uint64_t, std::uint64_t, std::uint64_t>>;

namespace item {

inline constexpr auto kId = Hasher::identity;
inline constexpr auto kBlake = Hasher::blake2_128_concat;
inline constexpr auto kTwox = Hasher::twox_64_concat;
#define NOONMARK_SUBNET(type, name, fallback) \
  inline const Item<type, NetUid> k##name { "SubtensorModule", #name, {kId}, fallback }

inline const Item<std::uint32_t> kNumber{"System", "Number", {}, 0};
inline const Item<Hash256> kParentHash{"System", "ParentHash", {}, {}};
inline const Item<Hash256, std::uint32_t> kBlockHash{"System", "BlockHash", {kTwox}, {}};
inline const Item<AccountInfo, AccountId> kAccount{"System", "Account", {kBlake}, {}};
inline const Item<std::uint64_t> kNow{"Timestamp", "Now", {}, 0};
inline const Item<std::uint64_t> kBalancesIssued{"Balances", "TotalIssuance", {}, 0};
inline const Item<AccountId> kSudoKey{"Sudo", "Key", {}, {}, true};

// All that was ever made, and all that was destroyed since (fees, registrations): what is held is the difference.
inline const Item<std::uint64_t> kIssued{"SubtensorModule", "TotalIssuance", {}, 0};
inline const Item<std::uint64_t> kBurned{"SubtensorModule", "TotalBurned", {}, 0};
inline const Item<std::uint64_t> kStaked{"SubtensorModule", "TotalStake", {}, 0};
inline const Item<std::uint16_t> kNetworks{"SubtensorModule", "TotalNetworks", {}, 0};
inline const Item<std::uint64_t> kStakeThreshold{"SubtensorModule", "StakeThreshold", {}, 0};
inline const Item<std::uint64_t> kBlockEmission{"SubtensorModule", "BlockEmission", {}, 1'000'000'000};
inline const Item<std::uint64_t> kSubnetPrice{"SubtensorModule", "NetworkMinLockCost", {}, 1'000'000'000};

NOONMARK_SUBNET(bool, NetworksAdded, false);
NOONMARK_SUBNET(bool, SubtokenEnabled, false);
NOONMARK_SUBNET(std::uint16_t, SubnetworkN, 0);
NOONMARK_SUBNET(std::uint16_t, Tempo, 360);
NOONMARK_SUBNET(std::uint16_t, Kappa, 32767);
NOONMARK_SUBNET(std::uint64_t, Burn, 1'000'000);
NOONMARK_SUBNET(std::uint16_t, MinAllowedWeights, 1);
NOONMARK_SUBNET(std::uint16_t, MaxAllowedUids, 256);
NOONMARK_SUBNET(std::uint16_t, MaxAllowedValidators, 64);
NOONMARK_SUBNET(std::uint16_t, ImmunityPeriod, 4096);
NOONMARK_SUBNET(std::uint16_t, ActivityCutoff, 5000);
NOONMARK_SUBNET(std::uint64_t, WeightsSetRateLimit, 100);
NOONMARK_SUBNET(std::uint64_t, WeightsVersionKey, 0);
NOONMARK_SUBNET(std::uint64_t, ServingRateLimit, 50);
NOONMARK_SUBNET(bool, CommitRevealWeightsEnabled, true);
inline const Item<std::uint64_t, NetUid> kRevealPeriodEpochs{"SubtensorModule", "RevealPeriodEpochs", {kTwox}, 1};
NOONMARK_SUBNET(std::uint64_t, BondsMovingAverage, 900'000);
NOONMARK_SUBNET(std::uint16_t, BondsPenalty, 65535);
NOONMARK_SUBNET(bool, Yuma3On, false);
NOONMARK_SUBNET(bool, LiquidAlphaOn, false);
NOONMARK_SUBNET(std::uint64_t, PendingEmission, 0);
NOONMARK_SUBNET(std::uint64_t, LastMechansimStepBlock, 0);
NOONMARK_SUBNET(std::uint64_t, NetworkRegisteredAt, 0);
NOONMARK_SUBNET(AccountId, SubnetOwner, {});
NOONMARK_SUBNET(AccountId, SubnetOwnerHotkey, {});

NOONMARK_SUBNET(std::vector<bool>, Active, {});
NOONMARK_SUBNET(std::vector<bool>, ValidatorPermit, {});
NOONMARK_SUBNET(std::vector<std::uint16_t>, Consensus, {});
NOONMARK_SUBNET(std::vector<std::uint16_t>, Incentive, {});
NOONMARK_SUBNET(std::vector<std::uint16_t>, Dividends, {});
NOONMARK_SUBNET(std::vector<std::uint16_t>, ValidatorTrust, {});
NOONMARK_SUBNET(std::vector<std::uint16_t>, StakeWeight, {});
NOONMARK_SUBNET(std::vector<std::uint64_t>, Emission, {});
NOONMARK_SUBNET(std::vector<std::uint64_t>, LastUpdate, {});

inline const Item<AccountId, NetUid, Uid> kKeys{"SubtensorModule", "Keys", {kId, kId}, {}};
inline const Item<Uid, NetUid, AccountId> kUids{"SubtensorModule", "Uids", {kId, kBlake}, 0, true};
inline const Item<std::uint64_t, NetUid, Uid> kBlockAtRegistration{
    "SubtensorModule", "BlockAtRegistration", {kId, kId}, 0};
inline const Item<Pairs, NetUid, Uid> kWeights{"SubtensorModule", "Weights", {kId, kId}, {}};
inline const Item<Pairs, NetUid, Uid> kBonds{"SubtensorModule", "Bonds", {kId, kId}, {}};
inline const Item<AxonInfo, NetUid, AccountId> kAxons{"SubtensorModule", "Axons", {kId, kBlake}, {}, true};
inline const Item<AccountId, AccountId> kOwner{"SubtensorModule", "Owner", {kBlake}, {}};
inline const Item<std::uint64_t, AccountId, NetUid> kTotalHotkeyAlpha{
    "SubtensorModule", "TotalHotkeyAlpha", {kBlake, kId}, 0};
/// Who staked how much with a hot key: hotkey, coldkey, netuid. (The real chain keeps shares of a pool here.)
inline const Item<std::uint64_t, AccountId, AccountId, NetUid> kAlpha{
    "SubtensorModule", "Alpha", {kBlake, kBlake, kId}, 0};
inline const Item<Commits, NetUid, AccountId> kWeightCommits{
    "SubtensorModule", "WeightCommits", {kTwox, kTwox}, {}, true};

inline const Item<Registration, NetUid, AccountId> kCommitmentOf{"Commitments", "CommitmentOf", {kId, kTwox}, {}, true};
inline const Item<std::uint32_t, NetUid, AccountId> kLastCommitment{
    "Commitments", "LastCommitment", {kId, kTwox}, 0, true};
inline const Item<UsageTracker, NetUid, AccountId> kUsedSpaceOf{"Commitments", "UsedSpaceOf", {kId, kTwox}, {}, true};
inline const Item<std::uint32_t> kMaxSpace{"Commitments", "MaxSpace", {}, 3100};

#undef NOONMARK_SUBNET

}  // namespace item
}  // namespace noonmark::runtime
