#include "edge/cli/contest_document.h"

#include <gtest/gtest.h>

namespace noonmark::cli {
namespace {

ContestDocument example() {
  EntryLine baseline{.name = "emoji", .status = "baseline", .reason = {}, .score = {}, .rank = {}};
  baseline.fidelity_mean = 1;
  baseline.fidelity_minimum = 0.99;
  EntryLine fast{.name = "int8", .status = "ranked", .reason = {}, .score = 0.5, .rank = 1};
  fast.metrics[record::Metric::generation_time] = {0.25, 0.2, 0.4};
  fast.fidelity_mean = 0.9;
  fast.fidelity_minimum = 0.8;
  EntryLine copy{.name = "copy", .status = "refused", .reason = "runs the same as emoji", .score = {}, .rank = {}};
  return {"emoji-cpu", "emoji", {baseline, copy, fast}, "int8", "out/record.json"};
}

TEST(ContestDocument, HasTheDocumentedMembers) {
  const codec::Json json = to_json(example());
  EXPECT_EQ(json.find("contest")->as_string(), "emoji-cpu");
  EXPECT_EQ(json.find("winner")->as_string(), "int8");
  const codec::Json& fast = json.find("entries")->as_array().at(2);
  const codec::Json& time = *fast.find("metrics")->find("generation_time");
  EXPECT_EQ(time.find("ratio")->as_number(), 0.25);
  EXPECT_EQ(time.find("speedup")->find("factor")->as_number(), 4);
  EXPECT_EQ(time.find("speedup")->find("low")->as_number(), 2.5);
  EXPECT_EQ(time.find("speedup")->find("high")->as_number(), 5);
  EXPECT_EQ(fast.find("fidelity")->find("min")->as_number(), 0.8);
  const codec::Json& copy = json.find("entries")->as_array().at(1);
  EXPECT_TRUE(copy.find("rank")->is_null());
  EXPECT_TRUE(copy.find("fidelity")->is_null());
  EXPECT_EQ(copy.find("reason")->as_string(), "runs the same as emoji");
}

TEST(ContestDocument, TheTableBeginsWithTheBestAndTellsReasons) {
  const std::string text = to_text(example());
  EXPECT_LT(text.find("int8"), text.find("copy")) << text;
  EXPECT_NE(text.find("4.00 (2.50 to 5.00)"), std::string::npos) << text;
  EXPECT_NE(text.find("copy: runs the same as emoji"), std::string::npos) << text;
  EXPECT_NE(text.find("winner of emoji-cpu: int8"), std::string::npos) << text;
}

TEST(ContestDocument, SaysWhenNobodyWon) {
  ContestDocument document = example();
  document.winner.reset();
  EXPECT_TRUE(to_json(document).find("winner")->is_null());
  EXPECT_NE(to_text(document).find("no entry of emoji-cpu beat the baseline"), std::string::npos);
}

}  // namespace
}  // namespace noonmark::cli
