#pragma once

#include "ledger/book/types.h"
#include "ledger/runtime/internal/calls.h"

namespace noonmark::runtime {

/// A call as the ledger's users say it, as this chain knows it. Fails: invalid for a commitment that is too long.
core::Result<AnyCall> call_of(const book::Call& call);

scale::U128 number_of_ip(const std::array<std::uint8_t, 16>& ip);
std::array<std::uint8_t, 16> ip_of_number(scale::U128 ip);

}  // namespace noonmark::runtime
