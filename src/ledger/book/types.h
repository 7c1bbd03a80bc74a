#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/core/bytes.h"
#include "crypto/sign/account.h"

namespace noonmark::book {

using sign::AccountId;
/// Money in the ledger's smallest unit: 1 TAO = 1 000 000 000 rao. Never a floating-point number.
using Rao = std::uint64_t;
using NetUid = std::uint16_t;
using Uid = std::uint16_t;
using BlockNumber = std::uint32_t;

struct BlockHash {
  std::array<std::uint8_t, 32> bytes{};
  std::string hex() const;  ///< "0x" and 64 digits
  auto operator<=>(const BlockHash&) const = default;
};

/// One block; everything read "at" it is one snapshot.
struct BlockRef {
  BlockNumber number = 0;
  BlockHash hash;
  auto operator<=>(const BlockRef&) const = default;
};

struct Account {
  std::uint32_t nonce = 0;
  Rao free = 0, reserved = 0;
};

/// Where a neuron says it listens (serve_axon). `ip` as an integer; IPv4 in the low 32 bits.
struct Axon {
  std::uint64_t block = 0;
  std::uint32_t version = 0;
  std::array<std::uint8_t, 16> ip{};  ///< big-endian
  std::uint16_t port = 0;
  std::uint8_t ip_type = 4, protocol = 4;
};

/// One registered key of a subnet with what the last epoch gave it. Shares are u16 fractions of 65535.
struct Neuron {
  Uid uid = 0;
  AccountId hotkey, coldkey;
  Rao stake = 0;  ///< TotalHotkeyAlpha on this subnet
  bool active = false, validator_permit = false;
  std::uint16_t incentive = 0, dividends = 0, consensus = 0, validator_trust = 0;
  Rao emission = 0;                                  ///< in the last epoch
  std::uint64_t last_update = 0, registered_at = 0;  ///< block numbers
  std::optional<Axon> axon;
};

/// What a client has to know of a subnet's rules.
struct Hyperparameters {
  std::uint16_t tempo = 360, max_validators = 64, min_allowed_weights = 1, kappa = 32767;
  std::uint64_t weights_rate_limit = 100, weights_version = 0, serving_rate_limit = 50, reveal_period_epochs = 1;
  bool commit_reveal = false;
  Rao burn = 0;
  std::uint64_t stake_threshold = 0;
};

struct Metagraph {
  BlockRef at;
  NetUid netuid = 0;
  AccountId owner;  ///< the subnet owner's cold key
  Hyperparameters rules;
  std::vector<Neuron> neurons;  ///< by uid

  const Neuron* find(const AccountId& hotkey) const;
};

/// What a hot key last put under a subnet (pallet Commitments); one per key, a later one replaces it.
struct Commitment {
  AccountId hotkey;
  BlockNumber block = 0;  ///< of submission: who was first
  core::Bytes data;       ///< its Raw fields joined
};

struct Weight {
  Uid uid = 0;
  std::uint16_t value = 0;  ///< share of 65535 before normalisation
  auto operator<=>(const Weight&) const = default;
};
struct WeightRow {
  Uid validator = 0;
  std::vector<Weight> weights;
};

/// An open hash commit of weights.
struct WeightCommit {
  BlockHash digest;
  std::uint64_t block = 0, first_reveal = 0, last_reveal = 0;  ///< block numbers
};

// What can be asked of a ledger. Who signs is named beside each; a hot key needs no money for its own.
struct Transfer {
  AccountId to;
  Rao amount = 0;
};  // cold key; keeps the account alive
struct RegisterSubnet {
  AccountId hotkey;
};  // cold key, becomes the owner
struct StartSubnet {
  NetUid netuid = 0;
};  // owner
struct Register {
  NetUid netuid = 0;
  AccountId hotkey;
};  // cold key; burns the subnet's price
struct AddStake {
  AccountId hotkey;
  NetUid netuid = 0;
  Rao amount = 0;
};  // cold key
struct RemoveStake {
  AccountId hotkey;
  NetUid netuid = 0;
  Rao amount = 0;
};  // cold key
struct Commit {
  NetUid netuid = 0;
  core::Bytes data;
};  // hot key; at most 128 bytes
struct ServeAxon {
  NetUid netuid = 0;
  Axon axon;
};  // hot key
struct SetWeights {
  NetUid netuid = 0;
  std::vector<Weight> weights;
  std::uint64_t version = 0;
};  // hot key
struct CommitWeights {
  NetUid netuid = 0;
  BlockHash digest;
};                      // hot key
struct RevealWeights {  // hot key
  NetUid netuid = 0;
  std::vector<Weight> weights;
  std::vector<std::uint16_t> salt;
  std::uint64_t version = 0;
};
using Call = std::variant<Transfer, RegisterSubnet, StartSubnet, Register, AddStake, RemoveStake, Commit, ServeAxon,
                          SetWeights, CommitWeights, RevealWeights>;

/// What became of a call that a finalised block holds.
struct Receipt {
  BlockRef block;
  std::uint32_t index = 0;  ///< of the extrinsic in its block
  bool success = false;
  std::string error;  ///< "SubtensorModule.NotEnoughBalanceToStake"; empty on success
};

}  // namespace noonmark::book
