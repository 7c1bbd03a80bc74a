#include "ledger/node/refusal.h"

namespace noonmark::node {
namespace {

std::string words_of(const Invalid& invalid) {
  switch (invalid.reason) {
    case Invalid::Reason::call:
      return "Transaction call is not expected";
    case Invalid::Reason::payment:
      return "Inability to pay some fees (e.g. account balance too low)";
    case Invalid::Reason::future:
      return "Transaction will be valid in the future";
    case Invalid::Reason::stale:
      return "Transaction is outdated";
    case Invalid::Reason::bad_proof:
      return "Transaction has a bad signature";
    case Invalid::Reason::ancient_birth_block:
      return "Transaction has an ancient birth block";
    case Invalid::Reason::exhausts_resources:
      return "Transaction would exhaust the block limits";
    case Invalid::Reason::custom:
      return "Custom error: " + std::to_string(invalid.custom);
    case Invalid::Reason::bad_format:
      break;
  }
  return "the bytes are no signed extrinsic of this chain";
}

}  // namespace

Refusal refusal_of(const Invalid& invalid) {
  if (invalid.reason == Invalid::Reason::bad_format) return {1001, "Extrinsic has invalid format", words_of(invalid)};
  return {1010, "Invalid Transaction", words_of(invalid)};
}

}  // namespace noonmark::node
