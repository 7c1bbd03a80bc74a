#include "model/passes/recipe.h"

#include <gtest/gtest.h>

namespace noonmark::passes {
namespace {

TEST(Recipe, ReadsPassesValuesAndParameters) {
  const auto recipe = parse_recipe("int8-static:calibration=percentile:prompts=4,steps=10,bake");
  ASSERT_TRUE(recipe.ok()) << recipe.error().message;
  ASSERT_EQ(recipe->calls.size(), 3u);
  EXPECT_EQ(recipe->calls[0].parameters.at("calibration"), "percentile");
  EXPECT_EQ(recipe->calls[1].value, "10");
  EXPECT_EQ(recipe->calls[2].pass, "bake");
}

TEST(Recipe, ReadsBackWhatItWrites) {
  for (const char* text :
       {"steps=4", "bake:level=basic", "int8-static:keep=a+b:prompts=2,scheduler=dpmpp-2m,steps=6"}) {
    const auto recipe = parse_recipe(text);
    ASSERT_TRUE(recipe.ok()) << recipe.error().message;
    EXPECT_EQ(to_text(*recipe), text);
  }
}

TEST(Recipe, SaysWhatIsKnownWhenAPassIsNot) {
  const auto recipe = parse_recipe("int9");
  ASSERT_FALSE(recipe.ok());
  EXPECT_EQ(recipe.error().kind, core::ErrorKind::usage);
  EXPECT_NE(recipe.error().message.find("int8-static"), std::string::npos);
}

TEST(Recipe, RefusesWhatDoesNotFitTheGrammar) {
  for (const char* text :
       {"", ",", "steps", "steps=", "bake=1", "bake=", "steps=4,steps=5", "bake:level",
        "bake:level=", "bake:colour=red", "bake:level=basic:level=basic", "bake,", " bake", ":bake"}) {
    EXPECT_FALSE(parse_recipe(text).ok()) << text;
  }
  EXPECT_FALSE(parse_recipe(std::string(5000, 'a')).ok());
}

TEST(Passes, AreListedInOrderWithAMeaning) {
  std::string before;
  for (const PassInfo& pass : known_passes()) {
    EXPECT_LT(before, pass.name);
    EXPECT_FALSE(pass.meaning.empty());
    before = pass.name;
  }
}

}  // namespace
}  // namespace noonmark::passes
