#include <gtest/gtest.h>

#include "base/codec/json.h"

namespace noonmark::codec {
namespace {

TEST(Toml, ReadsIntoTheSameValuesAsJson) {
  const Json value = parse_toml("title = \"x\"\n[a.b]\nn = 3\nf = 0.5\nlist = [1, 2]\n[[c]]\nok = true\n").value();
  EXPECT_EQ(value, parse_json(R"({"title":"x","a":{"b":{"n":3,"f":0.5,"list":[1,2]}},"c":[{"ok":true}]})").value());
}

TEST(Toml, SaysWhereItIsMalformed) {
  const auto result = parse_toml("a = 1\nb = = 2\n");
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind, core::ErrorKind::invalid);
  EXPECT_NE(result.error().message.find("line 2"), std::string::npos) << result.error().message;
}

TEST(Toml, RefusesDuplicatesDatesAndInfinities) {
  for (const char* bad : {"a = 1\na = 2\n", "a = 2026-01-01\n", "a = inf\n", "a = nan\n", "[a]\n[a]\n"})
    EXPECT_FALSE(parse_toml(bad).ok()) << bad;
}

TEST(Toml, TakesBytesOutsideAsciiOnCommentLinesOnly) {
  EXPECT_EQ(parse_toml("# é\n  # ʅυ\na = \"\\u00e9\"\n").value(), parse_json(R"({"a":"é"})").value());
  for (const char* bad : {"é = 1\n", "a = \"é\"\n", "\xca\x85\xcf\x85", "a = 1 # é\n", "2=0EEE.<.'0\xef\xbb\xbf/"})
    EXPECT_EQ(parse_toml(bad).error().kind, core::ErrorKind::invalid) << bad;
}

TEST(Toml, MalformedInputThatItsParserAssertsOnIsRefused) {
  for (const char* bad : {"[\n@\t", "[[[", "[", "a", "a ="})
    EXPECT_EQ(parse_toml(bad).error().kind, core::ErrorKind::invalid) << bad;
}

TEST(Toml, LimitsSizeAndDepth) {
  EXPECT_EQ(parse_toml("a = 1", {.max_bytes = 2}).error().kind, core::ErrorKind::exhausted);
  EXPECT_FALSE(parse_toml("a = " + std::string(5000, '[') + std::string(5000, ']')).ok());
}

}  // namespace
}  // namespace noonmark::codec
