#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/core/result.h"
#include "contest/rules/contest.h"
#include "crypto/hash/hash.h"
#include "crypto/sign/sr25519.h"

namespace noonmark::miner {

/// Where the package will lie for validators.
struct Place {
  std::filesystem::path store;  ///< This machine's folder of packed packages; empty: `pointer` names the package.
  std::string pointer;          ///< The store's URL, or the package's own place (submission::pointer_bytes()).
};

/// A package that is ready to be entered.
struct Prepared {
  hash::Digest content;
  std::string pointer;
  std::filesystem::path archive;  ///< In the store; empty without one.
  std::uint64_t bytes = 0;        ///< Of the package's files.
};

/// Looks at the package as validators will (every digest and graph; with `baseline`, whether it would be admitted
/// beside it), has `hotkey` endorse it, and packs it into the store as <content hex>.tar.zst. The endorsement is
/// written into the package's manifest; a package that lies elsewhere must be endorsed before it is put there. Fails:
/// invalid with the reason of a refusal, denied (not endorsed, and it lies elsewhere), exhausted, internal.
core::Result<Prepared> prepare(const std::filesystem::path& package, const rules::Contest& contest,
                               const std::optional<std::filesystem::path>& baseline, const sign::Sr25519Pair& hotkey,
                               const Place& place);

/// Has `hotkey` endorse the package in this directory. Does nothing when it has.
core::Result<void> endorse_package(const std::filesystem::path& package, const sign::Sr25519Pair& hotkey);

}  // namespace noonmark::miner
