#include "storage/sql/sql.h"

#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "base/core/files.h"

namespace noonmark::sql {
namespace {

class Sql : public testing::Test {
 protected:
  core::TempDir folder_ = core::TempDir::create("sql").value();
  std::filesystem::path path_ = folder_.path() / "a database.sqlite";
  Database database_ = Database::open_sqlite(path_).value();

  void SetUp() override {
    ASSERT_TRUE(database_.execute("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT, weight REAL) STRICT").ok());
  }
  core::Result<std::int64_t> insert(std::int64_t id, Value text, Value weight = {}) {
    return database_.execute("INSERT INTO note (id, text, weight) VALUES (:id, :text, :weight)",
                             {{"id", id}, {"text", std::move(text)}, {"weight", std::move(weight)}});
  }
};

TEST_F(Sql, ValuesComeBackAsTheyWere) {
  const std::string text("a\0b'; DROP TABLE note; -- \xF0\x9F\x8C\x9E", 31);
  ASSERT_TRUE(insert(std::numeric_limits<std::int64_t>::min(), text, 0.1).ok());
  ASSERT_TRUE(insert(std::numeric_limits<std::int64_t>::max(), std::string(), -1e308).ok());
  const auto rows = database_.query<std::int64_t, std::string, double>("SELECT id, text, weight FROM note ORDER BY id");
  ASSERT_TRUE(rows.ok()) << rows.error().message;
  ASSERT_EQ(rows->size(), 2U);
  EXPECT_EQ(rows.value()[0], std::make_tuple(std::numeric_limits<std::int64_t>::min(), text, 0.1));
  EXPECT_EQ(rows.value()[1], std::make_tuple(std::numeric_limits<std::int64_t>::max(), std::string(), -1e308));
}

TEST_F(Sql, NullIsToldApartFromEmpty) {
  ASSERT_TRUE(insert(1, std::monostate{}).ok());
  ASSERT_TRUE(insert(2, std::string()).ok());
  const auto rows = database_.query<std::int64_t, std::optional<std::string>, std::optional<double>>(
      "SELECT id, text, weight FROM note ORDER BY id");
  ASSERT_TRUE(rows.ok());
  EXPECT_EQ(std::get<1>(rows.value()[0]), std::nullopt);
  EXPECT_EQ(std::get<1>(rows.value()[1]), "");
  const auto strict = database_.query<std::string>("SELECT text FROM note WHERE id = 1");
  ASSERT_FALSE(strict.ok());
  EXPECT_EQ(strict.error().kind, core::ErrorKind::corrupt);
}

TEST_F(Sql, ExecuteCountsChangedRows) {
  for (int id = 0; id < 5; ++id) ASSERT_EQ(insert(id, std::string("x")).value(), 1);
  EXPECT_EQ(
      database_.execute("UPDATE note SET text = :t WHERE id >= :from", {{"t", std::string("y")}, {"from", 2}}).value(),
      3);
}

TEST_F(Sql, AConstraintIsAConflict) {
  ASSERT_TRUE(insert(1, std::string("x")).ok());
  const auto again = insert(1, std::string("y"));
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().kind, core::ErrorKind::conflict);
}

TEST_F(Sql, AWrongStatementIsAnErrorAndTheDatabaseStaysUsable) {
  EXPECT_FALSE(database_.execute("INSERT INTO nowhere VALUES (1)").ok());
  EXPECT_FALSE(database_.query<std::int64_t>("SELECT id FROM note WHERE id = :missing").ok());
  EXPECT_TRUE(insert(1, std::string("x")).ok());
}

TEST_F(Sql, ParametersMustBeThoseThatTheStatementNames) {
  const auto count = [&](std::string_view statement, const Parameters& parameters) {
    return database_.query<std::int64_t>(statement, parameters).ok();
  };
  EXPECT_TRUE(count("SELECT 1 WHERE :a = 1 OR :a = :b", {{"a", 1}, {"b", 2}}));
  EXPECT_TRUE(count("SELECT count(*) FROM note WHERE text = ':a' OR text = 'it''s :b'", {}));
  EXPECT_FALSE(count("SELECT 1 WHERE :a = 1", {{"a", 1}, {"b", 2}}));
  EXPECT_FALSE(count("SELECT 1 WHERE :a = :b", {{"a", 1}}));
  EXPECT_FALSE(count("SELECT 1 WHERE :a = 1", {{"a", 1}, {"a", 1}}));
}

TEST_F(Sql, AFailedTransactionLeavesNothing) {
  const auto done = database_.transact([&](Session& session) -> core::Result<void> {
    TRY(session.execute("INSERT INTO note (id) VALUES (1)"));
    TRY(session.execute("INSERT INTO note (id) VALUES (2)"));
    return core::cancelled("the caller changed its mind");
  });
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().kind, core::ErrorKind::cancelled);
  EXPECT_EQ(std::get<0>(database_.query<std::int64_t>("SELECT count(*) FROM note").value()[0]), 0);
}

TEST_F(Sql, ATransactionSeesItsOwnRowsAndCommitsThem) {
  ASSERT_TRUE(database_
                  .transact([&](Session& session) -> core::Result<void> {
                    TRY(session.execute("INSERT INTO note (id) VALUES (7)"));
                    const auto rows = TRY(session.query<std::int64_t>("SELECT id FROM note"));
                    EXPECT_EQ(rows.size(), 1U);
                    return {};
                  })
                  .ok());
  Database other = Database::open_sqlite(path_).value();
  EXPECT_EQ(std::get<0>(other.query<std::int64_t>("SELECT id FROM note").value()[0]), 7);
}

TEST_F(Sql, AWriterThatWaitsTooLongIsUnavailable) {
  Database impatient = Database::open_sqlite(path_, {.busy_timeout = std::chrono::milliseconds(20)}).value();
  ASSERT_TRUE(database_
                  .transact([&](Session& session) -> core::Result<void> {
                    TRY(session.execute("INSERT INTO note (id) VALUES (1)"));
                    const auto refused = impatient.execute("INSERT INTO note (id) VALUES (2)");
                    EXPECT_FALSE(refused.ok());
                    EXPECT_EQ(refused.error().kind, core::ErrorKind::unavailable);
                    return {};
                  })
                  .ok());
  EXPECT_TRUE(impatient.execute("INSERT INTO note (id) VALUES (2)").ok());
}

TEST_F(Sql, AFileThatIsNoDatabaseIsCorrupt) {
  const auto garbage = folder_.path() / "garbage.sqlite";
  ASSERT_TRUE(core::write_file_atomic(garbage, std::string(8192, 'x')).ok());
  const auto opened = Database::open_sqlite(garbage);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind, core::ErrorKind::corrupt);
}

TEST_F(Sql, AMissingFolderAndAnUnusablePathAreErrors) {
  EXPECT_FALSE(Database::open_sqlite(folder_.path() / "none" / "x.sqlite").ok());
  EXPECT_FALSE(Database::open_sqlite(folder_.path() / "quo\"te.sqlite").ok());
}

TEST_F(Sql, SettingsAreTheDurableOnes) {
  EXPECT_EQ(std::get<0>(database_.query<std::int64_t>("PRAGMA synchronous").value()[0]), 2);  // FULL
  EXPECT_EQ(std::get<0>(database_.query<std::string>("PRAGMA journal_mode").value()[0]), "wal");
  EXPECT_EQ(std::get<0>(database_.query<std::int64_t>("PRAGMA foreign_keys").value()[0]), 1);
  EXPECT_EQ(std::get<0>(database_.query<std::int64_t>("PRAGMA busy_timeout").value()[0]), 10'000);
}

TEST(SqlDeathTest, NestingATransactionIsBrokenLogic) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  const core::TempDir folder = core::TempDir::create("sql").value();
  Database database = Database::open_sqlite(folder.path() / "x.sqlite").value();
  const auto nothing = [](Session&) { return core::Result<void>(); };
  const auto nested = [&](Session&) { return database.transact(nothing); };
  EXPECT_DEATH(static_cast<void>(database.transact(nested)), "uses its Session");
}

}  // namespace
}  // namespace noonmark::sql
