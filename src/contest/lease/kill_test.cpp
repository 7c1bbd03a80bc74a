#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/core/files.h"
#include "base/core/random.h"
#include "contest/lease/queue.h"

namespace noonmark::lease {
namespace {

using std::chrono::seconds;

constexpr int kItems = 40;

hash::Digest result_of(const std::string& item) { return hash::sha256("result of " + item); }

/// Leases and completes one item after another; tells each acknowledged one through the pipe by its number.
[[noreturn]] void work(const std::filesystem::path& path, int acknowledge, std::int64_t start) {
  auto database = sql::Database::open_sqlite(path);
  if (!database.ok()) ::_exit(1);
  auto queue = Queue::open(*database);
  if (!queue.ok()) ::_exit(2);
  core::UnixNanos now{seconds(start)};
  for (;;) {
    const auto lease = queue->lease("run", "tester", now);
    if (!lease.ok()) ::_exit(3);
    if (!*lease) ::_exit(0);
    now += seconds(1);
    if (!queue->complete("tester", (*lease)->number, result_of((*lease)->item), now).ok()) ::_exit(4);
    const auto number = static_cast<char>(std::stoi((*lease)->item));
    if (::write(acknowledge, &number, 1) != 1) ::_exit(5);
  }
}

TEST(LeaseAfterKill, WhatWasAcknowledgedIsDoneOnceAndTheRestIsWorkedOff) {
  const core::TempDir folder = core::TempDir::create("lease-kill").value();
  const auto path = folder.path() / "queue.sqlite";
  std::vector<std::string> items;
  for (int i = 0; i < kItems; ++i) items.push_back(std::to_string(i));
  {
    sql::Database database = sql::Database::open_sqlite(path).value();
    ASSERT_TRUE(Queue::open(database)->add("run", items).ok());
  }
  core::Philox random(3);
  std::vector<int> told(kItems, 0);
  int kills = 0;
  bool ended = false;
  for (int life = 0; life < 60 && !ended; ++life) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) work(path, ends[1], 1'795'000'000 + 1000 * life);
    ::close(ends[1]);
    char number = 0;
    // Half of the lives end at an instant of their own, the others after a few results.
    for (std::uint64_t left = random.below(5); left > 0 && ::read(ends[0], &number, 1) == 1; --left)
      ++told[static_cast<std::size_t>(number)];
    ::usleep(static_cast<useconds_t>(random.below(8000)));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    while (::read(ends[0], &number, 1) == 1) ++told[static_cast<std::size_t>(number)];
    ::close(ends[0]);
    kills += WIFSIGNALED(status) ? 1 : 0;
    ended = WIFEXITED(status);
    ASSERT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0) << WEXITSTATUS(status);
  }
  EXPECT_TRUE(ended);
  EXPECT_GT(kills, 3);
  sql::Database database = sql::Database::open_sqlite(path).value();
  Queue queue = Queue::open(database).value();
  for (int i = 0; i < kItems; ++i) {
    const Item item = queue.item("run", std::to_string(i), core::UnixNanos(seconds(1'796'000'000))).value();
    EXPECT_LE(told[static_cast<std::size_t>(i)], 1) << i;
    EXPECT_TRUE(item.state != ItemState::done || item.result == result_of(item.name)) << i;
    EXPECT_TRUE(told[static_cast<std::size_t>(i)] == 0 || item.state == ItemState::done) << i;
  }
}

}  // namespace
}  // namespace noonmark::lease
