#pragma once

#include <filesystem>
#include <vector>

#include "base/core/result.h"

namespace noonmark::sandbox {

/// The shared libraries that a program is linked against and that do not lie under /usr or /lib, as the system's loader
/// finds them. Nothing of the program is run. Empty for programs without a loader. Fails: not_found, unavailable (a
/// library is missing), internal.
core::Result<std::vector<std::filesystem::path>> private_libraries(const std::filesystem::path& program);

}  // namespace noonmark::sandbox
