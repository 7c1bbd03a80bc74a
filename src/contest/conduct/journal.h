#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/core/ids.h"
#include "base/core/result.h"
#include "contest/conduct/state.h"
#include "crypto/sign/sign.h"
#include "storage/sql/sql.h"
#include "trial/record/sealed.h"

namespace noonmark::conduct {

/// One holding of a contest: the name (hex) of its first record.
using RunId = core::Id<struct RunTag>;

/// A run as the journal lists it.
struct RunSummary {
  RunId id;
  hash::Digest contest_digest;
  std::filesystem::path baseline;
  std::vector<std::filesystem::path> entries;  ///< In order of arrival.
  bool sealed = false;
};

/// The records of all runs, in a database. Append-only: a record is written once, after everything before it, and never
/// changes. Where packages lie on this machine is kept beside the records, not in them.
///
/// Owner:   the program. Borrows the database.
/// Threads: any; of several writers of one run, the first wins.
/// Fails:   as sql::Session; conflict when another process has gone on with the run; corrupt when a stored record isn't
///          what was written.
class Journal {
 public:
  /// Brings the tables up to date.
  static core::Result<Journal> open(sql::Database& database);

  /// Starts a run with its first record.
  core::Result<RunId> begin(const record::SealedRecord& opened, const std::filesystem::path& baseline,
                            const std::vector<std::filesystem::path>& entries);

  /// Adds a record after `position` others.
  core::Result<void> append(const RunId& run, std::size_t position, const record::SealedRecord& record);

  /// The records of a run, oldest first; each is what its name says. Fails: not_found.
  core::Result<std::vector<record::SealedRecord>> records(const RunId& run);

  core::Result<RunSummary> run(const RunId& id);
  /// All runs, oldest first.
  core::Result<std::vector<RunSummary>> runs();

 private:
  explicit Journal(sql::Database& database) : database_(&database) {}
  sql::Database* database_;
};

}  // namespace noonmark::conduct
