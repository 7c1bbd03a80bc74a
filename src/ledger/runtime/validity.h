#pragma once

#include <cstdint>
#include <variant>

#include "ledger/book/types.h"

namespace noonmark::runtime {

/// Why an extrinsic cannot be included. The numbers behind `custom` are subtensor's (InvalidTransaction::Custom).
struct Invalid {
  enum class Reason {
    bad_format,
    call,
    payment,
    future,
    stale,
    bad_proof,
    ancient_birth_block,
    exhausts_resources,
    custom
  } reason = Reason::bad_format;
  std::uint8_t custom = 0;
  bool operator==(const Invalid&) const = default;
};

/// What the pool has to know of an extrinsic that is right in itself, at the state it was judged at.
struct Valid {
  book::AccountId signer;
  std::uint32_t nonce = 0;
  book::BlockNumber valid_until = UINT32_MAX;  ///< the last block that may hold it (its mortal era)
  bool operator==(const Valid&) const = default;
};

using Validity = std::variant<Valid, Invalid>;

}  // namespace noonmark::runtime
