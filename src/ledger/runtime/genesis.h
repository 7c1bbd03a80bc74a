#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/codec/json.h"
#include "base/core/result.h"
#include "ledger/book/types.h"

namespace noonmark::runtime {

/// What a chain begins with. Whoever names the sudo key rules it; everything else follows from the rules.
struct Genesis {
  struct Endowment {
    book::AccountId account;
    book::Rao amount = 0;
  };
  /// A key that is registered from the beginning.
  struct Neuron {
    book::AccountId hotkey, coldkey;
    book::Rao stake = 0;
    bool validator_permit = false;
  };
  struct Subnet {
    book::AccountId owner, owner_hotkey;
    std::uint16_t tempo = 360, max_uids = 256, max_validators = 64, min_allowed_weights = 1, immunity_period = 4096;
    std::uint64_t weights_rate_limit = 100, serving_rate_limit = 50, burn = 1'000'000;
    bool commit_reveal = true, yuma3 = false;
    std::vector<Neuron> neurons;
  };

  std::string chain = "Noonmark";  ///< system_chain; also part of the genesis hash
  book::AccountId sudo;
  std::uint64_t block_time_ms = 12'000;  ///< for the node's clock
  book::Rao block_emission = 1'000'000'000;
  std::vector<Endowment> endowed;
  std::vector<Subnet> subnets;  ///< netuids 1, 2, …
};

codec::Json to_json(const Genesis& genesis);
/// Fails: invalid, naming the member.
core::Result<Genesis> genesis_from_json(const codec::Json& json);

}  // namespace noonmark::runtime
