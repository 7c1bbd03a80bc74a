#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "ledger/book/types.h"

namespace noonmark::node {

/// Why an extrinsic cannot be included. The numbers behind `custom` are the runtime's (chain.md, B5).
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

/// A JSON-RPC error object. The pool's codes and texts are those of Substrate's author API, because clients of the real
/// chain look for them: {"code":1010,"message":"Invalid Transaction","data":"Custom error: 11"}.
struct Refusal {
  int code = 0;
  std::string message;
  std::optional<std::string> data;
};

Refusal refusal_of(const Invalid& invalid);

}  // namespace noonmark::node
