#include "ledger/runtime/internal/storage.h"

#include <set>

namespace noonmark::runtime {

void Storage::commit() {
  CHECK(layers_.size() > 1, "commit() without begin()");
  Changes top = std::move(layers_.back());
  layers_.pop_back();
  for (auto& [key, value] : top) layers_.back()[key] = std::move(value);
}

Changes Storage::take() {
  CHECK(layers_.size() == 1, "a begin() that hasn't ended");
  return std::exchange(layers_.front(), {});
}

core::Bytes Storage::key_of(const char* pallet, const char* name, std::span<const Hasher> hashers,
                            const std::vector<core::Bytes>& keys) {
  std::vector<scale::HashedKey> hashed;
  for (std::size_t i = 0; i < keys.size(); ++i) hashed.emplace_back(hashers[i], keys[i]);
  return scale::storage_key(pallet, name, hashed);
}

std::optional<core::Bytes> Storage::raw(const core::Bytes& key) {
  for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer) {
    if (const auto found = layer->find(key); found != layer->end()) return found->second;
  }
  auto before = before_.get(key);
  if (before.ok()) return std::move(before).value();
  if (outcome_.ok()) outcome_ = before.error();
  return std::nullopt;
}

std::vector<core::Bytes> Storage::keys_below(const core::Bytes& prefix) {
  constexpr std::size_t kPage = 4096;
  std::set<core::Bytes> keys;
  for (core::Bytes after;;) {
    const auto page = before_.keys(prefix, kPage, after);
    if (!page.ok()) {
      if (outcome_.ok()) outcome_ = page.error();
      return {};
    }
    keys.insert(page->begin(), page->end());
    if (page->size() < kPage) break;
    after = page->back();
  }
  for (const Changes& layer : layers_) {
    for (auto at = layer.lower_bound(prefix); at != layer.end() && has_prefix(at->first, prefix); ++at) {
      if (at->second) keys.insert(at->first);
      if (!at->second) keys.erase(at->first);
    }
  }
  return {keys.begin(), keys.end()};
}

}  // namespace noonmark::runtime
