#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/core/result.h"
#include "ledger/node/header.h"
#include "ledger/runtime/state.h"
#include "storage/sql/sql.h"

namespace noonmark::node {

/// Blocks, every version of every stored value, and the extrinsics that wait, in a database. What a call has written
/// when it returns survives kill -9.
/// Owner: the program; borrows the database. Threads: as sql::Database. Fails: as sql::Session; corrupt (a damaged
/// row).
class ChainStore {
 public:
  /// Brings the tables up to date.
  static core::Result<ChainStore> open(sql::Database& database);

  /// Writes the block, its changes, and the end of waiting for `settled`, all in one transaction.
  core::Result<void> add_block(const Block& block, const runtime::Changes& changes,
                               std::span<const book::BlockHash> settled);
  core::Result<void> add_waiting(const book::BlockHash& hash, core::ByteView extrinsic);

  core::Result<std::optional<Block>> block(book::BlockNumber number) const;
  core::Result<std::optional<Block>> newest() const;
  core::Result<std::optional<book::BlockNumber>> number_of(const book::BlockHash& hash) const;
  core::Result<std::optional<book::BlockHash>> hash_of(book::BlockNumber number) const;
  /// In the order of arrival.
  core::Result<std::vector<core::Bytes>> waiting() const;
  /// The whole storage after the newest block.
  core::Result<runtime::MemoryState> load_state() const;
  /// The storage after an earlier block, read from the database on demand. Must not outlive the store.
  std::unique_ptr<runtime::StateView> state_at(book::BlockNumber number) const;

 private:
  explicit ChainStore(sql::Database& database) : database_(&database) {}
  sql::Database* database_;
};

}  // namespace noonmark::node
