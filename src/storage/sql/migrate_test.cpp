#include <gtest/gtest.h>

#include "base/core/files.h"
#include "storage/sql/sql.h"

namespace noonmark::sql {
namespace {

const std::vector<Migration> kSteps = {
    {1, "notes", {"CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT"}},
    {2, "authors", {"ALTER TABLE note ADD COLUMN author TEXT", "CREATE INDEX note_author ON note (author)"}},
};

class Migrate : public testing::Test {
 protected:
  core::TempDir folder_ = core::TempDir::create("migrate").value();
  Database database_ = Database::open_sqlite(folder_.path() / "x.sqlite").value();

  core::Result<void> run(const std::vector<Migration>& steps) { return migrate(database_, "notes", steps); }
};

TEST_F(Migrate, StepsAreAppliedOnceAndInOrder) {
  ASSERT_TRUE(run({kSteps[0]}).ok());
  ASSERT_TRUE(database_.execute("INSERT INTO note (id, text) VALUES (1, 'kept')").ok());
  ASSERT_TRUE(run(kSteps).ok());
  ASSERT_TRUE(run(kSteps).ok());
  const auto rows = database_.query<std::string, std::optional<std::string>>("SELECT text, author FROM note");
  ASSERT_TRUE(rows.ok());
  ASSERT_EQ(rows->size(), 1U);
  EXPECT_EQ(std::get<0>(rows.value()[0]), "kept");
}

TEST_F(Migrate, AStepThatFailsLeavesNoTrace) {
  const std::vector<Migration> broken = {
      kSteps[0], {2, "broken", {"CREATE TABLE half (id INTEGER) STRICT", "CREATE TABLE note (id INTEGER) STRICT"}}};
  ASSERT_FALSE(run(broken).ok());
  EXPECT_FALSE(database_.query<std::int64_t>("SELECT id FROM half").ok());
  EXPECT_TRUE(run(kSteps).ok());
}

TEST_F(Migrate, AChangedStepIsRefused) {
  ASSERT_TRUE(run({kSteps[0]}).ok());
  std::vector<Migration> changed = kSteps;
  changed[0].statements[0] += " ";
  const auto refused = run(changed);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, core::ErrorKind::conflict);
}

TEST_F(Migrate, ADatabaseFromANewerProgramIsRefused) {
  ASSERT_TRUE(run(kSteps).ok());
  const auto refused = run({kSteps[0]});
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("newer"), std::string::npos);
}

TEST_F(Migrate, ComponentsAreIndependent) {
  ASSERT_TRUE(run(kSteps).ok());
  const std::vector<Migration> other = {{1, "keys", {"CREATE TABLE key (id INTEGER PRIMARY KEY) STRICT"}}};
  EXPECT_TRUE(migrate(database_, "keys", other).ok());
}

}  // namespace
}  // namespace noonmark::sql
