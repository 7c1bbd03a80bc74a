#include "base/codec/fields.h"

#include <gtest/gtest.h>

namespace noonmark::codec {
namespace {

Json object(const char* text) { return parse_json(text).value(); }

TEST(Fields, ReadsMembersOfEveryKind) {
  const Json json = object(R"({"s":"x","i":3,"d":0.5,"n":2,"b":true,"a":["p","q"],"o":{"k":1},"z":null})");
  Fields fields(json, "thing");
  EXPECT_EQ(fields.text("s"), "x");
  EXPECT_EQ(fields.integer("i", 0, 3), 3);
  EXPECT_EQ(fields.number("d"), 0.5);
  EXPECT_EQ(fields.number("n"), 2.0) << "an integer is a number too";
  EXPECT_TRUE(fields.flag("b"));
  EXPECT_EQ(fields.texts("a"), (std::vector<std::string>{"p", "q"}));
  EXPECT_EQ(fields.child("o"), object(R"({"k":1})"));
  EXPECT_EQ(fields.optional_child("z"), nullptr);
  EXPECT_EQ(fields.text_or("missing", "fallback"), "fallback");
  EXPECT_EQ(fields.integer_or("missing", 7), 7);
  EXPECT_TRUE(fields.finish().ok());
}

TEST(Fields, TellsTheFirstProblemWithItsPath) {
  const Json json = object(R"({"a":"text","b":-1})");
  Fields fields(json, "contest.metrics");
  EXPECT_EQ(fields.integer("b", 0, 10), 0);
  EXPECT_EQ(fields.integer("a"), 0);
  EXPECT_EQ(fields.finish().error().message, "contest.metrics.b: must be from 0 to 10");
}

TEST(Fields, MissingAndUnknownMembersAreProblems) {
  const Json json = object(R"({"known":1,"knwon":2})");
  Fields fields(json, "m");
  EXPECT_EQ(fields.integer("known"), 1);
  EXPECT_NE(fields.finish().error().message.find("m.knwon"), std::string::npos);
  Fields other(json, "m");
  EXPECT_EQ(other.text("gone"), "");
  EXPECT_EQ(other.finish().error().message, "m.gone: is missing");
}

TEST(Fields, AnythingButAnObjectIsAProblem) {
  const Json json = object("[1]");
  Fields fields(json, "m");
  EXPECT_EQ(fields.text("a"), "");
  EXPECT_EQ(fields.finish().error().message, "m: must be an object");
}

TEST(Fields, LimitsLengths) {
  const Json json = object(R"({"s":"12345","a":[1,2,3]})");
  Fields fields(json, "m");
  EXPECT_EQ(fields.text("s", 4), "");
  EXPECT_FALSE(fields.finish().ok());
  Fields other(json, "m");
  EXPECT_TRUE(other.array("a", 2).empty());
  EXPECT_FALSE(other.ok());
}

}  // namespace
}  // namespace noonmark::codec
