#pragma once
#include <filesystem>

#include "contest/rules/contest.h"

namespace noonmark::cli {

/// rules::load_contest, and that a runner exists for its task. Fails: invalid, not_found, with the file's name in
/// front.
core::Result<rules::Contest> load_contest(const std::filesystem::path& file);

}  // namespace noonmark::cli
