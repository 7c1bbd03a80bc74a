#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "base/core/result.h"

namespace noonmark::record::internal {

/// The words of one enumeration, in both directions.
template <class Value, std::size_t kCount>
struct Words {
  const char* what;
  std::array<std::pair<Value, std::string_view>, kCount> list;

  std::string_view name(Value value) const {
    for (const auto& [candidate, word] : list) {
      if (candidate == value) {
        return word;
      }
    }
    CHECK(false, "an enumeration value without a word");
    return {};
  }

  core::Result<Value> parse(std::string_view text) const {
    std::string known;
    for (const auto& [candidate, word] : list) {
      if (word == text) {
        return candidate;
      }
      known += known.empty() ? "" : ", ";
      known += word;
    }
    return core::invalid("unknown " + std::string(what) + "; use one of " + known);
  }
};

}  // namespace noonmark::record::internal
