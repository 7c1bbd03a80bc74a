#pragma once

#include <string>
#include <string_view>

#include "base/codec/json.h"
#include "base/core/result.h"

namespace noonmark::record {

/// Why something did not happen, and whose fault it is. Only failures owned by the entry cost the miner anything;
/// those of the validator and of the network are tried again.
struct Failure {
  enum class Owner { entry, validator, network };
  Owner owner = Owner::entry;
  std::string code =
      {};  ///< A word for machines: [a-z0-9_]{1,64}, e.g. "timeout", "memory", "wrong_digest", "unfit_host".
  std::string
      message;  ///< A sentence for people, says what to do; at most 4096 bytes (longer ones are cut on writing).
  bool operator==(const Failure&) const = default;
};

std::string_view name_of(Failure::Owner owner);
core::Result<Failure::Owner> parse_failure_owner(std::string_view name);

/// The failure that an error stands for. timeout, exhausted, invalid, corrupt, not_found, denied, usage and conflict
/// belong to `blamed`; unavailable to the network; internal and cancelled to the validator. The code is the kind's
/// name.
Failure failure_from(const core::Error& error, Failure::Owner blamed);

codec::Json to_json(const Failure& failure);
core::Result<Failure> failure_from_json(const codec::Json& json);

}  // namespace noonmark::record
