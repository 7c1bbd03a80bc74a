#include "edge/cli/demo_entries.h"

#include <set>

#include <gtest/gtest.h>

#include "model/passes/decoys.h"
#include "model/passes/recipe.h"

namespace noonmark::cli {
namespace {

TEST(DemoEntries, AreHonestOnesFirstAndThenDecoysThatExist) {
  std::set<std::string> names, decoys;
  for (const passes::DecoyInfo& decoy : passes::known_decoys()) decoys.insert(decoy.name);
  int honest = 0, dishonest = 0;
  for (const DemoEntry& entry : demo_entries()) {
    EXPECT_TRUE(names.insert(entry.name).second) << entry.name << " stands there twice";
    EXPECT_NE(entry.recipe.empty(), entry.decoy.empty()) << entry.name;
    if (entry.decoy.empty()) {
      EXPECT_TRUE(passes::parse_recipe(entry.recipe).ok()) << entry.recipe;
      EXPECT_EQ(dishonest, 0) << entry.name << " comes after a decoy";
      EXPECT_TRUE(is_honest_demo(entry.name));
      ++honest;
    } else {
      EXPECT_TRUE(decoys.contains(entry.decoy)) << entry.decoy;
      EXPECT_FALSE(is_honest_demo(entry.name));
      ++dishonest;
    }
  }
  EXPECT_GE(honest, 5);
  EXPECT_GE(dishonest, 6);
  EXPECT_FALSE(is_honest_demo("somebody else's"));
}

}  // namespace
}  // namespace noonmark::cli
