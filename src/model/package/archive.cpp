#include "model/package/archive.h"

#include <algorithm>
#include <fcntl.h>
#include <functional>
#include <set>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "base/core/files.h"
#include "model/package/internal/directory.h"
#include "model/package/internal/tar.h"

namespace noonmark::package {
namespace {

namespace fs = std::filesystem;
using internal::TarEntry;
using internal::TarReader;
using internal::TarWriter;

/// Keeps what is unpacked in proportion to what was read.
class Proportion {
 public:
  Proportion(const TarReader& reader, const ArchiveLimits& limits) : reader_(reader), limits_(limits) {}
  core::Result<void> add(std::uint64_t bytes) {
    unpacked_ += bytes;
    const double allowed = limits_.ratio * static_cast<double>(reader_.packed_bytes());
    if (unpacked_ <= limits_.free_bytes || static_cast<double>(unpacked_) <= allowed) return {};
    return core::invalid("the archive swells to more than " + std::to_string(static_cast<int>(limits_.ratio)) +
                         " times its size; it isn't unpacked");
  }

 private:
  const TarReader& reader_;
  const ArchiveLimits& limits_;
  std::uint64_t unpacked_ = 0;
};

using Begin = std::function<core::Result<void>(const FileEntry&)>;
using Piece = std::function<core::Result<void>(core::ByteView)>;
using End = std::function<core::Result<void>(const FileEntry&)>;

/// The three things that happen to each listed file.
struct Visitor {
  Begin begin;
  Piece piece;
  End end;
};

/// Passes the present entry's data on, exactly `size` bytes.
core::Result<void> read_entry(TarReader& reader, const std::string& path, std::uint64_t size, Proportion& proportion,
                              const Piece& piece) {
  std::uint64_t seen = 0;
  for (;;) {
    const core::ByteView bytes = TRY(reader.read());
    if (bytes.empty()) break;
    seen += bytes.size();
    if (seen > size) return core::corrupt("'" + path + "' is longer in the archive than the manifest says");
    TRY(proportion.add(bytes.size()));
    TRY(piece(bytes));
  }
  if (seen != size) return core::corrupt("'" + path + "' is shorter in the archive than the manifest says");
  return {};
}

core::Result<Manifest> read_manifest(TarReader& reader, Proportion& proportion, const Limits& limits) {
  TarEntry entry;
  const bool found = TRY(reader.next(entry));
  if (!found || entry.path != kManifestName) {
    return core::invalid("the archive doesn't begin with " + std::string(kManifestName) +
                         "; make archives with 'noonmark package pack'");
  }
  if (entry.size > limits.manifest_bytes) return core::invalid("the archive's manifest is larger than allowed");
  std::string text;
  const auto keep = [&](core::ByteView bytes) -> core::Result<void> {
    text += core::as_text(bytes);
    return {};
  };
  TRY(read_entry(reader, entry.path, entry.size, proportion, keep));
  return parse_manifest(text, limits);
}

/// Reads the archive once; `visitor` sees each listed file, in the archive's order. `start` gets the manifest first.
core::Result<Manifest> walk(TarReader& reader, const ArchiveLimits& limits, const Visitor& visitor) {
  Proportion proportion(reader, limits);
  Manifest manifest = TRY(read_manifest(reader, proportion, limits.package));
  TRY(verify_signature(manifest));
  std::set<std::string> seen;
  TarEntry entry;
  while (TRY(reader.next(entry))) {
    TRY(check_path(entry.path, limits.package));
    const auto listed = std::ranges::find(manifest.files, entry.path, &FileEntry::path);
    if (listed == manifest.files.end()) {
      return core::invalid("the archive holds '" + entry.path + "', which its manifest doesn't list");
    }
    if (!seen.insert(entry.path).second) return core::invalid("the archive holds '" + entry.path + "' twice");
    if (entry.size != listed->size) {
      return core::corrupt("'" + entry.path + "' has another size in the archive than in its manifest");
    }
    TRY(visitor.begin(*listed));
    TRY(read_entry(reader, entry.path, entry.size, proportion, visitor.piece));
    TRY(visitor.end(*listed));
  }
  for (const FileEntry& file : manifest.files) {
    if (!seen.contains(file.path)) return core::corrupt("the archive lacks '" + file.path + "'; fetch it again");
  }
  return manifest;
}

core::Result<void> unpack_into(const fs::path& archive, const fs::path& target, const ArchiveLimits& limits) {
  TarReader reader = TRY(TarReader::open_file(archive.string()));
  core::UniqueFd file;
  std::string name;
  Visitor visitor;
  visitor.begin = [&](const FileEntry& entry) -> core::Result<void> {
    const fs::path path = target / entry.path;
    TRY(core::make_directories(path.parent_path()));
    name = path.string();
    file = core::UniqueFd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
    if (!file.valid()) return core::from_errno(errno, "cannot create '" + name + "'");
    return {};
  };
  visitor.piece = [&](core::ByteView bytes) { return internal::write_all(file.get(), name, bytes); };
  visitor.end = [&](const FileEntry&) -> core::Result<void> {
    file.reset();
    return {};
  };
  const Manifest manifest = TRY(walk(reader, limits, visitor));
  return write_manifest(target, manifest);
}

/// The manifest and every file, in the one order that packages are packed in.
core::Result<void> write_archive(TarWriter& writer, const Manifest& manifest,
                                 const std::function<core::Result<void>(const FileEntry&)>& put) {
  const std::string text = manifest_text(manifest);
  TRY(writer.begin(std::string(kManifestName), text.size()));
  TRY(writer.write(core::as_bytes(text)));
  for (const FileEntry& file : manifest.files) {
    TRY(writer.begin(file.path, file.size));
    TRY(put(file));
  }
  return writer.finish();
}

}  // namespace

core::Result<std::uint64_t> pack(const Package& package, const fs::path& archive, int level) {
  const fs::path part = archive.string() + ".part";
  auto written = [&]() -> core::Result<std::uint64_t> {
    const core::UniqueFd file(::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644));
    if (!file.valid()) return core::from_errno(errno, "cannot create '" + part.string() + "'");
    std::uint64_t size = 0;
    const auto sink = [&](core::ByteView bytes) {
      size += bytes.size();
      return internal::write_all(file.get(), part.string(), bytes);
    };
    TarWriter writer = TRY(TarWriter::open(sink, level));
    const auto put = [&](const FileEntry& entry) {
      return package.visit(entry.path, [&](core::ByteView bytes) { return writer.write(bytes); });
    };
    TRY(write_archive(writer, package.manifest(), put));
    if (::fsync(file.get()) != 0) return core::from_errno(errno, "cannot write '" + part.string() + "'");
    return size;
  }();
  std::error_code problem;
  if (written.ok()) fs::rename(part, archive, problem);
  if (problem) return core::internal("cannot write '" + archive.string() + "': " + problem.message());
  if (!written.ok()) fs::remove(part, problem);
  return written;
}

core::Result<Package> unpack(const fs::path& archive, const fs::path& target, const ArchiveLimits& limits) {
  std::error_code problem;
  const bool existed = fs::exists(target, problem);
  if (existed && !(fs::is_directory(target, problem) && fs::is_empty(target, problem))) {
    return core::conflict("'" + target.string() + "' isn't an empty directory; name another place or remove it");
  }
  TRY(core::make_directories(target));
  const auto opened = [&]() -> core::Result<Package> {
    TRY(unpack_into(archive, target, limits).context("archive '" + archive.string() + "'"));
    return Package::open(target, limits.package);
  };
  core::Result<Package> package = opened();
  if (!package.ok()) {
    fs::remove_all(target, problem);
    if (existed) fs::create_directory(target, problem);
  }
  return package;
}

core::Result<Unpacked> unpack_bytes(core::ByteView archive, const ArchiveLimits& limits) {
  TarReader reader = TRY(TarReader::open_bytes(archive));
  Unpacked package;
  core::Bytes content;
  Visitor visitor;
  visitor.begin = [&](const FileEntry&) -> core::Result<void> {
    content.clear();
    return {};
  };
  visitor.piece = [&](core::ByteView bytes) -> core::Result<void> {
    content.insert(content.end(), bytes.begin(), bytes.end());
    return {};
  };
  visitor.end = [&](const FileEntry& entry) -> core::Result<void> {
    if (hash::sha256(content) != entry.sha256) {
      return core::corrupt("'" + entry.path + "' has another content than the manifest says");
    }
    package.files[entry.path] = std::move(content);
    return {};
  };
  package.manifest = TRY(walk(reader, limits, visitor));
  return package;
}

core::Result<core::Bytes> pack_bytes(const Unpacked& package, int level) {
  core::Bytes archive;
  const auto sink = [&](core::ByteView bytes) -> core::Result<void> {
    archive.insert(archive.end(), bytes.begin(), bytes.end());
    return {};
  };
  TarWriter writer = TRY(TarWriter::open(sink, level));
  const auto put = [&](const FileEntry& entry) -> core::Result<void> {
    const auto file = package.files.find(entry.path);
    if (file == package.files.end()) return core::not_found("'" + entry.path + "' is listed but not given");
    return writer.write(file->second);
  };
  TRY(write_archive(writer, package.manifest, put));
  return archive;
}

}  // namespace noonmark::package
