#include "contest/rules/inputs.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace noonmark::rules {
namespace {

const hash::Digest kContest = hash::sha256("a contest");

std::vector<Input> draw(const Inputs& inputs, std::string_view beacon) {
  return draw_inputs(inputs, kContest, core::as_bytes(beacon));
}

Inputs grammar() {
  Inputs inputs;
  inputs.count = 6;
  inputs.prompt_template = "{object} in {colour}";
  inputs.words = {{"object", {"a cat", "a dog", "an owl"}}, {"colour", {"red", "blue", "green", "white"}}};
  inputs.examples = {"a cat in red", "not of the grammar"};
  return inputs;
}

std::string problem_of(const Inputs& inputs) {
  const auto count = count_prompts(inputs);
  return count.ok() ? "accepted" : count.error().message;
}

TEST(Inputs, AreTheSameForTheSameBeaconAndNewForAnother) {
  const auto first = draw(grammar(), "beacon");
  EXPECT_EQ(draw(grammar(), "beacon"), first);
  EXPECT_NE(draw(grammar(), "beacoo"), first);
  EXPECT_NE(draw_inputs(grammar(), hash::sha256("another contest"), core::as_bytes("beacon")), first);
}

TEST(Inputs, PromptsAreDifferentAndNeverExamples) {
  Inputs inputs = grammar();
  inputs.count = 11;  // all that there are
  for (int round = 0; round < 50; ++round) {
    std::set<std::string> prompts;
    for (const Input& input : draw(inputs, std::to_string(round))) {
      EXPECT_NE(input.prompt, "a cat in red");
      EXPECT_LT(input.seed, std::uint64_t{1} << 32);
      prompts.insert(input.prompt);
    }
    EXPECT_EQ(prompts.size(), 11U);
  }
}

TEST(Inputs, EveryPromptIsDrawnAboutEquallyOften) {
  Inputs inputs = grammar();
  inputs.count = 1;
  std::map<std::string, int> counts;
  for (int round = 0; round < 2200; ++round) {
    ++counts[draw(inputs, std::to_string(round))[0].prompt];
  }
  ASSERT_EQ(counts.size(), 11U);
  for (const auto& [prompt, count] : counts) EXPECT_NEAR(count, 200, 75) << prompt;  // 5 sigma
}

TEST(Inputs, AKnownBeaconGivesKnownInputs) {
  // Fixed for ever: a change here makes old records impossible to recompute. Worked out by a second implementation.
  const auto inputs = draw(grammar(), "noon");
  EXPECT_EQ(codec::write_json(to_json(inputs)), R"([{"prompt":"an owl in red","seed":475496468},)"
                                                R"({"prompt":"a dog in blue","seed":121768277},)"
                                                R"({"prompt":"a dog in white","seed":1327897466},)"
                                                R"({"prompt":"a cat in white","seed":2585896972},)"
                                                R"({"prompt":"a cat in blue","seed":913520134},)"
                                                R"({"prompt":"an owl in green","seed":2751433821}])");
}

TEST(Inputs, ListsOfPromptsWorkToo) {
  Inputs inputs;
  inputs.count = 2;
  inputs.prompts = {"a", "b", "c"};
  inputs.examples = {"b"};
  EXPECT_EQ(count_prompts(inputs).value(), 2U);
  std::set<std::string> prompts;
  for (const Input& input : draw(inputs, "")) prompts.insert(input.prompt);
  EXPECT_EQ(prompts, (std::set<std::string>{"a", "c"}));
}

TEST(Inputs, CountsPromptsNotChoices) {
  Inputs inputs;
  inputs.prompt_template = "{first}{second}";
  inputs.words = {{"first", {"a", "ab"}}, {"second", {"c", "bc"}}};  // "abc" comes about twice
  EXPECT_EQ(count_prompts(inputs).value(), 3U);
}

TEST(Inputs, AGrammarThatRepeatsItselfWithoutEndIsRefused) {
  Inputs inputs;
  for (char name = 'a'; name < 'a' + 20; ++name) {
    inputs.prompt_template += std::string("{") + name + "}";
    inputs.words[std::string(1, name)] = {"x", "xx"};
  }
  EXPECT_NE(problem_of(inputs).find("the same few prompts"), std::string::npos);
}

TEST(Inputs, MistakesInATemplateAreNamed) {
  Inputs inputs = grammar();
  for (const char* text : {"{object", "object}", "{{object}} {colour}", "{object} } {colour}", "{object} {colour"}) {
    inputs.prompt_template = text;
    EXPECT_NE(problem_of(inputs).find("write each word as {word}"), std::string::npos) << text;
  }
  inputs.prompt_template = "{object}";
  EXPECT_NE(problem_of(inputs).find("words.colour: isn't used"), std::string::npos);
  inputs.prompt_template = "{object} {colour} {size}";
  EXPECT_NE(problem_of(inputs).find("words.size: is missing"), std::string::npos);
  inputs.prompt_template = "{object} {colour} {colour}";
  EXPECT_NE(problem_of(inputs).find("twice"), std::string::npos);
}

TEST(Inputs, JsonComesBackEqual) {
  const auto inputs = draw(grammar(), "noon");
  EXPECT_EQ(inputs_from_json(to_json(inputs)).value(), inputs);
  EXPECT_FALSE(inputs_from_json(codec::Json::object()).ok());
  EXPECT_FALSE(inputs_from_json(codec::parse_json(R"([{"prompt":"a","seed":-1}])").value()).ok());
  EXPECT_FALSE(inputs_from_json(codec::parse_json(R"([{"prompt":"a","seed":4294967296}])").value()).ok());
}

}  // namespace
}  // namespace noonmark::rules
