#pragma once

#include <filesystem>
#include <memory>

#include "storage/sql/sql.h"

namespace noonmark::sql::internal {

/// Opens a SQLite file through SOCI. Every SOCI type and exception stays in soci_session.cpp.
core::Result<std::unique_ptr<Session>> open_soci_sqlite(const std::filesystem::path& path, const Options& options);

}  // namespace noonmark::sql::internal
