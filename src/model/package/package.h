#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/core/bytes.h"
#include "base/core/result.h"
#include "model/graph/inspect.h"
#include "model/package/manifest.h"

namespace noonmark::package {

/// A verified package directory, read-only.
///
/// open() has read every byte once and compared it with the manifest: no file is missing, changed, unlisted, a link or
/// a device. The directory stays open, so that later reads come from the same directory even when its path is replaced.
/// Owner:   the caller; movable.
/// Threads: const methods may be called from any thread.
class Package {
 public:
  /// Opens and verifies the directory `root`. Costs one pass over all bytes.
  /// Fails: not_found (no directory, no manifest, missing file), invalid (bad manifest, unlisted file, link or device,
  /// unsafe path, beyond limits), corrupt (wrong size or digest), denied (wrong signature). The message names the file.
  static core::Result<Package> open(const std::filesystem::path& root, const Limits& limits = {});

  Package(Package&&) noexcept;
  Package& operator=(Package&&) noexcept;
  ~Package();

  const Manifest& manifest() const;
  /// content_digest() of the manifest: the package's name for machines.
  hash::Digest digest() const;
  hash::Digest substance() const;
  const std::filesystem::path& root() const;
  /// Bytes of all listed files, without the manifest.
  std::uint64_t total_size() const;

  bool contains(std::string_view path) const;
  /// Absolute path of a listed file. Requires: contains(path).
  std::filesystem::path file(std::string_view path) const;
  /// The bytes of a listed file, compared with its digest again while reading.
  /// Fails: not_found (not listed), corrupt (changed since open()), exhausted (larger than `max_bytes`).
  core::Result<core::Bytes> read(std::string_view path, std::uint64_t max_bytes = 4ull << 30) const;
  /// read() as text.
  core::Result<std::string> read_text(std::string_view path, std::uint64_t max_bytes = 16ull << 20) const;

  /// Passes a listed file of any size on in pieces; corrupt at the end when it changed since open().
  core::Result<void> visit(std::string_view path, const std::function<core::Result<void>(core::ByteView)>& piece) const;
  /// Writes a listed file to `target`, which must not exist, comparing with its digest on the way; of any size.
  /// Fails: not_found (not listed), conflict (`target` exists), corrupt (changed since open(); `target` is removed).
  core::Result<void> copy_file(std::string_view path, const std::filesystem::path& target) const;

  /// Inspects each listed `.onnx` file (model/graph): limits, operator domains, external data, weights that are
  /// numbers. Returns one report per graph, by path. Fails: as graph::inspect, with the file's path in front.
  core::Result<std::map<std::string, graph::Report>> check_graphs(const graph::Limits& limits = {}) const;

 private:
  struct State;
  explicit Package(std::unique_ptr<State> state);
  core::Error not_listed(std::string_view path) const;
  std::unique_ptr<State> state_;
};

/// What describe_directory() can't see.
struct Description {
  std::string name, version = "1.0.0", task = "text-to-image";
  std::optional<hash::Digest> parent;
  std::string description, licence;
  RuntimeSettings runtime;
  Defaults defaults;
};

/// A manifest for the files that lie in `directory` now (an existing noonmark.json is left out), unsigned.
/// Fails: as Package::open on links, devices, paths and limits.
core::Result<Manifest> describe_directory(const std::filesystem::path& directory, const Description& description,
                                          const Limits& limits = {});

/// Writes noonmark.json atomically. Fails: invalid (check_manifest), internal (cannot write).
core::Result<void> write_manifest(const std::filesystem::path& directory, const Manifest& manifest);

}  // namespace noonmark::package
