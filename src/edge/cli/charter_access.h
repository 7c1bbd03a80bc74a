#pragma once
#include <cstdint>
#include <optional>

#include "contest/charter/charter.h"
#include "edge/cli/application.h"
#include "ledger/book/ledger.h"

namespace noonmark::cli {

inline constexpr std::uint64_t kMaxCharter = 64u << 20;  ///< Bytes that are read of a charter's file.

/// --charter.
Parameter charter_parameter();

/// The charter in the file that --charter names, every statement signed by the owner that the ledger gives the subnet;
/// nothing where the option isn't given. Fails: not_found, invalid and denied, with the file's name; as the ledger.
core::Result<std::optional<charter::Charter>> load_charter(const Context& context, book::Ledger& ledger,
                                                           book::NetUid netuid);

}  // namespace noonmark::cli
