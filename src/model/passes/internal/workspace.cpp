#include "model/passes/internal/workspace.h"

#include <system_error>
#include <utility>

#include "base/core/files.h"

namespace noonmark::passes::internal {
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kMaxGraph = 2ull << 30;

core::Result<void> make_empty_directory(const fs::path& target) {
  std::error_code problem;
  if (fs::exists(target, problem) && !(fs::is_directory(target, problem) && fs::is_empty(target, problem))) {
    return core::conflict("'" + target.string() + "' isn't an empty directory; name another place or remove it");
  }
  return core::make_directories(target);
}

/// A result inside of the source would be an unlisted file there.
core::Result<void> check_outside(const fs::path& source, const fs::path& target) {
  std::error_code problem;
  const fs::path inside = fs::weakly_canonical(target, problem).lexically_relative(fs::canonical(source, problem));
  if (problem || inside.empty() || *inside.begin() == "..") return {};
  return core::usage("'" + target.string() + "' lies in the package that it is made from; name a place beside it");
}

}  // namespace

core::Result<Workspace> Workspace::create(const package::Package& source, const fs::path& target) {
  TRY(check_outside(source.root(), target));
  TRY(make_empty_directory(target));
  Workspace workspace;
  workspace.root_ = target;
  const package::Manifest& manifest = source.manifest();
  for (const package::FileEntry& file : manifest.files) {
    TRY(core::make_directories((target / file.path).parent_path()));
    TRY(source.copy_file(file.path, target / file.path));
  }
  package::Description& draft = workspace.draft_;
  draft.name = manifest.name;
  draft.version = manifest.version;
  draft.task = manifest.task;
  draft.parent = source.digest();
  draft.description = manifest.description;
  draft.licence = manifest.licence;
  draft.runtime = manifest.runtime;
  draft.defaults = manifest.defaults;
  return workspace;
}

Workspace::Workspace(Workspace&& other) noexcept
    : root_(std::move(other.root_)), draft_(std::move(other.draft_)), keep_(std::exchange(other.keep_, true)) {}

Workspace::~Workspace() {
  std::error_code ignored;
  if (!keep_ && !root_.empty()) fs::remove_all(root_, ignored);
}

bool Workspace::has(const std::string& path) const {
  std::error_code ignored;
  return fs::is_regular_file(root_ / path, ignored);
}

core::Result<core::Bytes> Workspace::read(const std::string& path) const {
  return core::read_file(root_ / path, kMaxGraph);
}

core::Result<void> Workspace::write(const std::string& path, core::ByteView bytes) {
  TRY(core::make_directories((root_ / path).parent_path()));
  return core::write_file_atomic(root_ / path, bytes);
}

core::Result<void> Workspace::remove(const std::string& path) {
  std::error_code problem;
  fs::remove(root_ / path, problem);
  if (problem) return core::internal("cannot remove '" + path + "': " + problem.message());
  return {};
}

core::Result<package::Package> Workspace::open() const {
  const package::Manifest manifest = TRY(package::describe_directory(root_, draft_));
  TRY(package::write_manifest(root_, manifest));
  return package::Package::open(root_);
}

core::Result<package::Manifest> Workspace::finish() {
  package::Manifest manifest = TRY(package::describe_directory(root_, draft_));
  TRY(package::write_manifest(root_, manifest));
  keep_ = true;
  return manifest;
}

}  // namespace noonmark::passes::internal
