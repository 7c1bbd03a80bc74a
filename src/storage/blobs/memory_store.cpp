#include "storage/blobs/memory_store.h"

#include "base/core/files.h"

namespace noonmark::blobs {

core::Result<hash::Digest> MemoryStore::put(core::ByteView content) {
  const hash::Digest name = hash::sha256(content);
  const std::lock_guard lock(mutex_);
  blobs_.try_emplace(name, content.begin(), content.end());
  return name;
}

core::Result<hash::Digest> MemoryStore::put_file(const std::filesystem::path& path, std::uint64_t max_bytes) {
  return put(TRY(core::read_file(path, max_bytes)));
}

core::Result<core::Bytes> MemoryStore::get(const hash::Digest& name, std::uint64_t max_bytes) const {
  const std::lock_guard lock(mutex_);
  const auto found = blobs_.find(name);
  if (found == blobs_.end()) return core::not_found("there is no blob " + name.hex());
  if (found->second.size() > max_bytes) return core::exhausted("blob " + name.hex() + " is longer than allowed");
  return found->second;
}

core::Result<void> MemoryStore::copy_to(const hash::Digest& name, const std::filesystem::path& destination,
                                        std::uint64_t max_bytes) const {
  const core::Bytes content = TRY(get(name, max_bytes));
  if (std::filesystem::exists(std::filesystem::symlink_status(destination))) {
    return core::conflict(destination.string() + " exists already");
  }
  return core::write_file_atomic(destination, content);
}

core::Result<std::optional<std::uint64_t>> MemoryStore::size(const hash::Digest& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = blobs_.find(name);
  if (found == blobs_.end()) return std::optional<std::uint64_t>();
  return std::optional<std::uint64_t>(found->second.size());
}

core::Result<std::vector<hash::Digest>> MemoryStore::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<hash::Digest> names;
  for (const auto& [name, content] : blobs_) names.push_back(name);
  return names;
}

core::Result<void> MemoryStore::remove(const hash::Digest& name) {
  const std::lock_guard lock(mutex_);
  blobs_.erase(name);
  return {};
}

}  // namespace noonmark::blobs
