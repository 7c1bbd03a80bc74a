#pragma once
#include <filesystem>

#include "edge/cli/application.h"
#include "edge/validator/hold.h"

namespace noonmark::cli {

/// The contest in `file` with its baseline and the network of the perceptual distance; entries and `out` are left to
/// the caller. Fails: as load_contest.
core::Result<validator::HoldRequest> hold_request(const std::filesystem::path& file);

/// The network of the perceptual distance that came with the program; empty where there is none.
std::filesystem::path find_features();

/// Holds the contest with this user's key and shows progress on stderr. Fails: as validator::hold, equip.
core::Result<validator::Held> hold_contest(Context& context, const validator::HoldRequest& request);

}  // namespace noonmark::cli
