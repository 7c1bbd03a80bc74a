#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "base/core/check.h"
#include "base/core/result.h"

namespace noonmark::sql {

/// One value of a row or of a parameter; monostate is NULL. Bytes are kept as hex text or as blobs on disk.
using Value = std::variant<std::monostate, std::int64_t, double, std::string>;

/// A parameter is bound to `:name` in the statement. Every `:name` needs one, and each parameter is used.
struct Parameter {
  std::string name;
  Value value;
};
using Parameters = std::vector<Parameter>;

enum class ColumnType { integer, real, text };
using Row = std::vector<Value>;

namespace internal {
template <class T>
struct Column;
template <>
struct Column<std::int64_t> {
  static constexpr ColumnType kType = ColumnType::integer;
};
template <>
struct Column<double> {
  static constexpr ColumnType kType = ColumnType::real;
};
template <>
struct Column<std::string> {
  static constexpr ColumnType kType = ColumnType::text;
};
template <class T>
struct Column<std::optional<T>> : Column<T> {};

/// Moves a value out; false when it is NULL and T can't be.
template <class T>
bool take(Value& value, T& into) {
  T* held = std::get_if<T>(&value);
  if (held != nullptr) into = std::move(*held);
  return held != nullptr;
}
template <class T>
bool take(Value& value, std::optional<T>& into) {
  if (T* held = std::get_if<T>(&value)) into = std::move(*held);
  return true;
}
template <class... Columns, std::size_t... I>
bool take_row(Row& row, std::tuple<Columns...>& into, std::index_sequence<I...>) {
  return (take(row[I], std::get<I>(into)) && ...);
}
}  // namespace internal

/// Runs statements, one at a time, in standard SQL that SQLite and PostgreSQL share.
///
/// A statement is a constant of the program with parameters for everything that varies; it holds no `;`.
/// Owner:   Database; borrowed for the duration of a transaction.
/// Threads: one thread at a time (Database sees to it).
/// Fails:   conflict (a constraint, or somebody else was first), unavailable (busy for longer than the timeout, or
///          the disk fails), exhausted (disk full, too many rows), corrupt (the file is damaged or isn't a database),
///          internal (a wrong statement).
class Session {
 public:
  virtual ~Session() = default;

  /// Runs a statement without a result. Returns the number of rows that INSERT, UPDATE or DELETE changed; for other
  /// statements the number means nothing.
  virtual core::Result<std::int64_t> execute(std::string_view statement, const Parameters& parameters = {}) = 0;

  /// The rows of a query whose columns have `types`. At most kMaxRows.
  virtual core::Result<std::vector<Row>> rows(std::string_view statement, std::span<const ColumnType> types,
                                              const Parameters& parameters = {}) = 0;

  static constexpr std::size_t kMaxRows = 1'000'000;

  /// Typed rows: query<std::int64_t, std::optional<std::string>>("SELECT id, note FROM ...").
  template <class... Columns>
  core::Result<std::vector<std::tuple<Columns...>>> query(std::string_view statement,
                                                          const Parameters& parameters = {}) {
    constexpr ColumnType types[] = {internal::Column<Columns>::kType...};
    std::vector<Row> found = TRY(rows(statement, types, parameters));
    std::vector<std::tuple<Columns...>> result;
    result.reserve(found.size());
    for (Row& row : found) {
      if (!internal::take_row(row, result.emplace_back(), std::index_sequence_for<Columns...>{})) {
        return core::corrupt("the database holds NULL where a value is required");
      }
    }
    return result;
  }
};

struct Options {
  /// How long a statement waits for another process's transaction before it fails as unavailable.
  std::chrono::milliseconds busy_timeout{10'000};
};

/// A durable database: what a committed transaction wrote survives kill -9 and loss of power.
///
/// Owner:   the program; folders borrow it by reference.
/// Threads: every method may be called from any thread; transactions run one after the other.
/// Fails:   as Session.
class Database {
 public:
  /// Opens or creates the SQLite file `path` (write-ahead log, synchronous FULL, foreign keys on). The folder must
  /// exist and be on a local disk.
  static core::Result<Database> open_sqlite(const std::filesystem::path& path, const Options& options = {});

  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  /// Runs `work` in one transaction that takes the write lock at once (BEGIN IMMEDIATE). Commits when `work` succeeds;
  /// rolls back, and returns its error, when it fails. Not to be nested.
  core::Result<void> transact(const std::function<core::Result<void>(Session&)>& work);

  /// One statement as a transaction of its own. Not to be called from within `transact`.
  core::Result<std::int64_t> execute(std::string_view statement, const Parameters& parameters = {});

  template <class... Columns>
  core::Result<std::vector<std::tuple<Columns...>>> query(std::string_view statement,
                                                          const Parameters& parameters = {}) {
    core::Result<std::vector<std::tuple<Columns...>>> result(std::vector<std::tuple<Columns...>>{});
    with_session([&](Session& session) { result = session.query<Columns...>(statement, parameters); });
    return result;
  }

 private:
  struct State;
  explicit Database(std::unique_ptr<State> state);
  void with_session(const std::function<void(Session&)>& work);
  std::unique_ptr<State> state_;
};

/// One step of a component's schema. A released step never changes; a new one is appended.
struct Migration {
  std::int64_t number;  ///< 1, 2, 3 … without a gap
  std::string name;
  std::vector<std::string> statements;
};

/// Brings the tables of `component` up to date, each step in its own transaction. Several processes may do so at once.
/// Fails: conflict when an applied step's text differs from the program's, or the database is newer than the program.
core::Result<void> migrate(Database& database, std::string_view component, std::span<const Migration> migrations);

}  // namespace noonmark::sql
