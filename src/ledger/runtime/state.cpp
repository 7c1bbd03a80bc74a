#include "ledger/runtime/state.h"

#include <algorithm>

namespace noonmark::runtime {

bool has_prefix(core::ByteView text, core::ByteView prefix) {
  return text.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), text.begin());
}

core::Result<std::optional<core::Bytes>> MemoryState::get(core::ByteView key) const {
  const auto found = values_.find(core::Bytes(key.begin(), key.end()));
  if (found == values_.end()) return std::optional<core::Bytes>();
  return std::optional<core::Bytes>(found->second);
}

core::Result<std::vector<core::Bytes>> MemoryState::keys(core::ByteView prefix, std::size_t count,
                                                         core::ByteView after) const {
  const core::Bytes from(prefix.begin(), prefix.end()), behind(after.begin(), after.end());
  auto at = behind < from ? values_.lower_bound(from) : values_.upper_bound(behind);
  // A key equal to the prefix itself counts when nothing was named to begin behind.
  if (after.empty()) at = values_.lower_bound(from);
  std::vector<core::Bytes> found;
  for (; at != values_.end() && found.size() < count && has_prefix(at->first, prefix); ++at) found.push_back(at->first);
  return found;
}

void MemoryState::apply(const Changes& changes) {
  for (const auto& [key, value] : changes) {
    if (value) {
      values_[key] = *value;
    } else {
      values_.erase(key);
    }
  }
}

}  // namespace noonmark::runtime
