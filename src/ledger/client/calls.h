#pragma once

#include "base/core/bytes.h"
#include "base/core/result.h"
#include "ledger/book/types.h"
#include "ledger/scale/metadata.h"

namespace noonmark::client {

/// A call as the chain with this metadata reads it: pallet and call index, then the arguments. Fails: invalid when the
/// chain doesn't have the call, or has it with other arguments than this program knows.
core::Result<core::Bytes> encode_call(const scale::Metadata& metadata, const book::Call& call);

}  // namespace noonmark::client
