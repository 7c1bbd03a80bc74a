#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>

#include "base/core/result.h"

namespace noonmark::backup {

/// What a backup holds.
struct Contents {
  std::uint64_t files = 0, bytes = 0;
  bool keys = false;
};

struct Options {
  bool with_keys = false;  ///< secret keys too: the folders "wallets" and the files "*.key"
};

/// Told of each file, by its path below the home.
using OnFile = std::function<void(std::string_view file)>;

/// Copies everything durable below `home` into the new folder `target` while programs go on writing: databases through
/// SQLite, as one moment of each, and other files whole, because programs replace them whole. `backup.json` is
/// written last; it names every file with its size and sha256. Left out: secret keys (see Options), packages that can
/// be fetched or made again, locks, and what a process was in the middle of. Links are never followed.
/// Fails: not_found (no home), conflict (`target` is there), as the files.
core::Result<Contents> make(const std::filesystem::path& home, const std::filesystem::path& target,
                            const Options& options, const OnFile& on_file);

/// Puts a backup into `home`, which must be empty or not there, after every file was found to be what `backup.json`
/// says; nothing is written before that. Fails: not_found, corrupt (damaged, cut short, or with a name that leads out
/// of the folder), conflict (`home` isn't empty), as the files.
core::Result<Contents> restore(const std::filesystem::path& from, const std::filesystem::path& home,
                               const OnFile& on_file);

}  // namespace noonmark::backup
