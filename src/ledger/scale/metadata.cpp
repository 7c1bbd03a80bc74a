#include "ledger/scale/metadata.h"

#include <algorithm>

namespace noonmark::scale {
namespace {

core::Error unknown(std::string_view what) {
  return core::invalid("this chain's metadata has no " + std::string(what) + "; is it the right network?");
}

constexpr int kMaxDepth = 64;

core::Result<bool> is_empty(const Metadata& metadata, TypeId id, int depth);

core::Result<bool> all_empty(const Metadata& metadata, const std::vector<TypeId>& types, int depth) {
  for (const TypeId type : types) {
    if (!TRY(is_empty(metadata, type, depth))) return false;
  }
  return true;
}

core::Result<bool> is_empty(const Metadata& metadata, TypeId id, int depth) {
  if (id >= metadata.types.size()) return core::invalid("metadata: there is no type " + std::to_string(id));
  if (depth > kMaxDepth) return core::invalid("metadata: type " + std::to_string(id) + " is nested too deeply");
  const auto& shape = metadata.types[id].shape;
  if (const auto* tuple = std::get_if<Tuple>(&shape)) return all_empty(metadata, tuple->items, depth + 1);
  if (const auto* array = std::get_if<Array>(&shape)) {
    return array->length == 0 ? true : is_empty(metadata, array->item, depth + 1);
  }
  if (const auto* composite = std::get_if<Composite>(&shape)) {
    std::vector<TypeId> types;
    for (const Field& field : composite->fields) types.push_back(field.type);
    return all_empty(metadata, types, depth + 1);
  }
  return false;
}

}  // namespace

const StorageEntry* Pallet::find(std::string_view item) const {
  const auto found = std::ranges::find(storage, item, &StorageEntry::name);
  return found == storage.end() ? nullptr : &*found;
}

const Pallet* Metadata::find(std::string_view pallet) const {
  const auto found = std::ranges::find(pallets, pallet, &Pallet::name);
  return found == pallets.end() ? nullptr : &*found;
}

const Pallet* Metadata::find(std::uint8_t pallet_index) const {
  const auto found = std::ranges::find(pallets, pallet_index, &Pallet::index);
  return found == pallets.end() ? nullptr : &*found;
}

core::Result<const StorageEntry*> Metadata::storage(std::string_view pallet, std::string_view item) const {
  const Pallet* home = find(pallet);
  const StorageEntry* entry = home == nullptr ? nullptr : home->find(item);
  if (entry == nullptr) return unknown("storage " + std::string(pallet) + "." + std::string(item));
  return entry;
}

core::Result<Metadata::Call> Metadata::call(std::string_view pallet, std::string_view name) const {
  const Pallet* home = find(pallet);
  if (home != nullptr && home->calls) {
    if (const auto* calls = std::get_if<Enumeration>(&types[*home->calls].shape)) {
      const auto found = std::ranges::find(calls->variants, name, &Variant::name);
      if (found != calls->variants.end()) return Call{home->index, found->index, &*found};
    }
  }
  return unknown("call " + std::string(pallet) + "." + std::string(name));
}

std::string Metadata::error_name(std::uint8_t pallet_index, std::uint8_t error_index) const {
  const Pallet* home = find(pallet_index);
  if (home == nullptr) return "pallet " + std::to_string(pallet_index) + ", error " + std::to_string(error_index);
  if (home->errors) {
    if (const auto* errors = std::get_if<Enumeration>(&types[*home->errors].shape)) {
      const auto found = std::ranges::find(errors->variants, error_index, &Variant::index);
      if (found != errors->variants.end()) return home->name + "." + found->name;
    }
  }
  return home->name + ", error " + std::to_string(error_index);
}

core::Result<bool> Metadata::is_empty(TypeId type) const { return scale::is_empty(*this, type, 0); }

}  // namespace noonmark::scale
