#pragma once

#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ledger/book/types.h"
#include "ledger/client/rpc.h"
#include "ledger/scale/storage_key.h"
#include "ledger/scale/value.h"

namespace noonmark::client {

/// Storage at one block, read in few calls: first say what is wanted, then fetch, then take the values out.
/// Keys, hashers, types and defaults come from the metadata. Threads: one. Lives no longer than what it borrows.
class Snapshot {
 public:
  Snapshot(Rpc& rpc, const scale::Metadata& metadata, const book::BlockRef& at)
      : rpc_(rpc), metadata_(metadata), at_(at) {}

  /// A key of an entry's map, in SCALE.
  using Keys = std::vector<core::Bytes>;

  /// Remembers that this value will be asked for. Fails: invalid (no such entry, other number of keys).
  core::Result<void> want(std::string_view pallet, std::string_view item, const Keys& keys);
  /// Reads everything that is wanted and not there yet.
  core::Result<void> fetch();

  /// The value, its default where it isn't there, or nothing where it has none. Requires that it was wanted and
  /// fetched. Fails: corrupt when the bytes aren't of its type.
  core::Result<std::optional<scale::Value>> get(std::string_view pallet, std::string_view item, const Keys& keys);

  /// want, fetch and get of one value.
  core::Result<std::optional<scale::Value>> read(std::string_view pallet, std::string_view item, const Keys& keys);

  /// All pairs of a map below the first of its keys. Each: the bytes of the other key (of `key_bytes`) and the value.
  struct Pair {
    core::Bytes key;
    scale::Value value;
  };
  core::Result<std::vector<Pair>> pairs(std::string_view pallet, std::string_view item, const core::Bytes& first_key,
                                        std::size_t key_bytes);

 private:
  core::Result<core::Bytes> key_of(std::string_view pallet, const scale::StorageEntry& entry, const Keys& keys) const;
  core::Result<scale::Value> decode(const scale::StorageEntry& entry, core::ByteView bytes) const;

  Rpc& rpc_;
  const scale::Metadata& metadata_;
  const book::BlockRef at_;
  std::vector<std::string> wanted_;                          // "0x…"
  std::map<std::string, std::optional<core::Bytes>> found_;  // by storage key
};

/// "0x…" with any number of digits. Fails: corrupt.
core::Result<core::Bytes> bytes_of(const codec::Json& json);
std::string hex_of(core::ByteView bytes);

// A value as a plain type. Fails: corrupt, when it is of another kind or too large.
core::Result<std::uint64_t> number_of(const scale::Value& value, std::uint64_t max = UINT64_MAX);
core::Result<bool> boolean_of(const scale::Value& value);
core::Result<std::array<std::uint8_t, 32>> bytes32_of(const scale::Value& value);

}  // namespace noonmark::client
