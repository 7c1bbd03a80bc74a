#pragma once

#include <cstdint>
#include <tuple>
#include <variant>
#include <vector>

#include "base/core/result.h"
#include "ledger/runtime/internal/items.h"

// Every call of this chain under the real chain's indices, with the real chain's argument names and types.
namespace noonmark::runtime {

struct Place {
  const char* pallet;
  std::uint8_t pallet_index;
  const char* name;
  std::uint8_t index;
};

struct AnyCall;

namespace call {

struct Remark {
  static constexpr Place place{"System", 0, "remark", 0};
  std::vector<std::uint8_t> remark;
  static constexpr auto fields() { return std::tuple(field("remark", &Remark::remark)); }
};
struct SetTime {
  static constexpr Place place{"Timestamp", 2, "set", 0};
  CompactNumber now;
  static constexpr auto fields() { return std::tuple(field("now", &SetTime::now)); }
};
struct TransferAllowDeath {
  static constexpr Place place{"Balances", 5, "transfer_allow_death", 0};
  Address dest;
  CompactNumber value;
  static constexpr auto fields() {
    return std::tuple(field("dest", &TransferAllowDeath::dest), field("value", &TransferAllowDeath::value));
  }
};
struct TransferKeepAlive {
  static constexpr Place place{"Balances", 5, "transfer_keep_alive", 3};
  Address dest;
  CompactNumber value;
  static constexpr auto fields() {
    return std::tuple(field("dest", &TransferKeepAlive::dest), field("value", &TransferKeepAlive::value));
  }
};
struct SetWeights {
  static constexpr Place place{"SubtensorModule", 7, "set_weights", 0};
  NetUid netuid = 0;
  std::vector<std::uint16_t> dests, weights;
  std::uint64_t version_key = 0;
  static constexpr auto fields() {
    return std::tuple(field("netuid", &SetWeights::netuid), field("dests", &SetWeights::dests),
                      field("weights", &SetWeights::weights), field("version_key", &SetWeights::version_key));
  }
};
struct AddStake {
  static constexpr Place place{"SubtensorModule", 7, "add_stake", 2};
  AccountId hotkey;
  NetUid netuid = 0;
  std::uint64_t amount_staked = 0;
  static constexpr auto fields() {
    return std::tuple(field("hotkey", &AddStake::hotkey), field("netuid", &AddStake::netuid),
                      field("amount_staked", &AddStake::amount_staked));
  }
};
struct RemoveStake {
  static constexpr Place place{"SubtensorModule", 7, "remove_stake", 3};
  AccountId hotkey;
  NetUid netuid = 0;
  std::uint64_t amount_unstaked = 0;
  static constexpr auto fields() {
    return std::tuple(field("hotkey", &RemoveStake::hotkey), field("netuid", &RemoveStake::netuid),
                      field("amount_unstaked", &RemoveStake::amount_unstaked));
  }
};
struct ServeAxon {
  static constexpr Place place{"SubtensorModule", 7, "serve_axon", 4};
  NetUid netuid = 0;
  std::uint32_t version = 0;
  scale::U128 ip;
  std::uint16_t port = 0;
  std::uint8_t ip_type = 0, protocol = 0, placeholder1 = 0, placeholder2 = 0;
  static constexpr auto fields() {
    return std::tuple(field("netuid", &ServeAxon::netuid), field("version", &ServeAxon::version),
                      field("ip", &ServeAxon::ip), field("port", &ServeAxon::port),
                      field("ip_type", &ServeAxon::ip_type), field("protocol", &ServeAxon::protocol),
                      field("placeholder1", &ServeAxon::placeholder1), field("placeholder2", &ServeAxon::placeholder2));
  }
};
struct BurnedRegister {
  static constexpr Place place{"SubtensorModule", 7, "burned_register", 7};
  NetUid netuid = 0;
  AccountId hotkey;
  static constexpr auto fields() {
    return std::tuple(field("netuid", &BurnedRegister::netuid), field("hotkey", &BurnedRegister::hotkey));
  }
};
struct RegisterNetwork {
  static constexpr Place place{"SubtensorModule", 7, "register_network", 59};
  AccountId hotkey;
  static constexpr auto fields() { return std::tuple(field("hotkey", &RegisterNetwork::hotkey)); }
};
struct StartCall {
  static constexpr Place place{"SubtensorModule", 7, "start_call", 92};
  NetUid netuid = 0;
  static constexpr auto fields() { return std::tuple(field("netuid", &StartCall::netuid)); }
};
struct CommitWeights {
  static constexpr Place place{"SubtensorModule", 7, "commit_weights", 96};
  NetUid netuid = 0;
  Hash256 commit_hash{};
  static constexpr auto fields() {
    return std::tuple(field("netuid", &CommitWeights::netuid), field("commit_hash", &CommitWeights::commit_hash));
  }
};
struct RevealWeights {
  static constexpr Place place{"SubtensorModule", 7, "reveal_weights", 97};
  NetUid netuid = 0;
  std::vector<std::uint16_t> uids, values, salt;
  std::uint64_t version_key = 0;
  static constexpr auto fields() {
    return std::tuple(field("netuid", &RevealWeights::netuid), field("uids", &RevealWeights::uids),
                      field("values", &RevealWeights::values), field("salt", &RevealWeights::salt),
                      field("version_key", &RevealWeights::version_key));
  }
};
struct BatchAll {
  static constexpr Place place{"Utility", 11, "batch_all", 2};
  std::vector<AnyCall> calls;
};
struct Sudo {
  static constexpr Place place{"Sudo", 12, "sudo", 0};
  std::vector<AnyCall> call;  // one
};
struct SetCommitment {
  static constexpr Place place{"Commitments", 18, "set_commitment", 0};
  NetUid netuid = 0;
  CommitmentInfo info;
  static constexpr auto fields() {
    return std::tuple(field("netuid", &SetCommitment::netuid), field("info", &SetCommitment::info));
  }
};

/// A hyperparameter of one subnet, or with `Subnet` false of the whole chain.
#define NOONMARK_SETTER(Name, text, number, argument, type)                             \
  struct Name {                                                                         \
    static constexpr Place place{"AdminUtils", 19, text, number};                       \
    NetUid netuid = 0;                                                                  \
    type value{};                                                                       \
    static constexpr auto fields() {                                                    \
      return std::tuple(field("netuid", &Name::netuid), field(argument, &Name::value)); \
    }                                                                                   \
  }
NOONMARK_SETTER(SetServingRateLimit, "sudo_set_serving_rate_limit", 3, "serving_rate_limit", std::uint64_t);
NOONMARK_SETTER(SetWeightsVersionKey, "sudo_set_weights_version_key", 6, "weights_version_key", std::uint64_t);
NOONMARK_SETTER(SetWeightsRateLimit, "sudo_set_weights_set_rate_limit", 7, "weights_set_rate_limit", std::uint64_t);
NOONMARK_SETTER(SetImmunityPeriod, "sudo_set_immunity_period", 13, "immunity_period", std::uint16_t);
NOONMARK_SETTER(SetMinAllowedWeights, "sudo_set_min_allowed_weights", 14, "min_allowed_weights", std::uint16_t);
NOONMARK_SETTER(SetMaxAllowedUids, "sudo_set_max_allowed_uids", 15, "max_allowed_uids", std::uint16_t);
NOONMARK_SETTER(SetMaxAllowedValidators, "sudo_set_max_allowed_validators", 25, "max_allowed_validators",
                std::uint16_t);
NOONMARK_SETTER(SetTempo, "sudo_set_tempo", 30, "tempo", std::uint16_t);
NOONMARK_SETTER(SetCommitReveal, "sudo_set_commit_reveal_weights_enabled", 49, "enabled", bool);
NOONMARK_SETTER(SetRevealPeriod, "sudo_set_commit_reveal_weights_interval", 57, "interval", std::uint64_t);
#undef NOONMARK_SETTER
struct SetStakeThreshold {
  static constexpr Place place{"AdminUtils", 19, "sudo_set_stake_threshold", 42};
  std::uint64_t min_stake = 0;
  static constexpr auto fields() { return std::tuple(field("min_stake", &SetStakeThreshold::min_stake)); }
};

}  // namespace call

struct AnyCall {
  using Variant =
      std::variant<call::Remark, call::SetTime, call::TransferAllowDeath, call::TransferKeepAlive, call::SetWeights,
                   call::AddStake, call::RemoveStake, call::ServeAxon, call::BurnedRegister, call::RegisterNetwork,
                   call::StartCall, call::CommitWeights, call::RevealWeights, call::BatchAll, call::Sudo,
                   call::SetCommitment, call::SetServingRateLimit, call::SetWeightsVersionKey,
                   call::SetWeightsRateLimit, call::SetImmunityPeriod, call::SetMinAllowedWeights,
                   call::SetMaxAllowedUids, call::SetMaxAllowedValidators, call::SetTempo, call::SetCommitReveal,
                   call::SetRevealPeriod, call::SetStakeThreshold>;
  Variant value;
};

/// Reads a whole call; calls within calls at most 4 deep. Fails: invalid.
core::Result<AnyCall> decode_call(core::ByteView bytes);
core::Bytes encode_call(const AnyCall& call);

}  // namespace noonmark::runtime
