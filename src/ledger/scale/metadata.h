#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/result.h"
#include "ledger/scale/hasher.h"

namespace noonmark::scale {

/// A type of the metadata: its place in Metadata::types.
using TypeId = std::uint32_t;

enum class Primitive : std::uint8_t {
  boolean,
  character,
  text,
  u8,
  u16,
  u32,
  u64,
  u128,
  u256,
  i8,
  i16,
  i32,
  i64,
  i128,
  i256
};

struct Field {
  std::optional<std::string> name;
  TypeId type = 0;
  std::optional<std::string> type_name;
};
struct Variant {
  std::string name;
  std::vector<Field> fields;
  std::uint8_t index = 0;
};
struct Composite {
  std::vector<Field> fields;
};
struct Enumeration {
  std::vector<Variant> variants;
};
struct Sequence {
  TypeId item = 0;
};
struct Array {
  std::uint32_t length = 0;
  TypeId item = 0;
};
struct Tuple {
  std::vector<TypeId> items;
};
struct Compact {
  TypeId type = 0;
};
struct BitSequence {
  TypeId store = 0, order = 0;
};

struct Type {
  std::vector<std::string> path;
  std::vector<std::pair<std::string, std::optional<TypeId>>> parameters;
  std::variant<Composite, Enumeration, Sequence, Array, Tuple, Primitive, Compact, BitSequence> shape;
};

struct StorageEntry {
  std::string name;
  bool has_default = false;     ///< A key that isn't there stands for `fallback`; else for nothing.
  std::vector<Hasher> hashers;  ///< Empty: a plain value.
  std::optional<TypeId> key;    ///< Of a map; a tuple when there are several hashers.
  TypeId value = 0;
  core::Bytes fallback;
};
struct Constant {
  std::string name;
  TypeId type = 0;
  core::Bytes value;
};
struct Pallet {
  std::string name, prefix;  ///< `prefix` is empty without storage.
  std::vector<StorageEntry> storage;
  std::optional<TypeId> calls, events, errors;
  std::vector<Constant> constants;
  std::uint8_t index = 0;

  const StorageEntry* find(std::string_view item) const;
};
struct Extension {
  std::string identifier;
  TypeId extra = 0, additional = 0;  ///< What it adds to the extrinsic, and to what is signed.
};

/// What a chain says of itself: FRAME metadata, version 14. Documentation texts are left out. A plain value.
struct Metadata {
  std::vector<Type> types;
  std::vector<Pallet> pallets;
  TypeId extrinsic_type = 0, runtime_type = 0;
  std::uint8_t extrinsic_version = 4;
  std::vector<Extension> extensions;

  const Pallet* find(std::string_view pallet) const;
  const Pallet* find(std::uint8_t pallet_index) const;
  /// Fails: invalid ("this chain has no …").
  core::Result<const StorageEntry*> storage(std::string_view pallet, std::string_view item) const;
  /// The two index bytes of a call, and its arguments. Fails: invalid.
  struct Call {
    std::uint8_t pallet = 0, index = 0;
    const Variant* variant = nullptr;
  };
  core::Result<Call> call(std::string_view pallet, std::string_view name) const;
  /// "Pallet.Name"; with numbers where they mean nothing here.
  std::string error_name(std::uint8_t pallet_index, std::uint8_t error_index) const;
  /// A value of this type takes no bytes. Fails: invalid for a type that isn't there or contains itself.
  core::Result<bool> is_empty(TypeId type) const;
};

/// Foreign bytes; at most 16 MiB, 16384 types, every type that is named is there. Fails: invalid.
core::Result<Metadata> decode_metadata(core::ByteView bytes);
core::Bytes encode_metadata(const Metadata& metadata);

}  // namespace noonmark::scale
