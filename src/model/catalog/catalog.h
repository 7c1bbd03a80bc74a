#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/core/result.h"
#include "crypto/hash/hash.h"

namespace noonmark::catalog {

/// Which package does a model's work, and why it was chosen.
struct Release {
  std::string model;     ///< the name that callers use; 1 to 64 of a–z 0–9 . _ -
  std::string task;      ///< as in a package's manifest
  hash::Digest package;  ///< its content
  std::uint64_t bytes = 0;
  std::string verdict;  ///< what it won: "emoji/2026-11-25", or empty where somebody chose it by hand
  double fidelity = 1;  ///< to the baseline, 0 to 1, as the verdict measured it
  bool operator==(const Release&) const = default;
};

/// What a gateway has its workers serve. A plain value; models are unlike each other.
struct Catalog {
  std::vector<Release> releases;  ///< by model
  bool operator==(const Catalog&) const = default;

  const Release* find(std::string_view model) const;
  /// Adds the release, or puts it in the place of its model's.
  void put(Release release);
};

/// Fails: invalid, naming the member.
core::Result<Catalog> parse(std::string_view json);
std::string text(const Catalog& catalog);

/// A file that isn't there is an empty catalog. Fails: as parse(), with the file's name; denied, internal.
core::Result<Catalog> load(const std::filesystem::path& file);
/// Replaces the file whole. Fails: as core::write_file_atomic.
core::Result<void> save(const std::filesystem::path& file, const Catalog& catalog);

}  // namespace noonmark::catalog
