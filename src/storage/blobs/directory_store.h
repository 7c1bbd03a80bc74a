#pragma once

#include <memory>

#include "storage/blobs/store.h"

namespace noonmark::blobs {

/// A Store in a local directory: `objects/ab/<64 hex digits>`, read-only files; `partial/` holds what is being written.
/// Other files in there are ignored.
class DirectoryStore final : public Store {
 public:
  /// Opens `root`, and makes it when it's missing. Clears away what killed processes left half-written.
  static core::Result<std::unique_ptr<DirectoryStore>> open(const std::filesystem::path& root);

  core::Result<hash::Digest> put(core::ByteView content) override;
  core::Result<hash::Digest> put_file(const std::filesystem::path& path, std::uint64_t max_bytes) override;
  core::Result<core::Bytes> get(const hash::Digest& name, std::uint64_t max_bytes) const override;
  core::Result<void> copy_to(const hash::Digest& name, const std::filesystem::path& destination,
                             std::uint64_t max_bytes) const override;
  core::Result<std::optional<std::uint64_t>> size(const hash::Digest& name) const override;
  core::Result<std::vector<hash::Digest>> list() const override;
  core::Result<void> remove(const hash::Digest& name) override;

  /// Where the blob lies, for a reader of this machine (a report's image link). Nothing is checked.
  std::filesystem::path path_of(const hash::Digest& name) const;

 private:
  explicit DirectoryStore(std::filesystem::path root) : root_(std::move(root)) {}
  bool holds_intact(const hash::Digest& name) const;
  core::Result<void> adopt(const std::filesystem::path& partial, const hash::Digest& name);

  const std::filesystem::path root_;
};

}  // namespace noonmark::blobs
