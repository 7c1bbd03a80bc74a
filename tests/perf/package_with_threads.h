#pragma once

#include "base/core/files.h"
#include "model/package/package.h"

namespace noonmark::perf {

inline constexpr const char* kPrompt = "a tiger face, noto style, blue background";

/// A package whose settings were changed, in a folder of its own.
struct ChangedPackage {
  core::TempDir folder;
  package::Package package;
};

/// A copy of the package at `root` that asks for so many threads, unsigned. A folder without manifest gets one with
/// default settings.
inline core::Result<ChangedPackage> open_with_threads(const std::filesystem::path& root, int threads) {
  core::TempDir folder = TRY(core::TempDir::create("noonmark-perf"));
  std::error_code failure;
  std::filesystem::copy(root, folder.path(), std::filesystem::copy_options::recursive, failure);
  if (failure) return core::not_found("cannot copy " + root.string() + ": " + failure.message());
  package::Description description;
  description.name = "measured";
  description.licence = "MIT";
  if (std::filesystem::exists(folder.path() / package::kManifestName)) {
    const package::Package original = TRY(package::Package::open(folder.path()));
    description.runtime = original.manifest().runtime;
    description.defaults = original.manifest().defaults;
  }
  description.runtime.intra_op_threads = threads;
  const package::Manifest manifest = TRY(package::describe_directory(folder.path(), description));
  TRY(package::write_manifest(folder.path(), manifest));
  package::Package package = TRY(package::Package::open(folder.path()));
  return ChangedPackage{std::move(folder), std::move(package)};
}

}  // namespace noonmark::perf
