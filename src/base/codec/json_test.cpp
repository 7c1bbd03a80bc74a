#include "base/codec/json.h"

#include <bit>
#include <cmath>

#include <gtest/gtest.h>

#include "base/core/random.h"

namespace noonmark::codec {
namespace {

using core::ErrorKind;

TEST(Json, CanonicalFormSortsKeysAndKeepsKinds) {
  const Json value = parse_json(R"( {"b": [1, 2.0, -0.5, 1e30, true, null], "a": "x\u00e9\n\"", "": {}} )").value();
  EXPECT_EQ(write_json(value), R"({"":{},"a":"xé\n\"","b":[1,2.0,-0.5,1e+30,true,null]})");
}

TEST(Json, WhatIsWrittenReadsBackTheSame) {
  const Json value = Json::object({{"d", 0.1},
                                   {"i", std::int64_t{-9007199254740993}},
                                   {"s", std::string("\x01\t\\é")},
                                   {"a", Json::Array{1, 2.0, nullptr, false}},
                                   {"tiny", 5e-324},
                                   {"one", 1.0}});
  EXPECT_EQ(parse_json(write_json(value)).value(), value);
  EXPECT_EQ(parse_json(write_pretty(value)).value(), value);
}

TEST(Json, ReadsEveryDoubleBackToTheLastBit) {
  core::Philox random(1);
  for (int round = 0; round < 20'000; ++round) {
    const double value = std::bit_cast<double>(random.uint64());
    const double common = random.uniform();
    if (std::isfinite(value)) {
      EXPECT_EQ(parse_json(write_json(value)).value(), Json(value));
    }
    EXPECT_EQ(parse_json(write_json(Json::Array{common, 1, -common})).value(), Json(Json::Array{common, 1, -common}));
  }
  EXPECT_EQ(parse_json("1e-999").value(), Json(0.0));
}

TEST(Json, RefusesWhatIsNoJson) {
  for (const char* bad : {"", "{", "[1,]", "{\"a\":1,}", "nul", "1 2", "\"\xff\"", "{'a':1}", "[1] x", "01", "+1",
                          "NaN", "1e999", "\"\\ud800\"", "// c\n1", "9223372036854775808"})
    EXPECT_EQ(parse_json(bad).error().kind, ErrorKind::invalid) << bad;
}

TEST(Json, RefusesDuplicateKeysAndNamesThem) {
  const auto result = parse_json(R"({"a":1,"b":{"x":1,"x":2}})");
  ASSERT_FALSE(result.ok());
  EXPECT_NE(result.error().message.find("\"x\""), std::string::npos);
}

TEST(Json, LimitsDepthAndSize) {
  const std::string deep = std::string(100000, '[') + std::string(100000, ']');
  EXPECT_EQ(parse_json(deep).error().kind, ErrorKind::exhausted);
  EXPECT_TRUE(parse_json(std::string(20, '[') + std::string(20, ']')).ok());
  EXPECT_EQ(parse_json("[1,2,3]", {.max_bytes = 3}).error().kind, ErrorKind::exhausted);
}

TEST(JsonDeathTest, NanCannotBeWritten) { EXPECT_DEATH(write_json(Json(std::nan(""))), "NaN"); }

TEST(Json, PrettyFormIsForPeople) {
  EXPECT_EQ(
      write_pretty(Json::object({{"a", Json::Array{1, 2}}, {"b", Json::object({{"c", "d"}})}, {"e", Json::array()}})),
      "{\n  \"a\": [1, 2],\n  \"b\": {\n    \"c\": \"d\"\n  },\n  \"e\": []\n}");
}

}  // namespace
}  // namespace noonmark::codec
