#include "ledger/client/snapshot.h"

#include <algorithm>

#include "base/codec/text.h"

namespace noonmark::client {
namespace {

using codec::Json;

constexpr std::size_t kKeysPerCall = 500, kPage = 1000;
constexpr std::size_t kMaxPairs = 1u << 17;

core::Error nonsense(std::string_view what) {
  return core::corrupt("the ledger's node answers nonsense (" + std::string(what) + "); use another endpoint");
}

}  // namespace

std::string hex_of(core::ByteView bytes) { return "0x" + codec::hex(bytes); }

core::Result<core::Bytes> bytes_of(const Json& json) {
  if (!json.is_string() || !json.as_string().starts_with("0x")) return nonsense("no hexadecimal text");
  auto bytes = codec::parse_hex(std::string_view(json.as_string()).substr(2));
  if (!bytes.ok()) return nonsense("no hexadecimal text");
  return bytes;
}

core::Result<std::uint64_t> number_of(const scale::Value& value, std::uint64_t max) {
  const scale::Value& inner = value.inner();
  const bool fits = inner.kind == scale::Value::Kind::number && inner.number.high == 0 && inner.number.low <= max;
  if (!fits) return core::corrupt("the ledger holds no number where one should be; update this program");
  return inner.number.low;
}

core::Result<bool> boolean_of(const scale::Value& value) {
  const scale::Value& inner = value.inner();
  if (inner.kind != scale::Value::Kind::boolean) {
    return core::corrupt("the ledger holds no yes or no where one should be; update this program");
  }
  return inner.boolean;
}

core::Result<std::array<std::uint8_t, 32>> bytes32_of(const scale::Value& value) {
  const scale::Value& inner = value.inner();
  std::array<std::uint8_t, 32> bytes{};
  if (inner.kind != scale::Value::Kind::bytes || inner.bytes.size() != bytes.size()) {
    return core::corrupt("the ledger holds no 32 bytes where an account or hash should be; update this program");
  }
  std::ranges::copy(inner.bytes, bytes.begin());
  return bytes;
}

core::Result<core::Bytes> Snapshot::key_of(std::string_view pallet, const scale::StorageEntry& entry,
                                           const Keys& keys) const {
  if (keys.size() > entry.hashers.size()) {
    return core::invalid("this chain's " + std::string(pallet) + "." + entry.name +
                         " has fewer keys; update this program");
  }
  std::vector<scale::HashedKey> hashed;
  for (std::size_t i = 0; i < keys.size(); ++i) hashed.emplace_back(entry.hashers[i], keys[i]);
  return scale::storage_key(metadata_.find(pallet)->prefix, entry.name, hashed);
}

core::Result<scale::Value> Snapshot::decode(const scale::StorageEntry& entry, core::ByteView bytes) const {
  scale::Reader reader(bytes);
  auto value = scale::decode_value(metadata_, entry.value, reader);
  if (!value.ok() || !reader.finish().ok()) return nonsense("a value of " + entry.name + " that isn't of its type");
  return value;
}

core::Result<void> Snapshot::want(std::string_view pallet, std::string_view item, const Keys& keys) {
  const scale::StorageEntry* entry = TRY(metadata_.storage(pallet, item));
  const core::Bytes key = TRY(key_of(pallet, *entry, keys));
  std::string hex = hex_of(key);
  if (!found_.contains(hex)) wanted_.push_back(std::move(hex));
  return {};
}

core::Result<void> Snapshot::fetch() {
  for (std::size_t begin = 0; begin < wanted_.size(); begin += kKeysPerCall) {
    const std::size_t end = std::min(begin + kKeysPerCall, wanted_.size());
    Json keys = Json::array();
    for (std::size_t i = begin; i < end; ++i) {
      keys.push_back(wanted_[i]);
      found_[wanted_[i]] = std::nullopt;
    }
    const Json answer = TRY(rpc_.call("state_queryStorageAt", {std::move(keys), at_.hash.hex()}));
    const Json* changes =
        answer.is_array() && answer.as_array().size() == 1 ? answer.as_array()[0].find("changes") : nullptr;
    if (changes == nullptr || !changes->is_array()) return nonsense("state_queryStorageAt");
    for (const Json& change : changes->as_array()) {
      if (!change.is_array() || change.as_array().size() != 2 || !change.as_array()[0].is_string()) {
        return nonsense("state_queryStorageAt");
      }
      const auto slot = found_.find(change.as_array()[0].as_string());
      if (slot == found_.end()) return nonsense("a key that nobody asked for");
      if (!change.as_array()[1].is_null()) slot->second = TRY(bytes_of(change.as_array()[1]));
    }
  }
  wanted_.clear();
  return {};
}

core::Result<std::optional<scale::Value>> Snapshot::get(std::string_view pallet, std::string_view item,
                                                        const Keys& keys) {
  const scale::StorageEntry* entry = TRY(metadata_.storage(pallet, item));
  const core::Bytes key = TRY(key_of(pallet, *entry, keys));
  const auto found = found_.find(hex_of(key));
  CHECK(found != found_.end(), "get() of a value that was not fetched");
  if (!found->second && !entry->has_default) return std::optional<scale::Value>{};
  return std::optional(TRY(decode(*entry, found->second ? *found->second : entry->fallback)));
}

core::Result<std::optional<scale::Value>> Snapshot::read(std::string_view pallet, std::string_view item,
                                                         const Keys& keys) {
  TRY(want(pallet, item, keys));
  TRY(fetch());
  return get(pallet, item, keys);
}

core::Result<std::vector<Snapshot::Pair>> Snapshot::pairs(std::string_view pallet, std::string_view item,
                                                          const core::Bytes& first_key, std::size_t key_bytes) {
  const scale::StorageEntry* entry = TRY(metadata_.storage(pallet, item));
  if (entry->hashers.size() != 2)
    return core::invalid("this chain's " + entry->name + " has other keys; update this program");
  const core::Bytes prefix = TRY(key_of(pallet, *entry, {first_key}));
  std::vector<core::Bytes> keys;
  for (Json start;;) {
    const Json page =
        TRY(rpc_.call("state_getKeysPaged", {hex_of(prefix), static_cast<std::int64_t>(kPage), start, at_.hash.hex()}));
    if (!page.is_array() || page.as_array().size() > kPage) return nonsense("state_getKeysPaged");
    for (const Json& key : page.as_array()) {
      keys.push_back(TRY(bytes_of(key)));
      if (keys.size() > kMaxPairs) return nonsense("a map without end");
    }
    if (page.as_array().size() < kPage) break;
    start = page.as_array().back();
  }
  for (const core::Bytes& key : keys) wanted_.push_back(hex_of(key));
  TRY(fetch());
  const std::pair<scale::Hasher, std::size_t> shape[] = {{entry->hashers[1], key_bytes}};
  std::vector<Pair> pairs;
  for (const core::Bytes& key : keys) {
    const auto other = scale::map_keys(key, prefix.size(), shape);
    const auto& bytes = found_[hex_of(key)];
    if (!other.ok() || !bytes) return nonsense("state_getKeysPaged");
    pairs.push_back({other->front(), TRY(decode(*entry, *bytes))});
  }
  return pairs;
}

}  // namespace noonmark::client
