#include "contest/conduct/journal.h"

namespace noonmark::conduct {
namespace {

const std::vector<sql::Migration> kMigrations = {
    {1,
     "runs and records",
     {"CREATE TABLE contest_run ("
      "position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, contest TEXT NOT NULL, baseline TEXT NOT NULL, "
      "sealed INTEGER NOT NULL)",
      "CREATE TABLE contest_candidate ("
      "run TEXT NOT NULL REFERENCES contest_run (id), position INTEGER NOT NULL, path TEXT NOT NULL, "
      "PRIMARY KEY (run, position))",
      "CREATE TABLE contest_record ("
      "run TEXT NOT NULL REFERENCES contest_run (id), position INTEGER NOT NULL, kind TEXT NOT NULL, "
      "name TEXT NOT NULL UNIQUE, content TEXT NOT NULL, PRIMARY KEY (run, position))"}},
};

core::Result<void> insert_record(sql::Session& session, const std::string& run, std::int64_t position,
                                 const record::SealedRecord& record) {
  TRY(
      session.execute("INSERT INTO contest_record (run, position, kind, name, content) "
                      "VALUES (:run, :position, :kind, :name, :content)",
                      {{"run", run},
                       {"position", position},
                       {"kind", record.kind},
                       {"name", record::name_of(record).hex()},
                       {"content", codec::write_json(record::to_json(record))}}));
  return {};
}

core::Result<void> insert_run(sql::Session& session, const std::string& id, const record::SealedRecord& opened,
                              const std::filesystem::path& baseline,
                              const std::vector<std::filesystem::path>& entries) {
  const codec::Json* digest = opened.body.find("contest_digest");
  CHECK(digest != nullptr && digest->is_string(), "the first record says which contest it is");
  TRY(
      session.execute("INSERT INTO contest_run (position, id, contest, baseline, sealed) "
                      "SELECT coalesce(max(position), 0) + 1, :id, :contest, :baseline, 0 FROM contest_run",
                      {{"id", id}, {"contest", digest->as_string()}, {"baseline", baseline.string()}}));
  for (std::size_t i = 0; i < entries.size(); ++i) {
    TRY(session.execute("INSERT INTO contest_candidate (run, position, path) VALUES (:run, :position, :path)",
                        {{"run", id}, {"position", static_cast<std::int64_t>(i)}, {"path", entries[i].string()}}));
  }
  return insert_record(session, id, 0, opened);
}

core::Result<void> insert_next(sql::Session& session, const std::string& run, std::int64_t position,
                               const record::SealedRecord& record) {
  const auto found =
      TRY(session.query<std::int64_t>("SELECT count(*) FROM contest_record WHERE run = :run", {{"run", run}}));
  if (std::get<0>(found.front()) != position) {
    return core::conflict("another process has gone on with this contest; let it finish, or start again");
  }
  TRY(insert_record(session, run, position, record));
  if (record.kind != name_of(Stage::sealed)) return {};
  TRY(session.execute("UPDATE contest_run SET sealed = 1 WHERE id = :id", {{"id", run}}));
  return {};
}

core::Result<record::SealedRecord> decode(const std::string& name, const std::string& content) {
  codec::JsonLimits limits;
  limits.max_bytes = std::size_t{256} << 20;
  const auto parsed = codec::parse_json(content, limits);
  if (parsed.ok() && hash::sha256(content).hex() == name) {
    auto record = record::sealed_record_from_json(*parsed);
    if (record.ok()) return record;
  }
  return core::corrupt("the stored record " + name + " isn't what was written; restore the database from a backup");
}

}  // namespace

core::Result<Journal> Journal::open(sql::Database& database) {
  TRY(sql::migrate(database, "contest", kMigrations));
  return Journal(database);
}

core::Result<RunId> Journal::begin(const record::SealedRecord& opened, const std::filesystem::path& baseline,
                                   const std::vector<std::filesystem::path>& entries) {
  const std::string id = record::name_of(opened).hex();
  const auto insert = [&](sql::Session& session) { return insert_run(session, id, opened, baseline, entries); };
  TRY(database_->transact(insert).context("starting the contest"));
  return RunId{id};
}

core::Result<void> Journal::append(const RunId& run, std::size_t position, const record::SealedRecord& record) {
  const auto insert = [&](sql::Session& session) {
    return insert_next(session, run.value, static_cast<std::int64_t>(position), record);
  };
  return database_->transact(insert).context("writing the record of the stage " + record.kind);
}

core::Result<std::vector<record::SealedRecord>> Journal::records(const RunId& run) {
  const auto rows = TRY((database_->query<std::string, std::string>(
      "SELECT name, content FROM contest_record WHERE run = :run ORDER BY position", {{"run", run.value}})));
  if (rows.empty()) return core::not_found("there is no contest run " + run.value);
  std::vector<record::SealedRecord> records;
  for (const auto& [name, content] : rows) records.push_back(TRY(decode(name, content)));
  return records;
}

core::Result<RunSummary> Journal::run(const RunId& id) {
  auto all = TRY(runs());
  for (RunSummary& summary : all) {
    if (summary.id == id) return std::move(summary);
  }
  return core::not_found("there is no contest run " + id.value);
}

core::Result<std::vector<RunSummary>> Journal::runs() {
  const auto rows = TRY((database_->query<std::string, std::string, std::string, std::int64_t>(
      "SELECT id, contest, baseline, sealed FROM contest_run ORDER BY position")));
  std::vector<RunSummary> runs;
  for (const auto& [id, contest, baseline, sealed] : rows) {
    RunSummary& summary = runs.emplace_back();
    summary.id = RunId{id};
    summary.contest_digest = TRY(hash::Digest::parse(contest));
    summary.baseline = baseline;
    summary.sealed = sealed != 0;
    const auto paths = TRY(database_->query<std::string>(
        "SELECT path FROM contest_candidate WHERE run = :run ORDER BY position", {{"run", id}}));
    for (const auto& [path] : paths) summary.entries.emplace_back(path);
  }
  return runs;
}

}  // namespace noonmark::conduct
