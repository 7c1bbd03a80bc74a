#include "edge/openai/replays.h"

#include <gtest/gtest.h>

namespace noonmark::openai {
namespace {

using namespace std::chrono_literals;
using Seen = Replays::Seen;

const hash::Digest kOne = hash::sha256("one"), kOther = hash::sha256("other");

http::Response answer(std::size_t bytes = 3) {
  http::Response response;
  response.body.assign(bytes, 'x');
  return response;
}

TEST(Replays, ARequestThatIsSentTwiceIsDoneOnce) {
  core::FakeClock clock;
  Replays replays(clock);
  EXPECT_EQ(replays.begin("k", kOne).seen, Seen::never);
  EXPECT_EQ(replays.begin("k", kOne).seen, Seen::running);
  EXPECT_EQ(replays.begin("k", kOther).seen, Seen::another);
  replays.finish("k", answer());
  EXPECT_EQ(replays.begin("k", kOne).answer->body, "xxx");
  EXPECT_EQ(replays.begin("k", kOther).seen, Seen::another);
  EXPECT_EQ(replays.begin("j", kOther).seen, Seen::never) << "another key is another matter";
}

TEST(Replays, WhatFailedMayBeTriedAgainAndWhatIsOldIsForgotten) {
  core::FakeClock clock;
  Replays replays(clock, {10, 1000, 60s});
  replays.begin("k", kOne);
  replays.forget("k");
  EXPECT_EQ(replays.begin("k", kOther).seen, Seen::never);
  replays.finish("k", answer());
  replays.forget("k");
  EXPECT_EQ(replays.begin("k", kOther).seen, Seen::done) << "what is done stays done";
  clock.advance(61s);
  EXPECT_EQ(replays.begin("k", kOne).seen, Seen::never);
  replays.finish("unknown", answer());
}

TEST(Replays, MemoryIsBounded) {
  core::FakeClock clock;
  Replays replays(clock, {3, 1000, 60s});
  for (const char* key : {"a", "b", "c"}) {
    replays.begin(key, kOne);
    replays.finish(key, answer(100));
  }
  EXPECT_EQ(replays.begin("a", kOne).seen, Seen::done) << "used now: b is the oldest";
  replays.begin("d", kOne);
  EXPECT_EQ(replays.begin("b", kOne).seen, Seen::never);
  replays.forget("b");
  replays.begin("e", kOne);
  replays.finish("e", answer(950));
  EXPECT_EQ(replays.begin("e", kOne).seen, Seen::done);
  EXPECT_EQ(replays.begin("a", kOne).seen, Seen::never) << "its bytes had to go";
  replays.begin("f", kOne);
  replays.finish("f", answer(5000));
  EXPECT_EQ(replays.begin("f", kOne).seen, Seen::never) << "larger than everything: not kept";
}

}  // namespace
}  // namespace noonmark::openai
