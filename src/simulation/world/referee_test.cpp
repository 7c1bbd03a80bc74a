#include "simulation/world/referee.h"

#include <gtest/gtest.h>

namespace noonmark::world {
namespace {

TEST(Referee, FindsTheTruthWithinItsNoise) {
  core::Philox random(3);
  double sum = 0;
  for (int i = 0; i < 200; ++i) {
    const verdict::Evidence evidence = try_out({.ratio = 0.6}, {}, Noise{}, random);
    const record::Interval& time = evidence.metrics.at(record::Metric::generation_time);
    EXPECT_LE(time.low, time.ratio);
    EXPECT_LE(time.ratio, time.high);
    sum += time.ratio / 200;
  }
  EXPECT_NEAR(sum, 0.6, 0.005);
}

TEST(Referee, AFailureIsAllThatIsFound) {
  core::Philox random(3);
  const record::Failure failure{record::Failure::Owner::entry, "memory", "too much"};
  const verdict::Evidence evidence = try_out({.failure = failure}, {}, Noise{}, random);
  EXPECT_EQ(evidence.failure, failure);
  EXPECT_TRUE(evidence.metrics.empty());
}

}  // namespace
}  // namespace noonmark::world
