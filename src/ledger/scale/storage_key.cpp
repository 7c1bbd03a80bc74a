#include "ledger/scale/storage_key.h"

#include "crypto/hash/blake2b.h"
#include "crypto/hash/twox.h"

namespace noonmark::scale {
namespace {

void append(core::Bytes& bytes, core::ByteView more) { bytes.insert(bytes.end(), more.begin(), more.end()); }

}  // namespace

std::size_t hash_size(Hasher hasher) {
  switch (hasher) {
    case Hasher::blake2_128:
    case Hasher::blake2_128_concat:
    case Hasher::twox_128:
      return 16;
    case Hasher::blake2_256:
    case Hasher::twox_256:
      return 32;
    case Hasher::twox_64_concat:
      return 8;
    case Hasher::identity:
      return 0;
  }
  CHECK(false, "no such hasher");
}

bool keeps_key(Hasher hasher) {
  return hasher == Hasher::blake2_128_concat || hasher == Hasher::twox_64_concat || hasher == Hasher::identity;
}

core::Bytes hash_key(Hasher hasher, core::ByteView key) {
  core::Bytes bytes;
  switch (hasher) {
    case Hasher::blake2_128:
    case Hasher::blake2_128_concat:
      append(bytes, hash::blake2b_128(key));
      break;
    case Hasher::blake2_256:
      append(bytes, hash::blake2b_256(key));
      break;
    case Hasher::twox_128:
      append(bytes, hash::twox_128(key));
      break;
    case Hasher::twox_256:
      append(bytes, hash::twox_256(key));
      break;
    case Hasher::twox_64_concat:
      append(bytes, hash::twox_64(key));
      break;
    case Hasher::identity:
      break;
  }
  if (keeps_key(hasher)) append(bytes, key);
  return bytes;
}

core::Bytes storage_key(std::string_view prefix, std::string_view item, std::span<const HashedKey> keys) {
  core::Bytes bytes;
  append(bytes, hash::twox_128(core::as_bytes(prefix)));
  append(bytes, hash::twox_128(core::as_bytes(item)));
  for (const auto& [hasher, key] : keys) append(bytes, hash_key(hasher, key));
  return bytes;
}

core::Result<std::vector<core::Bytes>> map_keys(core::ByteView storage_key, std::size_t skip,
                                                std::span<const std::pair<Hasher, std::size_t>> keys) {
  std::vector<core::Bytes> found;
  std::size_t at = skip;
  for (const auto& [hasher, size] : keys) {
    if (!keeps_key(hasher)) return core::invalid("a storage key whose hash doesn't keep the key");
    const std::size_t begin = at + hash_size(hasher);
    if (begin + size > storage_key.size()) return core::invalid("a storage key that is too short");
    const core::ByteView key = storage_key.subspan(begin, size);
    found.emplace_back(key.begin(), key.end());
    at = begin + size;
  }
  if (at != storage_key.size()) return core::invalid("a storage key that is too long");
  return found;
}

}  // namespace noonmark::scale
