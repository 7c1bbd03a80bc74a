#pragma once

#include "ledger/scale/metadata.h"

namespace noonmark::runtime {

inline constexpr std::uint32_t kSpecVersion = 2, kTransactionVersion = 1, kBlockHashCount = 2400;

/// What this chain says of itself: the storage, calls, events and errors that it has, under the real chain's names,
/// places and types, so that clients of the real chain work unchanged.
scale::Metadata make_metadata();

}  // namespace noonmark::runtime
