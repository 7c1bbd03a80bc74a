#include "contest/lease/queue.h"

#include <gtest/gtest.h>

#include "base/core/files.h"

namespace noonmark::lease {
namespace {

using std::chrono::seconds;

const record::Failure kBroken{record::Failure::Owner::validator, "internal", "the disk is full"};

class QueueTest : public testing::Test {
 protected:
  Lease lease(const std::string& worker) {
    const auto given = queue_.lease(kRun, worker, now_);
    EXPECT_TRUE(given.ok()) << given.error().message;
    EXPECT_TRUE(given->has_value()) << worker << " got nothing";
    return given->value_or(Lease{});
  }
  bool gets_nothing(const std::string& worker) { return !queue_.lease(kRun, worker, now_).value().has_value(); }
  ItemState state(const std::string& item) { return queue_.item(kRun, item, now_).value().state; }
  core::Result<void> complete(const std::string& worker, const Lease& lease) {
    return queue_.complete(worker, lease.number, result_, now_);
  }

  const std::string kRun = "run";
  const hash::Digest result_ = hash::sha256("result");
  core::TempDir folder_ = core::TempDir::create("lease").value();
  sql::Database database_ = sql::Database::open_sqlite(folder_.path() / "queue.sqlite").value();
  Queue queue_ = Queue::open(database_, {seconds(30), 3}).value();
  core::UnixNanos now_{seconds(1'795'000'000)};
};

TEST_F(QueueTest, GivesItemsInOrderOneEach) {
  ASSERT_TRUE(queue_.add(kRun, {"a", "b"}).ok());
  ASSERT_TRUE(queue_.add(kRun, {"b", "c", "a"}).ok());  // again, and one more
  EXPECT_EQ(lease("x").item, "a");
  EXPECT_EQ(lease("y").item, "b");
  const Lease last = lease("z");
  EXPECT_EQ(last.item, "c");
  EXPECT_EQ(last.attempt, 1);
  EXPECT_EQ(last.deadline, now_ + seconds(30));
  EXPECT_TRUE(gets_nothing("v"));
  EXPECT_TRUE(queue_.lease("another run", "x", now_).value() == std::nullopt);
}

TEST_F(QueueTest, AResultEndsTheItemOnceAndToldTwiceIsTheSame) {
  ASSERT_TRUE(queue_.add(kRun, {"a"}).ok());
  const Lease held = lease("x");
  EXPECT_EQ(queue_.holding("x", held.number, now_)->item, "a");
  EXPECT_TRUE(queue_.holding("x", held.number, now_)->lasts);
  EXPECT_FALSE(queue_.holding("x", held.number, now_ + seconds(30))->lasts);
  ASSERT_TRUE(complete("x", held).ok());
  EXPECT_TRUE(complete("x", held).ok());
  EXPECT_EQ(queue_.complete("x", held.number, hash::sha256("other"), now_).error().kind, core::ErrorKind::conflict);
  const Item item = queue_.item(kRun, "a", now_).value();
  EXPECT_EQ(item.state, ItemState::done);
  EXPECT_EQ(item.worker, "x");
  EXPECT_EQ(item.result, result_);
  EXPECT_EQ(queue_.renew("x", held.number, now_).error().kind, core::ErrorKind::conflict);
  EXPECT_FALSE(queue_.holding("x", held.number, now_)->lasts);
  EXPECT_TRUE(gets_nothing("y"));
}

TEST_F(QueueTest, AnothersLeaseIsNobodysBusiness) {
  ASSERT_TRUE(queue_.add(kRun, {"a"}).ok());
  const Lease held = lease("x");
  EXPECT_EQ(queue_.renew("y", held.number, now_).error().kind, core::ErrorKind::not_found);
  EXPECT_EQ(queue_.complete("y", held.number, result_, now_).error().kind, core::ErrorKind::not_found);
  EXPECT_EQ(queue_.lose("y", held.number, kBroken, now_).error().kind, core::ErrorKind::not_found);
  EXPECT_EQ(state("a"), ItemState::leased);
}

TEST_F(QueueTest, RenewingKeepsALeaseAndSilenceLosesIt) {
  ASSERT_TRUE(queue_.add(kRun, {"a"}).ok());
  const Lease held = lease("x");
  now_ += seconds(29);
  EXPECT_EQ(queue_.renew("x", held.number, now_).value(), now_ + seconds(30));
  now_ += seconds(29);
  EXPECT_TRUE(gets_nothing("y"));
  now_ += seconds(1);
  EXPECT_EQ(lease("y").item, "a");
  EXPECT_EQ(queue_.renew("x", held.number, now_).error().kind, core::ErrorKind::conflict);
  EXPECT_EQ(complete("x", held).error().kind, core::ErrorKind::conflict);  // it is y's now
}

TEST_F(QueueTest, ALateResultCountsWhileTheItemIsOpen) {
  ASSERT_TRUE(queue_.add(kRun, {"a"}).ok());
  const Lease held = lease("x");
  now_ += seconds(100);
  EXPECT_EQ(state("a"), ItemState::open);
  EXPECT_TRUE(complete("x", held).ok());
  EXPECT_EQ(state("a"), ItemState::done);
}

TEST_F(QueueTest, AWorkerThatAsksAnewWasRestartedAndItsItemGoesBack) {
  ASSERT_TRUE(queue_.add(kRun, {"a", "b"}).ok());
  const Lease first = lease("x");
  EXPECT_EQ(lease("x").item, "b");
  EXPECT_EQ(queue_.renew("x", first.number, now_).error().kind, core::ErrorKind::conflict);
  EXPECT_EQ(lease("y").item, "a");
}

TEST_F(QueueTest, WhoeverLostAnItemGetsItLastAndAfterATerm) {
  ASSERT_TRUE(queue_.add(kRun, {"a", "b", "c"}).ok());
  ASSERT_TRUE(queue_.lose("x", lease("x").number, kBroken, now_).ok());
  EXPECT_EQ(lease("x").item, "b");
  now_ += seconds(20);
  ASSERT_TRUE(complete("x", Lease{2, "b", 1, now_}).ok());
  ASSERT_TRUE(complete("x", lease("x")).ok());  // c
  EXPECT_TRUE(gets_nothing("x"));
  now_ += seconds(10);
  const Lease again = lease("x");
  EXPECT_EQ(again.item, "a");
  EXPECT_EQ(again.attempt, 2);
}

TEST_F(QueueTest, AnItemThatThreeTestersLostIsTheValidatorsFailure) {
  ASSERT_TRUE(queue_.add(kRun, {"a"}).ok());
  for (const char* worker : {"x", "y", "z"}) {
    EXPECT_EQ(state("a"), ItemState::open);
    ASSERT_TRUE(queue_.lose(worker, lease(worker).number, kBroken, now_).ok());
  }
  const Item item = queue_.item(kRun, "a", now_).value();
  EXPECT_EQ(item.state, ItemState::failed);
  EXPECT_EQ(item.failure->owner, record::Failure::Owner::validator);
  EXPECT_NE(item.failure->message.find("the disk is full"), std::string::npos);
  EXPECT_TRUE(gets_nothing("v"));
  ASSERT_TRUE(queue_.reopen(kRun, "a").ok());
  EXPECT_EQ(lease("v").attempt, 1);
}

TEST_F(QueueTest, ALoneTesterTriesThreeTimes) {
  ASSERT_TRUE(queue_.add(kRun, {"a"}).ok());
  for (int i = 1; i <= 3; ++i) {
    const Lease held = lease("x");
    EXPECT_EQ(held.attempt, i);
    ASSERT_TRUE(queue_.lose("x", held.number, kBroken, now_).ok());
    EXPECT_TRUE(gets_nothing("x"));  // not at once
    now_ += seconds(30);
  }
  EXPECT_EQ(state("a"), ItemState::failed);
}

TEST_F(QueueTest, ABrokenTesterCantFailWhatOthersCanDo) {
  ASSERT_TRUE(queue_.add(kRun, {"a", "b"}).ok());
  const Lease busy = lease("good");
  EXPECT_EQ(busy.item, "a");
  for (int i = 0; i < 6; ++i) {
    ASSERT_TRUE(queue_.lose("broken", lease("broken").number, kBroken, now_).ok());
    now_ += seconds(30);
    ASSERT_TRUE(queue_.renew("good", busy.number, now_).ok());
  }
  EXPECT_EQ(state("b"), ItemState::open);
  ASSERT_TRUE(complete("good", busy).ok());
  EXPECT_EQ(lease("good").item, "b");
}

TEST_F(QueueTest, ProgressCountsAndKnowsTheTimeLeft) {
  ASSERT_TRUE(queue_.add(kRun, {"a", "b", "c", "d", "e"}).ok());
  EXPECT_FALSE(queue_.progress(kRun, now_)->seconds_left.has_value());
  const Lease x = lease("x"), y = lease("y");
  now_ += seconds(10);
  ASSERT_TRUE(complete("x", x).ok());
  ASSERT_TRUE(queue_.renew("y", y.number, now_).ok());
  const Progress progress = queue_.progress(kRun, now_).value();
  EXPECT_EQ(progress.total, 5);
  EXPECT_EQ(progress.done, 1);
  EXPECT_EQ(progress.leased, 1);
  EXPECT_EQ(progress.open, 3);
  EXPECT_DOUBLE_EQ(progress.seconds_per_item, 10);
  EXPECT_DOUBLE_EQ(progress.seconds_left.value(), 20);  // four items, two testers
  ASSERT_EQ(progress.workers.size(), 2U);
  EXPECT_FALSE(progress.workers[0].busy);
  EXPECT_TRUE(progress.workers[1].busy);
  EXPECT_EQ(queue_.progress("none", now_)->seconds_left, 0.0);
}

TEST_F(QueueTest, RefusesNamesAndSettingsThatMakeNoSense) {
  EXPECT_FALSE(queue_.add(kRun, {""}).ok());
  EXPECT_FALSE(queue_.add(kRun, {std::string(201, 'a')}).ok());
  EXPECT_FALSE(queue_.lease(kRun, "", now_).ok());
  EXPECT_FALSE(queue_.lease(kRun, std::string(201, 'a'), now_).ok());
  EXPECT_FALSE(Queue::open(database_, {seconds(0), 3}).ok());
  EXPECT_FALSE(Queue::open(database_, {seconds(1), 0}).ok());
  EXPECT_EQ(queue_.item(kRun, "a", now_).error().kind, core::ErrorKind::not_found);
}

}  // namespace
}  // namespace noonmark::lease
