#include "ledger/node/refusal.h"

namespace noonmark::node {
namespace {

std::string words_of(const runtime::Invalid& invalid) {
  switch (invalid.reason) {
    case runtime::Invalid::Reason::call:
      return "Transaction call is not expected";
    case runtime::Invalid::Reason::payment:
      return "Inability to pay some fees (e.g. account balance too low)";
    case runtime::Invalid::Reason::future:
      return "Transaction will be valid in the future";
    case runtime::Invalid::Reason::stale:
      return "Transaction is outdated";
    case runtime::Invalid::Reason::bad_proof:
      return "Transaction has a bad signature";
    case runtime::Invalid::Reason::ancient_birth_block:
      return "Transaction has an ancient birth block";
    case runtime::Invalid::Reason::exhausts_resources:
      return "Transaction would exhaust the block limits";
    case runtime::Invalid::Reason::custom:
      return "Custom error: " + std::to_string(invalid.custom);
    case runtime::Invalid::Reason::bad_format:
      break;
  }
  return "the bytes are no signed extrinsic of this chain";
}

}  // namespace

Refusal refusal_of(const runtime::Invalid& invalid) {
  if (invalid.reason == runtime::Invalid::Reason::bad_format)
    return {1001, "Extrinsic has invalid format", words_of(invalid)};
  return {1010, "Invalid Transaction", words_of(invalid)};
}

}  // namespace noonmark::node
