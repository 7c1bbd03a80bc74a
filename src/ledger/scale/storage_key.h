#pragma once

#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/result.h"
#include "ledger/scale/hasher.h"

namespace noonmark::scale {

/// One key of a map, hashed as its entry's metadata says; the Concat hashers keep the key itself behind the hash.
core::Bytes hash_key(Hasher hasher, core::ByteView key);

/// The hash's own length, before the key itself. 0 for identity.
std::size_t hash_size(Hasher hasher);
/// Whether the key itself can be read from a storage key.
bool keeps_key(Hasher hasher);

/// A map's key: how it is hashed, and its SCALE bytes.
using HashedKey = std::pair<Hasher, core::Bytes>;

/// Where a pallet's entry lies: twox128(prefix) ‖ twox128(item) ‖ hash_i(SCALE(key_i))…. With fewer keys than the entry
/// has it is the prefix of all that share them.
core::Bytes storage_key(std::string_view prefix, std::string_view item, std::span<const HashedKey> keys = {});

/// The map keys that stand behind the first `skip` bytes of a storage key, each a hasher and the key's length in bytes.
/// Fails: invalid when a hasher doesn't keep its key, bytes are missing or left over.
core::Result<std::vector<core::Bytes>> map_keys(core::ByteView storage_key, std::size_t skip,
                                                std::span<const std::pair<Hasher, std::size_t>> keys);

}  // namespace noonmark::scale
