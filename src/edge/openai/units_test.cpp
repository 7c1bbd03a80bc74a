#include "edge/openai/units.h"

#include <gtest/gtest.h>

#include "base/core/random.h"

namespace noonmark::openai {
namespace {

runner::WireRequest pictures(int n, int width, int height, int steps) {
  runner::WireRequest request;
  request.image.n = n;
  request.image.width = width;
  request.image.height = height;
  request.image.steps = steps;
  return request;
}

TEST(Units, AreWhatThePageOnServingSays) {
  EXPECT_EQ(units_of(runner::WireRequest{}), 1) << "what is left out counts as one unit's worth";
  EXPECT_EQ(units_of(pictures(1, 64, 64, 20)), 1);
  EXPECT_EQ(units_of(pictures(1, 64, 64, 21)), 2) << "rounded up";
  EXPECT_EQ(units_of(pictures(4, 128, 64, 20)), 8);
  EXPECT_EQ(units_of(pictures(2, 512, 512, 50)), 320);
  EXPECT_EQ(units_of(pictures(64, 4096, 4096, 1000)), 13'107'200) << "the most that can be asked for";
  runner::WireRequest upscale;
  upscale.purpose = runner::Purpose::upscale;
  upscale.files.picture.assign(12'289, 'x');
  EXPECT_EQ(units_of(upscale), 2);
  runner::TextWireRequest text;
  text.text.prompt.assign(4000, 'x');
  EXPECT_EQ(units_of(text), 2);
  text.n = 4;
  text.text.max_tokens = 1000;
  text.text.messages = {{"user", std::string(8000, 'x')}};
  EXPECT_EQ(units_of(text), 7);
  runner::EmbeddingRequest embedded;
  embedded.inputs = {{std::string(4000, 'x'), {}}, {"a fox", {}}, {{}, std::string(12'289, 'x')}};
  EXPECT_EQ(units_of(embedded), 4);
}

TEST(Units, WhoAsksForMoreNeverPaysLess) {
  core::Philox random(7);
  const auto draw = [&](int most) { return 1 + static_cast<int>(random.below(static_cast<std::uint64_t>(most))); };
  for (int i = 0; i < 2000; ++i) {
    const int n = draw(64), width = draw(4096), height = draw(4096), steps = draw(1000);
    const std::int64_t units = units_of(pictures(n, width, height, steps));
    EXPECT_GE(units, 1);
    EXPECT_GE(units_of(pictures(n + 1, width, height, steps)), units);
    EXPECT_GE(units_of(pictures(n, width + draw(9), height, steps)), units);
    EXPECT_GE(units_of(pictures(n, width, height + draw(9), steps)), units);
    EXPECT_GE(units_of(pictures(n, width, height, steps + draw(9))), units);
    EXPECT_LE(units_of(pictures(n, width, height, steps)), n * units_of(pictures(1, width, height, steps)))
        << "pictures together cost at most what they cost one by one";
  }
}

}  // namespace
}  // namespace noonmark::openai
