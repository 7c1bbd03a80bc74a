#include "ledger/runtime/internal/history.h"

#include <algorithm>

namespace noonmark::runtime {

void History::add(const Changes& changes) {
  std::vector<core::Bytes> keys;
  keys.reserve(changes.size());
  const auto number = oldest_ + static_cast<book::BlockNumber>(touched_.size());
  for (const auto& [key, value] : changes) {
    values_[key].push_back({number, value});
    keys.push_back(key);
  }
  touched_.push_back(std::move(keys));
  while (newest() - oldest_ > depth_) forget_oldest();
}

void History::forget_oldest() {
  const std::vector<core::Bytes> keys = std::move(touched_.front());
  touched_.pop_front();
  ++oldest_;
  const auto drop = [this](const core::Bytes& key) {
    const auto found = values_.find(key);
    if (found == values_.end()) return;
    Versions& versions = found->second;
    const auto first_later = std::ranges::upper_bound(versions, oldest_, {}, &Version::since);
    // The last one that the oldest block still sees stays, unless it says that nothing is there.
    if (first_later - versions.begin() > 1) versions.erase(versions.begin(), first_later - 1);
    if (versions.size() == 1 && !versions.front().value && versions.front().since <= oldest_) values_.erase(found);
  };
  for (const core::Bytes& key : keys) drop(key);
  for (const core::Bytes& key : touched_.front()) drop(key);
}

const core::Bytes* History::find(const Versions& versions, book::BlockNumber number) {
  const auto later = std::ranges::upper_bound(versions, number, {}, &Version::since);
  if (later == versions.begin()) return nullptr;
  const auto& value = std::prev(later)->value;
  return value ? &*value : nullptr;
}

core::Result<std::optional<core::Bytes>> History::View::get(core::ByteView key) const {
  const auto found = history_.values_.find(core::Bytes(key.begin(), key.end()));
  const core::Bytes* value = found == history_.values_.end() ? nullptr : find(found->second, number_);
  return value == nullptr ? std::optional<core::Bytes>() : std::optional(*value);
}

core::Result<std::vector<core::Bytes>> History::View::keys(core::ByteView prefix, std::size_t count,
                                                           core::ByteView after) const {
  const core::Bytes from(prefix.begin(), prefix.end()), behind(after.begin(), after.end());
  auto at = behind < from || after.empty() ? history_.values_.lower_bound(from) : history_.values_.upper_bound(behind);
  std::vector<core::Bytes> found;
  for (; at != history_.values_.end() && found.size() < count && has_prefix(at->first, prefix); ++at) {
    if (find(at->second, number_) != nullptr) found.push_back(at->first);
  }
  return found;
}

}  // namespace noonmark::runtime
