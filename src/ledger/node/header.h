#pragma once

#include <span>

#include "base/codec/json.h"
#include "base/core/bytes.h"
#include "base/core/clock.h"
#include "ledger/book/types.h"
#include "ledger/runtime/state.h"

namespace noonmark::node {

/// A block's header in Substrate's layout, without digest logs.
struct Header {
  book::BlockHash parent;
  book::BlockNumber number = 0;
  book::BlockHash state_root, extrinsics_root;
  bool operator==(const Header&) const = default;

  /// blake2b-256 over SCALE(parent, compact number, state root, extrinsics root, no logs).
  book::BlockHash hash() const;
  /// {parentHash, number, stateRoot, extrinsicsRoot, digest:{logs:[]}}.
  codec::Json json() const;
};

/// One block with what it did; its body begins with inherents.
struct Block {
  Header header;
  core::UnixNanos time;
  std::vector<core::Bytes> extrinsics;
};

/// blake2b-256 over the root before and SCALE of the changes. Binds the storage as a trie's root would, but serves no
/// proofs: this chain has one author and nobody asks for them.
book::BlockHash state_root(const book::BlockHash& before, const runtime::Changes& changes);
/// blake2b-256 over SCALE(Vec<Bytes>).
book::BlockHash extrinsics_root(std::span<const core::Bytes> extrinsics);
/// blake2b-256 of the bytes: how an extrinsic is named.
book::BlockHash extrinsic_hash(core::ByteView extrinsic);

/// "0x" and lower-case hexadecimal digits.
std::string hex0x(core::ByteView bytes);

}  // namespace noonmark::node
