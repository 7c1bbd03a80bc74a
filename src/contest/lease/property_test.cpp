#include <map>

#include <gtest/gtest.h>

#include "base/core/files.h"
#include "base/core/random.h"
#include "contest/lease/queue.h"

namespace noonmark::lease {
namespace {

using std::chrono::seconds;

/// What happens to workers: chances in a hundred of each step.
struct Weather {
  std::uint64_t dies = 5, breaks = 5, forgets_to_renew = 5;
};

/// n items and k workers that work, die, come back, break and are late, in random order.
class World {
 public:
  World(std::uint64_t seed, std::size_t items, std::size_t workers, const Weather& weather)
      : random_(seed), weather_(weather), workers_(workers) {
    for (std::size_t i = 0; i < items; ++i) items_.push_back("entry " + std::to_string(i));
    EXPECT_TRUE(queue_.add("run", items_).ok());
  }

  /// Until everything has ended. False when it takes too long.
  bool run() {
    for (int step = 0; step < 3000; ++step) {
      if (step % 8 == 0 && ended()) return true;
      now_ += seconds(random_.below(8));
      act(random_.below(workers_.size()));
    }
    return ended();
  }

  /// Every item is done or failed, and each done one was accepted once.
  void check() {
    for (const std::string& name : items_) {
      const Item item = queue_.item("run", name, now_).value();
      const int accepted = accepted_[name];
      EXPECT_TRUE(item.state == ItemState::done || item.state == ItemState::failed) << name;
      EXPECT_EQ(accepted, item.state == ItemState::done ? 1 : 0) << name;
      EXPECT_EQ(item.result.has_value(), item.state == ItemState::done);
      EXPECT_EQ(item.failure.has_value(), item.state == ItemState::failed);
    }
  }
  std::int64_t failed() { return queue_.progress("run", now_)->failed; }

 private:
  bool ended() {
    const Progress progress = queue_.progress("run", now_).value();
    return progress.open + progress.leased == 0;
  }

  void act(std::size_t number) {
    std::optional<Lease>& held = workers_[number];
    const std::string name = "tester " + std::to_string(number);
    if (!held) {
      held = queue_.lease("run", name, now_).value();
      EXPECT_TRUE(!held || accepted_[held->item] == 0) << "leased again after its end";
      return;
    }
    const std::uint64_t chance = random_.below(100);
    if (chance < weather_.dies) {
      held.reset();
    } else if (chance < weather_.dies + weather_.breaks) {
      static_cast<void>(queue_.lose(name, held->number, {record::Failure::Owner::network, "x", "y"}, now_));
      held.reset();
    } else if (chance < weather_.dies + weather_.breaks + weather_.forgets_to_renew) {
      now_ += seconds(31);
    } else if (chance < 50) {
      const hash::Digest result = hash::sha256(held->item + name);
      if (queue_.complete(name, held->number, result, now_).ok()) ++accepted_[held->item];
      held.reset();
    } else if (!queue_.renew(name, held->number, now_).ok()) {
      held.reset();
    }
  }

  core::Philox random_;
  const Weather weather_;
  std::vector<std::optional<Lease>> workers_;
  std::vector<std::string> items_;
  std::map<std::string, int> accepted_;
  core::TempDir folder_ = core::TempDir::create("lease").value();
  sql::Database database_ = sql::Database::open_sqlite(folder_.path() / "queue.sqlite").value();
  Queue queue_ = Queue::open(database_, {seconds(30), 3}).value();
  core::UnixNanos now_{seconds(1'795'000'000)};
};

TEST(LeaseProperty, NineItemsAndFourTestersAllEndAndNoneFails) {
  World world(9, 9, 4, {0, 0, 0});
  EXPECT_TRUE(world.run());
  world.check();
  EXPECT_EQ(world.failed(), 0);
}

TEST(LeaseProperty, NineItemsAndFourDyingTestersAllEndOnce) {
  World world(94, 9, 4, {15, 10, 10});
  EXPECT_TRUE(world.run());
  world.check();
}

TEST(LeaseProperty, ForEveryNAndKEveryItemEndsExactlyOnce) {
  core::Philox random(20261126);
  for (std::uint64_t seed = 0; seed < 25; ++seed) {
    const std::size_t items = random.below(14), workers = 1 + random.below(6);
    const Weather weather{random.below(20), random.below(15), random.below(15)};
    World world(seed, items, workers, weather);
    EXPECT_TRUE(world.run()) << "seed " << seed << ": " << items << " items, " << workers << " testers";
    world.check();
  }
}

}  // namespace
}  // namespace noonmark::lease
