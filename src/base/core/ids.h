#pragma once
#include <compare>
#include <string>

namespace noonmark::core {

/// A string that cannot be mistaken for another kind of string: `using EntryId = Id<struct EntryTag>;`
template <class Tag>
struct Id {
  std::string value;
  auto operator<=>(const Id&) const = default;
};

}  // namespace noonmark::core
