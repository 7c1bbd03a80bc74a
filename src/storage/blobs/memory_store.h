#pragma once

#include <map>
#include <mutex>

#include "storage/blobs/store.h"

namespace noonmark::blobs {

/// A Store that forgets everything when it goes. For tests and simulation.
class MemoryStore final : public Store {
 public:
  core::Result<hash::Digest> put(core::ByteView content) override;
  core::Result<hash::Digest> put_file(const std::filesystem::path& path, std::uint64_t max_bytes) override;
  core::Result<core::Bytes> get(const hash::Digest& name, std::uint64_t max_bytes) const override;
  core::Result<void> copy_to(const hash::Digest& name, const std::filesystem::path& destination,
                             std::uint64_t max_bytes) const override;
  core::Result<std::optional<std::uint64_t>> size(const hash::Digest& name) const override;
  core::Result<std::vector<hash::Digest>> list() const override;
  core::Result<void> remove(const hash::Digest& name) override;

 private:
  mutable std::mutex mutex_;
  std::map<hash::Digest, core::Bytes> blobs_;  // guarded by mutex_
};

}  // namespace noonmark::blobs
