#include "serving/router/choice.h"

#include <gtest/gtest.h>

#include "base/core/random.h"

namespace noonmark::router {
namespace {

using namespace std::chrono_literals;

std::vector<Candidate> random_candidates(core::Philox& random) {
  std::vector<Candidate> all(random.below(8));
  for (Candidate& one : all) {
    one = {random.uniform() * 5, static_cast<int>(random.below(4)), static_cast<int>(1 + random.below(3)),
           random.below(3) == 0, random.below(3) == 0};
  }
  return all;
}

TEST(Choice, IsAlwaysOneThatMayHaveTheJob) {
  core::Philox random(1);
  for (int i = 0; i < 5000; ++i) {
    const auto all = random_candidates(random);
    const bool nobody_else = std::ranges::all_of(all, &Candidate::ejected);
    const auto may = [&](const Candidate& one) {
      return one.busy < one.slots && !one.tried && (nobody_else || !one.ejected);
    };
    const auto chosen = choose(all, random.uint64(), random.uint64());
    ASSERT_EQ(chosen.has_value(), std::ranges::any_of(all, may));
    EXPECT_TRUE(!chosen || may(all.at(*chosen)));
  }
}

TEST(Choice, OfTwoTheSoonerDoneIsTaken) {
  const std::vector<Candidate> all = {{2, 0, 1, false, false}, {1, 0, 1, false, false}, {1, 1, 4, false, false}};
  EXPECT_EQ(choose(all, 0, 1), 1u);
  EXPECT_EQ(choose(all, 1, 0), 1u);
  EXPECT_EQ(choose(all, 1, 2), 2u) << "half of a second: two jobs on four slots";
  EXPECT_EQ(choose(all, 0, 0), 0u) << "the same one twice";
}

TEST(Choice, OnlyEjectedWorkersAreBetterThanNone) {
  const std::vector<Candidate> all = {{1, 0, 1, true, false}, {1, 0, 1, true, false}};
  EXPECT_EQ(choose(all, 1, 1), 1u);
  EXPECT_EQ(choose(std::vector<Candidate>{{1, 0, 1, true, false}, {1, 1, 1, false, false}}, 0, 0), std::nullopt)
      << "the good one is busy: the job waits for it";
}

TEST(Ejection, DoublesUpToALimit) {
  EXPECT_EQ(ejection(10s, 1), 10s);
  EXPECT_EQ(ejection(10s, 3), 40s);
  EXPECT_EQ(ejection(10s, 100), 320s);
  EXPECT_EQ(ejection(10s, 0), 10s);
}

}  // namespace
}  // namespace noonmark::router
