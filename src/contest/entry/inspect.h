#pragma once

#include <filesystem>
#include <optional>

#include "contest/entry/admission.h"
#include "contest/rules/contest.h"
#include "crypto/sign/account.h"

namespace noonmark::entry {

/// Looks at the package directory `path` without running anything: every digest, every limit, every graph. Costs one or
/// two passes over all bytes. Whatever is wrong with the package comes back as the sighting's failure, owned by the
/// entry, with one of these codes: "not_found", "invalid_package", "wrong_digest", "wrong_signature", "too_large",
/// "bad_graph", "not_endorsed", "wrong_endorsement"; what this machine can't do is the validator's ("unreadable").
/// With `account`, the package has to be endorsed by this ledger key: the one that entered it.
/// Threads: any.
Sighting inspect(const std::filesystem::path& path, const rules::Contest& contest,
                 const std::optional<sign::AccountId>& account = std::nullopt);

}  // namespace noonmark::entry
