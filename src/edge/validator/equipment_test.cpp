#include "edge/validator/equipment.h"

#include <gtest/gtest.h>

namespace noonmark::validator {
namespace {

TEST(ChooseCores, TakesTheLastOnes) {
  EXPECT_EQ(choose_cores({0, 1, 4, 5}, 1), std::vector<int>{5});
  EXPECT_EQ(choose_cores({0, 1, 4, 5}, 2), (std::vector<int>{4, 5}));
  EXPECT_EQ(choose_cores({0, 1}, 8), (std::vector<int>{0, 1}));
  EXPECT_EQ(choose_cores({}, 2), std::vector<int>{});
}

}  // namespace
}  // namespace noonmark::validator
