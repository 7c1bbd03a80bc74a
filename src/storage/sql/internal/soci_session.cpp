#include "storage/sql/internal/soci_session.h"

#include <cctype>
#include <deque>
#include <set>

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

namespace noonmark::sql::internal {
namespace {

core::ErrorKind kind_of_sqlite(int code) {
  switch (code & 0xff) {  // the low byte is the primary code
    case SQLITE_CONSTRAINT:
      return core::ErrorKind::conflict;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      return core::ErrorKind::unavailable;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return core::ErrorKind::denied;
    case SQLITE_FULL:
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG:
      return core::ErrorKind::exhausted;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return core::ErrorKind::corrupt;
    default:
      return core::ErrorKind::internal;
  }
}

/// Runs `work`, which calls SOCI, and turns what it throws into an Error.
template <class Work>
auto guarded(std::string_view what, Work&& work) -> decltype(work()) {
  try {
    return work();
  } catch (const soci::sqlite3_soci_error& failure) {
    return core::error(kind_of_sqlite(failure.result()), std::string(what) + ": " + failure.get_error_message());
  } catch (const soci::soci_error& failure) {
    return core::internal(std::string(what) + ": " + failure.get_error_message());
  } catch (const std::bad_alloc&) {
    return core::exhausted(std::string(what) + ": out of memory");
  } catch (const std::exception& failure) {
    return core::internal(std::string(what) + ": " + failure.what());
  }
}

/// Storage that SOCI reads parameters from; addresses must stay the same until the statement has run.
struct Bound {
  long long integer = 0;
  double real = 0;
  std::string text;
  soci::indicator indicator = soci::i_ok;
};

void bind(soci::statement& statement, std::deque<Bound>& storage, const Parameter& parameter) {
  Bound& bound = storage.emplace_back();
  if (const auto* integer = std::get_if<std::int64_t>(&parameter.value)) {
    bound.integer = *integer;
    statement.exchange(soci::use(bound.integer, bound.indicator, parameter.name));
  } else if (const auto* real = std::get_if<double>(&parameter.value)) {
    bound.real = *real;
    statement.exchange(soci::use(bound.real, bound.indicator, parameter.name));
  } else {
    if (const auto* text = std::get_if<std::string>(&parameter.value)) bound.text = *text;
    if (std::holds_alternative<std::monostate>(parameter.value)) bound.indicator = soci::i_null;
    statement.exchange(soci::use(bound.text, bound.indicator, parameter.name));
  }
}

void define(soci::statement& statement, Bound& bound, ColumnType type) {
  switch (type) {
    case ColumnType::integer:
      statement.exchange(soci::into(bound.integer, bound.indicator));
      return;
    case ColumnType::real:
      statement.exchange(soci::into(bound.real, bound.indicator));
      return;
    case ColumnType::text:
      statement.exchange(soci::into(bound.text, bound.indicator));
      return;
  }
}

Value value_of(const Bound& bound, ColumnType type) {
  if (bound.indicator == soci::i_null) return std::monostate{};
  switch (type) {
    case ColumnType::integer:
      return static_cast<std::int64_t>(bound.integer);
    case ColumnType::real:
      return bound.real;
    case ColumnType::text:
      return bound.text;
  }
  return std::monostate{};
}

/// The names that `text` asks for as `:name`, outside of quotes. PostgreSQL's casts (::) aren't names.
std::set<std::string> placeholders(std::string_view text) {
  const auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  std::set<std::string> names;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\'' || text[i] == '"') {
      i = std::min(text.find(text[i], i + 1), text.size());
    } else if (text[i] == ':') {
      std::size_t end = i + 1;
      while (end < text.size() && is_word(text[end])) ++end;
      if (end > i + 1) names.emplace(text.substr(i + 1, end - i - 1));
      i = end > i + 1 || end >= text.size() || text[end] != ':' ? end - 1 : end;
    }
  }
  return names;
}

/// SQLite takes a forgotten parameter for NULL; that mistake is caught here.
core::Result<void> check_statement(std::string_view text, const Parameters& parameters) {
  CHECK(text.find(';') == std::string_view::npos, "one statement at a time, without ';'");
  std::set<std::string> given;
  for (const Parameter& parameter : parameters) given.insert(parameter.name);
  if (given.size() == parameters.size() && given == placeholders(text)) return {};
  return core::internal("the parameters of a statement aren't those that it names: " + std::string(text));
}

class SociSession final : public Session {
 public:
  soci::session& connection() { return connection_; }

  core::Result<std::int64_t> execute(std::string_view text, const Parameters& parameters) override {
    TRY(check_statement(text, parameters));
    return guarded("the database refused a statement", [&]() -> core::Result<std::int64_t> {
      std::deque<Bound> storage;
      soci::statement statement(connection_);
      for (const Parameter& parameter : parameters) bind(statement, storage, parameter);
      prepare(statement, text);
      statement.execute(true);
      return static_cast<std::int64_t>(statement.get_affected_rows());
    });
  }

  core::Result<std::vector<Row>> rows(std::string_view text, std::span<const ColumnType> types,
                                      const Parameters& parameters) override {
    TRY(check_statement(text, parameters));
    return guarded("the database refused a query", [&]() -> core::Result<std::vector<Row>> {
      std::deque<Bound> storage;
      std::deque<Bound> columns(types.size());
      soci::statement statement(connection_);
      for (std::size_t i = 0; i < types.size(); ++i) define(statement, columns[i], types[i]);
      for (const Parameter& parameter : parameters) bind(statement, storage, parameter);
      prepare(statement, text);
      statement.execute(false);
      std::vector<Row> result;
      while (statement.fetch()) {
        if (result.size() == kMaxRows) return core::exhausted("a query gave more rows than a program should ask for");
        Row& row = result.emplace_back();
        for (std::size_t i = 0; i < types.size(); ++i) row.push_back(value_of(columns[i], types[i]));
      }
      return result;
    });
  }

 private:
  static void prepare(soci::statement& statement, std::string_view text) {
    statement.alloc();
    statement.prepare(std::string(text));
    statement.define_and_bind();
  }

  soci::session connection_;
};

/// The order matters: without the timeout first, two processes that switch to the log at once fail each other.
core::Result<void> configure(SociSession& session, const Options& options) {
  TRY(session.query<std::int64_t>("PRAGMA busy_timeout = " + std::to_string(options.busy_timeout.count())));
  const auto mode = TRY(session.query<std::string>("PRAGMA journal_mode = WAL"));
  if (mode.empty() || std::get<0>(mode.front()) != "wal") {
    return core::unavailable("the database can't keep a write-ahead log here; put it on a local disk");
  }
  for (const char* pragma : {"PRAGMA synchronous = FULL", "PRAGMA foreign_keys = ON", "PRAGMA trusted_schema = OFF"}) {
    TRY(session.execute(pragma, {}));
  }
  return {};
}

}  // namespace

core::Result<std::unique_ptr<Session>> open_soci_sqlite(const std::filesystem::path& path, const Options& options) {
  const std::string name = path.string();
  // The name travels inside a connection string.
  if (name.empty() || name.find('"') != std::string::npos) {
    return core::invalid("a database's path may not be empty or hold a quotation mark: " + name);
  }
  auto session = std::make_unique<SociSession>();
  TRY(guarded("can't open the database " + name, [&]() -> core::Result<void> {
    session->connection().open(soci::sqlite3, "db=\"" + name + "\"");
    return {};
  }));
  TRY(configure(*session, options).context("opening the database " + name));
  return std::unique_ptr<Session>(std::move(session));
}

}  // namespace noonmark::sql::internal
