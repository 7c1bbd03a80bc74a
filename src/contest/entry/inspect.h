#pragma once

#include <filesystem>

#include "contest/entry/admission.h"
#include "contest/rules/contest.h"

namespace noonmark::entry {

/// Looks at the package directory `path` without running anything: every digest, every limit, every graph. Costs one or
/// two passes over all bytes. Whatever is wrong with the package comes back as the sighting's failure, owned by the
/// entry, with one of these codes: "not_found", "invalid_package", "wrong_digest", "wrong_signature", "too_large",
/// "bad_graph"; what this machine can't do is the validator's ("unreadable").
/// Threads: any.
Sighting inspect(const std::filesystem::path& path, const rules::Contest& contest);

}  // namespace noonmark::entry
