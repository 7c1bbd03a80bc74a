#include "base/telemetry/pace.h"

#include <gtest/gtest.h>

using namespace std::chrono_literals;
using noonmark::core::FakeClock;
using noonmark::telemetry::duration_text;
using noonmark::telemetry::Pace;

TEST(Pace, SaysNothingBeforeThereIsEvidence) {
  FakeClock clock;
  Pace pace(clock, 100);
  EXPECT_FALSE(pace.left().has_value());
  clock.advance(500ms);
  pace.advance_to(50);
  EXPECT_FALSE(pace.left().has_value()) << "half a second is no evidence";
}

TEST(Pace, ExtrapolatesWhatIsLeft) {
  FakeClock clock;
  Pace pace(clock, 100);
  clock.advance(20s);
  pace.advance_to(25);
  ASSERT_TRUE(pace.left().has_value());
  EXPECT_EQ(*pace.left(), 60s);
  clock.advance(5s);
  EXPECT_EQ(*pace.left(), 55s) << "waiting for the next piece counts down";
  clock.advance(500s);
  EXPECT_EQ(*pace.left(), 0s);
}

TEST(Pace, NeverRunsBackwardsNorBeyondTheEnd) {
  FakeClock clock;
  Pace pace(clock, 10);
  pace.advance_to(6);
  pace.advance_to(3);
  EXPECT_DOUBLE_EQ(pace.fraction(), 0.6);
  pace.advance_to(60);
  EXPECT_DOUBLE_EQ(pace.fraction(), 1.0);
  pace.resize(5);
  EXPECT_DOUBLE_EQ(pace.fraction(), 1.0);
}

TEST(DurationText, ReadsLikeAClock) {
  EXPECT_EQ(duration_text(0ns), "0 s");
  EXPECT_EQ(duration_text(9400ms), "9 s");
  EXPECT_EQ(duration_text(59600ms), "1:00");
  EXPECT_EQ(duration_text(125s), "2:05");
  EXPECT_EQ(duration_text(3723s), "1:02:03");
}
