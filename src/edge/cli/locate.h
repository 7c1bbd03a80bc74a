#pragma once
#include <filesystem>

#include "base/core/result.h"

namespace noonmark::cli {

/// The folder that holds what comes with the program (`contests/`, `zoo/`): the working directory, or a parent of the
/// program's own file, or `../share/noonmark` beside its folder; the first that has `contests/`.
/// Fails: not_found, naming the option that says where it is.
core::Result<std::filesystem::path> find_share(const std::filesystem::path& working_directory,
                                               const std::filesystem::path& executable);

/// The same for this process.
core::Result<std::filesystem::path> find_share();

/// The program's own file. Fails: unavailable when /proc isn't there.
core::Result<std::filesystem::path> own_executable();

}  // namespace noonmark::cli
