#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/core/files.h"
#include "base/core/random.h"
#include "storage/sql/sql.h"

namespace noonmark::sql {
namespace {

/// One booking: moves an amount between two accounts and counts itself, in one transaction.
core::Result<void> book(Session& session, std::int64_t amount) {
  TRY(session.execute("UPDATE account SET balance = balance - :amount WHERE id = 1", {{"amount", amount}}));
  TRY(session.execute("UPDATE account SET balance = balance + :amount WHERE id = 2", {{"amount", amount}}));
  TRY(session.execute("INSERT INTO booking (amount) VALUES (:amount)", {{"amount", amount}}));
  return {};
}

/// Books for ever, and tells each committed booking through the pipe.
[[noreturn]] void run_child(const std::filesystem::path& path, int acknowledge) {
  auto database = Database::open_sqlite(path);
  if (!database.ok()) ::_exit(1);
  for (std::int64_t amount = 1;; ++amount) {
    if (!database->transact([&](Session& session) { return book(session, amount); }).ok()) ::_exit(2);
    const char done = 1;
    if (::write(acknowledge, &done, 1) != 1) ::_exit(3);
  }
}

/// Kills a booking child after `bookings` acknowledgements and a short moment. Returns how many were acknowledged.
std::int64_t kill_after(const std::filesystem::path& path, std::uint64_t bookings, std::uint64_t moment) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    run_child(path, ends[1]);
  }
  ::close(ends[1]);
  std::int64_t acknowledged = 0;
  char byte = 0;
  while (static_cast<std::uint64_t>(acknowledged) < bookings && ::read(ends[0], &byte, 1) == 1) ++acknowledged;
  ::usleep(static_cast<useconds_t>(moment));
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself with " << WEXITSTATUS(status);
  while (::read(ends[0], &byte, 1) == 1) ++acknowledged;
  ::close(ends[0]);
  return acknowledged;
}

TEST(SqlAfterKill, EveryAcknowledgedTransactionIsThereAndNoneIsHalf) {
  const core::TempDir folder = core::TempDir::create("sql-kill").value();
  const auto path = folder.path() / "x.sqlite";
  {
    Database database = Database::open_sqlite(path).value();
    ASSERT_TRUE(
        database.execute("CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL) STRICT").ok());
    ASSERT_TRUE(database.execute("CREATE TABLE booking (id INTEGER PRIMARY KEY, amount INTEGER NOT NULL) STRICT").ok());
    ASSERT_TRUE(database.execute("INSERT INTO account (id, balance) VALUES (1, 0), (2, 0)").ok());
  }
  core::Philox random(20261125);
  std::int64_t acknowledged = 0;
  std::int64_t rounds = 0;
  for (; rounds < 25; ++rounds) {
    acknowledged += kill_after(path, 1 + random.below(20), random.below(3000));
    Database database = Database::open_sqlite(path).value();
    const auto count = std::get<0>(database.query<std::int64_t>("SELECT count(*) FROM booking").value()[0]);
    const auto booked = std::get<0>(
        database.query<std::int64_t>("SELECT CAST(coalesce(sum(amount), 0) AS BIGINT) FROM booking").value()[0]);
    const auto balances = database.query<std::int64_t>("SELECT balance FROM account ORDER BY id").value();
    ASSERT_GE(count, acknowledged);
    ASSERT_LE(count, acknowledged + rounds + 1);  // each kill may hide one acknowledgement
    ASSERT_EQ(std::get<0>(balances[0]), -booked);
    ASSERT_EQ(std::get<0>(balances[1]), booked);
    ASSERT_EQ(std::get<0>(database.query<std::string>("PRAGMA integrity_check").value()[0]), "ok");
  }
  EXPECT_GE(acknowledged, rounds);
}

}  // namespace
}  // namespace noonmark::sql
