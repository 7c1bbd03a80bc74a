#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "ledger/runtime/internal/calls.h"
#include "ledger/runtime/internal/outcome.h"
#include "ledger/scale/metadata.h"

namespace noonmark::runtime {

/// Collects the types of the metadata; each C++ type once.
class TypeBook {
 public:
  using TypeId = scale::TypeId;

  template <class T>
  TypeId of() {
    if constexpr (std::is_same_v<T, bool>)
      return primitive(scale::Primitive::boolean);
    else if constexpr (std::is_same_v<T, std::uint8_t>)
      return primitive(scale::Primitive::u8);
    else if constexpr (std::is_same_v<T, std::uint16_t>)
      return primitive(scale::Primitive::u16);
    else if constexpr (std::is_same_v<T, std::uint32_t>)
      return primitive(scale::Primitive::u32);
    else if constexpr (std::is_same_v<T, std::uint64_t>)
      return primitive(scale::Primitive::u64);
    else if constexpr (std::is_same_v<T, scale::U128>)
      return primitive(scale::Primitive::u128);
    else if constexpr (std::is_same_v<T, CompactNumber>)
      return compact(of<std::uint64_t>());
    else if constexpr (std::is_same_v<T, AccountId>)
      return account();
    else if constexpr (std::is_same_v<T, Hash256>)
      return hash();
    else if constexpr (std::is_same_v<T, Address>)
      return address();
    else if constexpr (std::is_same_v<T, Data>)
      return data();
    else if constexpr (internal_layout::IsVector<T>::value)
      return list(of<typename T::value_type>());
    else if constexpr (internal_layout::IsTuple<T>::value)
      return tuple<T>(std::make_index_sequence<std::tuple_size_v<T>>());
    else
      return structure<T>();
  }

  TypeId text() { return primitive(scale::Primitive::text); }
  TypeId list(TypeId item) { return add("[" + std::to_string(item) + "]", {}, scale::Sequence{item}); }
  TypeId bytes(std::uint32_t length) {
    return add("[u8;" + std::to_string(length) + "]", {}, scale::Array{length, of<std::uint8_t>()});
  }
  TypeId compact(TypeId number) { return add("Compact " + std::to_string(number), {}, scale::Compact{number}); }
  TypeId none() { return add("()", {}, scale::Tuple{}); }
  TypeId tuple_of(std::vector<TypeId> items) {
    std::string key = "(";
    for (const TypeId item : items) key += std::to_string(item) + ",";
    return add(key, {}, scale::Tuple{std::move(items)});
  }
  TypeId enumeration(const std::vector<std::string>& path, std::vector<scale::Variant> variants) {
    return add(joined(path), path, scale::Enumeration{std::move(variants)});
  }
  TypeId composite(const std::vector<std::string>& path, std::vector<scale::Field> fields) {
    return add(joined(path), path, scale::Composite{std::move(fields)});
  }
  template <class T>
  std::vector<scale::Field> fields() {
    std::vector<scale::Field> all;
    std::apply([&](const auto&... one) { (all.push_back(field_of(one)), ...); }, T::fields());
    return all;
  }
  /// A place that is filled later: for types that contain themselves.
  TypeId reserve(const std::vector<std::string>& path) { return add(joined(path), path, scale::Tuple{}); }
  void fill(TypeId id, std::vector<scale::Variant> variants) {
    types_[id].shape = scale::Enumeration{std::move(variants)};
  }

  void set_parameters(TypeId id, std::vector<std::pair<std::string, std::optional<TypeId>>> parameters) {
    types_[id].parameters = std::move(parameters);
  }
  std::vector<scale::Type> take() { return std::move(types_); }

 private:
  template <class Owner, class Member>
  scale::Field field_of(const FieldOf<Owner, Member>& field) {
    const std::string name = field.name;
    return {name.empty() ? std::nullopt : std::optional(name), of<Member>(), std::nullopt};
  }
  static std::string joined(const std::vector<std::string>& path) {
    std::string text;
    for (const std::string& part : path) text += part + "::";
    return text;
  }
  template <class Shape>
  TypeId add(const std::string& key, const std::vector<std::string>& path, Shape shape) {
    const auto [found, added] = ids_.try_emplace(key, static_cast<TypeId>(types_.size()));
    if (added) types_.push_back({path, {}, std::move(shape)});
    return found->second;
  }
  TypeId primitive(scale::Primitive kind) {
    return add("primitive " + std::to_string(static_cast<int>(kind)), {}, kind);
  }
  TypeId account() { return composite({"sp_core", "crypto", "AccountId32"}, {{std::nullopt, bytes(32), "[u8; 32]"}}); }
  TypeId hash() { return composite({"primitive_types", "H256"}, {{std::nullopt, bytes(32), "[u8; 32]"}}); }
  TypeId address() {
    const TypeId id = account(), raw = of<std::vector<std::uint8_t>>();
    const TypeId nothing = compact(none());
    const TypeId result = enumeration({"sp_runtime", "multiaddress", "MultiAddress"},
                                      {{"Id", {{std::nullopt, id, "AccountId"}}, 0},
                                       {"Index", {{std::nullopt, nothing, "AccountIndex"}}, 1},
                                       {"Raw", {{std::nullopt, raw, "Vec<u8>"}}, 2},
                                       {"Address32", {{std::nullopt, bytes(32), "[u8; 32]"}}, 3},
                                       {"Address20", {{std::nullopt, bytes(20), "[u8; 20]"}}, 4}});
    set_parameters(result, {{"AccountId", id}, {"AccountIndex", none()}});
    return result;
  }
  TypeId data() {
    std::vector<scale::Variant> variants = {{"None", {}, 0}};
    for (std::uint32_t size = 0; size <= 128; ++size) {
      variants.push_back({"Raw" + std::to_string(size),
                          {{std::nullopt, bytes(size), std::nullopt}},
                          static_cast<std::uint8_t>(size + 1)});
    }
    return enumeration({"pallet_commitments", "types", "Data"}, std::move(variants));
  }
  template <class T, std::size_t... I>
  TypeId tuple(std::index_sequence<I...>) {
    return tuple_of({of<std::tuple_element_t<I, T>>()...});
  }
  template <class T>
  TypeId structure();

  std::vector<scale::Type> types_;
  std::map<std::string, TypeId> ids_;
};

/// Where the real chain defines a struct.
template <class T>
std::vector<std::string> path_of() {
  if constexpr (std::is_same_v<T, AccountInfo>)
    return {"frame_system", "AccountInfo"};
  else if constexpr (std::is_same_v<T, AccountData>)
    return {"pallet_balances", "types", "AccountData"};
  else if constexpr (std::is_same_v<T, AxonInfo>)
    return {"pallet_subtensor", "pallet", "AxonInfo"};
  else if constexpr (std::is_same_v<T, CommitmentInfo>)
    return {"pallet_commitments", "types", "CommitmentInfo"};
  else if constexpr (std::is_same_v<T, Registration>)
    return {"pallet_commitments", "types", "Registration"};
  else
    return {"pallet_commitments", "types", "UsageTracker"};
}

template <class T>
TypeBook::TypeId TypeBook::structure() {
  return composite(path_of<T>(), fields<T>());
}

}  // namespace noonmark::runtime
