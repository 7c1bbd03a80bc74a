#pragma once

#include "ledger/runtime/machine.h"
#include "ledger/scale/metadata.h"

namespace noonmark::runtime {

/// What became of each extrinsic that was offered, in that order; denied for one that the block doesn't hold. Reads the
/// block's events as any client does. Fails: corrupt (events that aren't of the metadata's form).
core::Result<std::vector<core::Result<book::Receipt>>> receipts_of(const scale::Metadata& metadata,
                                                                   const book::BlockRef& block, const Executed& made);

/// The pool's refusal in words.
core::Error refused(const Invalid& invalid);

}  // namespace noonmark::runtime
