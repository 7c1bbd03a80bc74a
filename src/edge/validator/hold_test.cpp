#include "edge/validator/hold.h"

#include <gtest/gtest.h>

#include "edge/validator/local_trial.h"

namespace noonmark::validator {
namespace {

rules::Contest example() {
  rules::Contest contest;
  contest.inputs.count = 3;
  contest.inputs.width = contest.inputs.height = 64;
  return contest;
}

TEST(Plan, GoesForwardThroughTheStages) {
  const Plan plan(example(), 3);
  using conduct::Stage;
  const std::vector<conduct::Step> steps = {{Stage::opened, 0},    {Stage::admitted, 0}, {Stage::drawn, 0},
                                            {Stage::reference, 0}, {Stage::measured, 1}, {Stage::measured, 2},
                                            {Stage::measured, 3},  {Stage::judged, 1},   {Stage::judged, 3},
                                            {Stage::verdict, 0},   {Stage::sealed, 0}};
  double last = 0;
  for (const conduct::Step& step : steps) {
    EXPECT_GE(plan.before(step), last) << conduct::name_of(step.stage) << step.order;
    EXPECT_LE(plan.before(step) + plan.of(step.stage), plan.total() + 1e-9);
    last = plan.before(step);
  }
  EXPECT_DOUBLE_EQ(plan.before({Stage::sealed, 0}), plan.total());
}

TEST(RequestOf, GivesTheInputsFirstAndThenOtherSeeds) {
  conduct::Round round;
  round.contest = example();
  round.inputs = {{"a", 1}, {"b", 0xFFFFFFFF}, {"c", 3}};
  std::set<std::pair<std::string, std::uint64_t>> seen;
  for (int i = 0; i < 300; ++i) {
    const pipelines::ImageRequest request = request_of(round, i);
    if (i < 3) {
      EXPECT_EQ(request.seed, round.inputs[static_cast<std::size_t>(i)].seed);
    }
    EXPECT_EQ(request.prompt, round.inputs[static_cast<std::size_t>(i % 3)].prompt);
    EXPECT_LT(request.seed, std::uint64_t{1} << 32);
    EXPECT_TRUE(seen.emplace(request.prompt, request.seed).second) << "request " << i << " comes twice";
  }
}

}  // namespace
}  // namespace noonmark::validator
