#include "model/package/package.h"

#include <algorithm>
#include <utility>

#include "base/core/check.h"
#include "base/core/files.h"
#include "model/package/internal/directory.h"

namespace noonmark::package {
namespace {

using internal::Directory;
using internal::FoundFile;

core::Result<Manifest> read_manifest(const Directory& directory, const Limits& limits) {
  std::uint64_t size = 0;
  const auto file = directory.open_file(kManifestName, size);
  if (!file.ok()) {
    if (file.error().kind != core::ErrorKind::not_found) return file.error();
    return core::not_found("there is no " + std::string(kManifestName) +
                           " here; write one with 'noonmark package pack', or give the package's own directory");
  }
  if (size > limits.manifest_bytes) return core::invalid(std::string(kManifestName) + " is larger than allowed");
  const core::Bytes bytes = TRY(directory.read(kManifestName, 0, size));
  return parse_manifest(core::as_text(bytes), limits);
}

/// Every file that lies there is listed, and the other way round.
core::Result<void> compare_listing(const std::vector<FoundFile>& found, const std::vector<FileEntry>& listed) {
  auto entry = listed.begin();
  for (const FoundFile& file : found) {
    if (file.path == kManifestName) continue;
    if (entry != listed.end() && entry->path < file.path) break;
    if (entry == listed.end() || entry->path != file.path) {
      return core::invalid("'" + file.path + "' isn't listed in the manifest; remove it or describe the package anew");
    }
    if (entry->size != file.size) {
      return core::corrupt("'" + file.path + "' has " + std::to_string(file.size) + " bytes, the manifest says " +
                           std::to_string(entry->size) + "; fetch the package again or describe it anew");
    }
    ++entry;
  }
  if (entry == listed.end()) return {};
  return core::not_found("'" + entry->path + "' is listed in the manifest but missing; fetch the package again");
}

core::Result<void> check_digest(const FileEntry& entry, const hash::Digest& found) {
  if (entry.sha256 == found) return {};
  return core::corrupt("'" + entry.path + "' has another content than the manifest says (sha256 " + found.hex() +
                       ", expected " + entry.sha256.hex() + "); fetch the package again or describe it anew");
}

/// External tensor data of a graph, among the package's listed files.
class ListedFiles final : public graph::ExternalFiles {
 public:
  ListedFiles(const Directory& directory, const std::vector<FileEntry>& files) : directory_(directory), files_(files) {}

  std::optional<std::uint64_t> size(std::string_view path) const override {
    const auto entry = std::ranges::find(files_, path, &FileEntry::path);
    if (entry == files_.end()) return std::nullopt;
    return entry->size;
  }

  core::Result<core::Bytes> read(std::string_view path, std::uint64_t offset, std::uint64_t length) const override {
    return directory_.read(path, offset, length);
  }

 private:
  const Directory& directory_;
  const std::vector<FileEntry>& files_;
};

}  // namespace

struct Package::State {
  std::filesystem::path root;
  Directory directory;
  Manifest manifest;
  hash::Digest digest;
};

Package::Package(std::unique_ptr<State> state) : state_(std::move(state)) {}
Package::Package(Package&&) noexcept = default;
Package& Package::operator=(Package&&) noexcept = default;
Package::~Package() = default;

core::Result<Package> Package::open(const std::filesystem::path& root, const Limits& limits) {
  const std::string where = "package '" + root.string() + "'";
  const auto verified = [&]() -> core::Result<Package> {
    Directory directory = TRY(Directory::open(root));
    Manifest manifest = TRY(read_manifest(directory, limits));
    TRY(verify_signature(manifest));
    const std::vector<FoundFile> found = TRY(directory.list(limits));
    TRY(compare_listing(found, manifest.files));
    for (const FileEntry& entry : manifest.files) {
      const hash::Digest digest = TRY(directory.digest(entry.path, entry.size));
      TRY(check_digest(entry, digest));
    }
    const hash::Digest digest = content_digest(manifest);
    std::error_code ignored;
    std::filesystem::path absolute = std::filesystem::absolute(root, ignored);
    return Package(
        std::make_unique<State>(State{std::move(absolute), std::move(directory), std::move(manifest), digest}));
  };
  return verified().context(where);
}

const Manifest& Package::manifest() const { return state_->manifest; }
hash::Digest Package::digest() const { return state_->digest; }
hash::Digest Package::substance() const { return substance_digest(state_->manifest); }
const std::filesystem::path& Package::root() const { return state_->root; }

std::uint64_t Package::total_size() const {
  std::uint64_t total = 0;
  for (const FileEntry& file : state_->manifest.files) total += file.size;
  return total;
}

bool Package::contains(std::string_view path) const {
  return std::ranges::find(state_->manifest.files, path, &FileEntry::path) != state_->manifest.files.end();
}

std::filesystem::path Package::file(std::string_view path) const {
  CHECK(contains(path), "a file that the package doesn't list");
  return state_->root / path;
}

core::Error Package::not_listed(std::string_view path) const {
  return core::not_found("package '" + state_->manifest.name + "' has no file '" + std::string(path) + "'");
}

core::Result<core::Bytes> Package::read(std::string_view path, std::uint64_t max_bytes) const {
  const auto entry = std::ranges::find(state_->manifest.files, path, &FileEntry::path);
  if (entry == state_->manifest.files.end()) {
    return not_listed(path);
  }
  if (entry->size > max_bytes) {
    return core::exhausted("'" + entry->path + "' is larger than " + std::to_string(max_bytes) + " bytes");
  }
  core::Bytes bytes = TRY(state_->directory.read(entry->path, 0, entry->size));
  TRY(check_digest(*entry, hash::sha256(bytes)));
  return bytes;
}

core::Result<std::string> Package::read_text(std::string_view path, std::uint64_t max_bytes) const {
  const core::Bytes bytes = TRY(read(path, max_bytes));
  return std::string(core::as_text(bytes));
}

core::Result<void> Package::visit(std::string_view path,
                                  const std::function<core::Result<void>(core::ByteView)>& piece) const {
  const auto entry = std::ranges::find(state_->manifest.files, path, &FileEntry::path);
  if (entry == state_->manifest.files.end()) return not_listed(path);
  const hash::Digest digest = TRY(state_->directory.read_exactly(entry->path, entry->size, piece));
  return check_digest(*entry, digest);
}

core::Result<void> Package::copy_file(std::string_view path, const std::filesystem::path& target) const {
  const auto entry = std::ranges::find(state_->manifest.files, path, &FileEntry::path);
  if (entry == state_->manifest.files.end()) {
    return not_listed(path);
  }
  const auto copied = [&]() -> core::Result<void> {
    const hash::Digest digest = TRY(state_->directory.copy(entry->path, entry->size, target));
    return check_digest(*entry, digest);
  }();
  std::error_code ignored;
  if (!copied.ok() && copied.error().kind != core::ErrorKind::conflict) std::filesystem::remove(target, ignored);
  return copied;
}

core::Result<std::map<std::string, graph::Report>> Package::check_graphs(const graph::Limits& limits) const {
  std::map<std::string, graph::Report> reports;
  const ListedFiles files(state_->directory, state_->manifest.files);
  for (const FileEntry& entry : state_->manifest.files) {
    if (!entry.path.ends_with(".onnx")) continue;
    if (entry.size > limits.file_bytes) {
      return core::invalid("'" + entry.path + "' has more than " + std::to_string(limits.file_bytes) +
                           " bytes; move its weights to external data");
    }
    const core::Bytes model = TRY(read(entry.path, limits.file_bytes));
    reports[entry.path] = TRY(graph::inspect(model, entry.path, &files, limits).context("'" + entry.path + "'"));
  }
  return reports;
}

core::Result<Manifest> describe_directory(const std::filesystem::path& directory, const Description& description,
                                          const Limits& limits) {
  const Directory open = TRY(Directory::open(directory));
  const std::vector<FoundFile> found = TRY(open.list(limits));
  Manifest manifest;
  manifest.name = description.name;
  manifest.version = description.version;
  manifest.task = description.task;
  manifest.parent = description.parent;
  manifest.description = description.description;
  manifest.licence = description.licence;
  manifest.runtime = description.runtime;
  manifest.defaults = description.defaults;
  for (const FoundFile& file : found) {
    if (file.path == kManifestName) continue;
    if (file.size > limits.file_bytes) return core::invalid("'" + file.path + "' is larger than allowed");
    const hash::Digest digest = TRY(open.digest(file.path, file.size));
    manifest.files.push_back({file.path, file.size, digest});
  }
  TRY(check_manifest(manifest, limits));
  return manifest;
}

core::Result<void> write_manifest(const std::filesystem::path& directory, const Manifest& manifest) {
  TRY(check_manifest(manifest));
  return core::write_file_atomic(directory / kManifestName, manifest_text(manifest));
}

}  // namespace noonmark::package
