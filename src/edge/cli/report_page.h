#pragma once
#include <filesystem>
#include <vector>

#include "base/core/result.h"
#include "contest/conduct/replay.h"
#include "edge/report/contest_view.h"
#include "storage/blobs/store.h"

namespace noonmark::cli {

/// What the page of a finished contest shows: from its record, the pictures that the record names, and the manifests of
/// the packages as far as they still lie there (`baseline`, and `entries` in order of arrival; foreign text).
/// A picture that is missing or isn't what the record says is left out.
core::Result<report::ContestView> make_view(const conduct::Replay& replay, const std::filesystem::path& record,
                                            const blobs::Store& pictures, const std::filesystem::path& baseline,
                                            const std::vector<std::filesystem::path>& entries);

/// Renders the page and writes it beside the record, as report.html. Returns its path.
core::Result<std::filesystem::path> write_report(const conduct::Replay& replay, const std::filesystem::path& record,
                                                 const std::filesystem::path& baseline,
                                                 const std::vector<std::filesystem::path>& entries);

}  // namespace noonmark::cli
