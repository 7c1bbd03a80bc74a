#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/hash/hash.h"
#include "crypto/sign/account.h"
#include "ledger/book/types.h"
#include "trial/record/failure.h"

namespace noonmark::world {

using sign::AccountId;

/// How a miner tries to earn.
enum class MinerKind {
  honest,        ///< enters its own work, sealed, and better work when it has some
  absent,        ///< does nothing
  copier,        ///< repacks what the last winner opened, as soon as that is public, and endorses it itself
  squatter,      ///< names the last winner's package at its own place; it cannot endorse it in the maker's name
  sybil,         ///< its own work under several keys of one cold key, each copy a hair different
  wide_sybil,    ///< the same, with a cold key for each
  garbage,       ///< a package that breaks
  sleeper,       ///< fast and faithful until it is admitted, wrong afterwards
  look_up,       ///< answers known requests from a table, very fast, and anything else with noise
  memory_thief,  ///< buys speed with more memory than the contest allows
};
std::string_view name_of(MinerKind kind);

/// How a validator comes to its row of weights.
enum class ValidatorKind {
  honest,         ///< measures, and publishes
  weight_copier,  ///< copies the row that the validator with most stake showed last
  lazy,           ///< measures nothing: equal weights
  bribed,         ///< gives everything to one key of the coalition
};
std::string_view name_of(ValidatorKind kind);

/// What a package truly is. Only a trial finds that out, and each of them with its own noise.
struct Work {
  hash::Digest content = {};
  double ratio = 1;                             ///< generation time against the baseline's
  double fidelity = 1;                          ///< mean score, 0 to 1
  std::optional<record::Failure> failure = {};  ///< what the referee gives instead of a measurement
};

struct Miner {
  std::string name;
  MinerKind kind = MinerKind::honest;
  std::vector<AccountId> hotkeys;   ///< one, but for sybils
  std::vector<AccountId> coldkeys;  ///< of each hot key
  double skill = 0.8;               ///< its best ratio so far
};

struct Validator {
  std::string name;
  ValidatorKind kind = ValidatorKind::honest;
  AccountId hotkey, coldkey;
  book::Rao stake = 0;
};

/// The account that a name stands for; nobody has its secret, and nobody signs in a trusted ledger.
AccountId account_of(std::string_view name);

}  // namespace noonmark::world
