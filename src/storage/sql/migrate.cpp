#include <map>

#include "crypto/hash/hash.h"
#include "storage/sql/sql.h"

namespace noonmark::sql {
namespace {

constexpr const char* kCreateTable =
    "CREATE TABLE IF NOT EXISTS noonmark_migrations ("
    "component TEXT NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, digest TEXT NOT NULL, "
    "PRIMARY KEY (component, number))";

std::string digest_of(const Migration& migration) {
  std::string text;
  for (const std::string& statement : migration.statements) text += statement + "\n";
  return hash::sha256(core::as_bytes(text)).hex();
}

/// What `component` has applied: number → digest.
core::Result<std::map<std::int64_t, std::string>> applied(Session& session, std::string_view component) {
  std::map<std::int64_t, std::string> result;
  const auto rows = TRY(session.query<std::int64_t, std::string>(
      "SELECT number, digest FROM noonmark_migrations WHERE component = :component",
      {{"component", std::string(component)}}));
  for (const auto& [number, digest] : rows) result.emplace(number, digest);
  return result;
}

core::Result<void> prepare(Session& session, std::string_view component, std::int64_t last_known) {
  TRY(session.execute(kCreateTable));
  const auto done = TRY(applied(session, component));
  if (done.empty() || done.rbegin()->first <= last_known) return {};
  return core::conflict("the database's " + std::string(component) + " tables are at step " +
                        std::to_string(done.rbegin()->first) + ", newer than this program; run a newer noonmark");
}

core::Result<void> apply(Session& session, std::string_view component, const Migration& migration) {
  const auto done = TRY(applied(session, component));
  if (const auto found = done.find(migration.number); found != done.end()) {
    if (found->second == digest_of(migration)) return {};
    return core::conflict("step " + std::to_string(migration.number) + " (" + migration.name + ") of " +
                          std::string(component) +
                          " was applied with another text; restore the database from a backup " +
                          "or run the version of noonmark that made it");
  }
  for (const std::string& statement : migration.statements) TRY(session.execute(statement));
  TRY(
      session.execute("INSERT INTO noonmark_migrations (component, number, name, digest) "
                      "VALUES (:component, :number, :name, :digest)",
                      {{"component", std::string(component)},
                       {"number", migration.number},
                       {"name", migration.name},
                       {"digest", digest_of(migration)}}));
  return {};
}

}  // namespace

core::Result<void> migrate(Database& database, std::string_view component, std::span<const Migration> migrations) {
  for (std::size_t i = 0; i < migrations.size(); ++i) {
    CHECK(migrations[i].number == static_cast<std::int64_t>(i) + 1, "migrations are numbered 1, 2, 3 without a gap");
  }
  const auto last = static_cast<std::int64_t>(migrations.size());
  TRY(database.transact([&](Session& session) { return prepare(session, component, last); }));
  for (const Migration& migration : migrations) {
    const auto step = [&](Session& session) { return apply(session, component, migration); };
    TRY(database.transact(step).context("migrating " + std::string(component)));
  }
  return {};
}

}  // namespace noonmark::sql
