#pragma once

#include <array>
#include <optional>
#include <vector>

#include "ledger/runtime/internal/layout.h"
#include "ledger/runtime/state.h"
#include "ledger/scale/storage_key.h"

namespace noonmark::runtime {

using scale::Hasher;

/// An entry of the storage: where it lies, how its keys are hashed, and what it stands for where nothing lies.
template <class T, class... Keys>
struct Item {
  const char* pallet;
  const char* name;
  std::array<Hasher, sizeof...(Keys)> hashers;
  T fallback;
  bool optional = false;  ///< In the metadata: nothing where nothing lies.
};

/// The storage while a block is being made: changes in layers over what was before, so that a call that fails leaves
/// nothing behind. A value that can't be read (a damaged database) is remembered, and the block comes to nothing.
/// Threads: one.
class Storage {
 public:
  explicit Storage(const StateView& before) : before_(before), layers_(1) {}

  void begin() { layers_.emplace_back(); }
  void commit();
  void rollback() { layers_.pop_back(); }

  template <class T, class... Keys>
  static core::Bytes key(const Item<T, Keys...>& item, const std::type_identity_t<Keys>&... keys) {
    return key_of(item.pallet, item.name, item.hashers, {encode<Keys>(keys)...});
  }
  template <class T, class... Keys>
  std::optional<T> find(const Item<T, Keys...>& item, const std::type_identity_t<Keys>&... keys) {
    const auto bytes = raw(key(item, keys...));
    if (!bytes) return std::nullopt;
    return decode<T>(item.name, *bytes);
  }
  template <class T, class... Keys>
  T get(const Item<T, Keys...>& item, const std::type_identity_t<Keys>&... keys) {
    return find(item, keys...).value_or(item.fallback);
  }
  /// put(item, key …, value).
  template <class T, class... Keys, class... Rest>
  void put(const Item<T, Keys...>& item, const Rest&... keys_and_value) {
    static_assert(sizeof...(Rest) == sizeof...(Keys) + 1);
    const auto all = std::tie(keys_and_value...);
    set(key_from(item, all, std::index_sequence_for<Keys...>()), encode<T>(std::get<sizeof...(Keys)>(all)));
  }
  template <class T, class... Keys>
  void remove(const Item<T, Keys...>& item, const std::type_identity_t<Keys>&... keys) {
    set(key(item, keys...), std::nullopt);
  }
  template <class T, class... Keys>
  bool has(const Item<T, Keys...>& item, const std::type_identity_t<Keys>&... keys) {
    return raw(key(item, keys...)).has_value();
  }

  /// Every value of a map below its first key (all of them, for a map with one key), with the bytes behind the prefix.
  template <class T, class... Keys, class... First>
  std::vector<std::pair<core::Bytes, T>> all(const Item<T, Keys...>& item, const First&... first) {
    std::vector<std::pair<core::Bytes, T>> found;
    std::vector<core::Bytes> given;
    (given.push_back(encode(first)), ...);
    const core::Bytes prefix = key_of(item.pallet, item.name, item.hashers, given);
    for (const core::Bytes& one : keys_below(prefix)) {
      const auto bytes = raw(one);
      if (bytes)
        found.emplace_back(core::Bytes(one.begin() + static_cast<std::ptrdiff_t>(prefix.size()), one.end()),
                           decode<T>(item.name, *bytes));
    }
    return found;
  }

  const core::Result<void>& outcome() const { return outcome_; }
  /// Everything that has changed. Requires that each begin() has ended.
  Changes take();

 private:
  template <class T, class... Keys, class All, std::size_t... I>
  static core::Bytes key_from(const Item<T, Keys...>& item, const All& all, std::index_sequence<I...>) {
    return key(item, std::get<I>(all)...);
  }
  static core::Bytes key_of(const char* pallet, const char* name, std::span<const Hasher> hashers,
                            const std::vector<core::Bytes>& keys);
  std::optional<core::Bytes> raw(const core::Bytes& key);
  void set(core::Bytes key, std::optional<core::Bytes> value) { layers_.back()[std::move(key)] = std::move(value); }
  std::vector<core::Bytes> keys_below(const core::Bytes& prefix);
  template <class T>
  T decode(const char* name, const core::Bytes& bytes) {
    Reader in(bytes);
    auto value = read<T>(in);
    if (value.ok() && in.left() == 0) return std::move(value).value();
    if (outcome_.ok())
      outcome_ = core::corrupt(std::string("the ledger's stored ") + name + " can't be read; restore a backup");
    return T{};
  }

  const StateView& before_;
  std::vector<Changes> layers_;
  core::Result<void> outcome_;
};

}  // namespace noonmark::runtime
