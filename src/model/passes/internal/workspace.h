#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/core/bytes.h"
#include "base/core/result.h"
#include "model/package/package.h"
#include "model/passes/optimize.h"

namespace noonmark::passes::internal {

/// A package under construction: a directory of our own and the manifest that it will get.
///
/// Removes the directory at destruction unless finish() was called. Threads: one.
class Workspace {
 public:
  /// Copies the files of `source`. Fails: conflict, as Package::copy_file.
  static core::Result<Workspace> create(const package::Package& source, const std::filesystem::path& target);
  Workspace(Workspace&& other) noexcept;
  Workspace& operator=(Workspace&&) = delete;
  ~Workspace();

  const std::filesystem::path& root() const { return root_; }
  package::Description& draft() { return draft_; }

  bool has(const std::string& path) const;
  core::Result<core::Bytes> read(const std::string& path) const;
  core::Result<void> write(const std::string& path, core::ByteView bytes);
  core::Result<void> remove(const std::string& path);

  /// The graph file of a part: "unet" → "unet/model.onnx".
  static std::string graph_of(const std::string& part) { return part + "/model.onnx"; }

  /// Writes a manifest for the present state and opens it, for running.
  core::Result<package::Package> open() const;

  /// Writes the manifest and keeps the directory.
  core::Result<package::Manifest> finish();

 private:
  Workspace() = default;
  std::filesystem::path root_;
  package::Description draft_;
  bool keep_ = false;
};

}  // namespace noonmark::passes::internal
