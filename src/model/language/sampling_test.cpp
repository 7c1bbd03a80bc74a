#include "model/language/internal/sampling.h"

#include <gtest/gtest.h>

#include "model/language/internal/text_stream.h"

namespace noonmark::language {
namespace {

const std::vector<float> kLogits = {0.0F, 2.0F, 1.0F, -1.0F};

std::vector<int> drawn(const Sampling& sampling, const std::unordered_map<std::int64_t, int>& counts = {}) {
  core::Philox random(1);
  std::vector<int> seen(kLogits.size());
  for (int i = 0; i < 20'000; ++i) ++seen[static_cast<std::size_t>(draw(kLogits, sampling, counts, random.uniform()))];
  return seen;
}

TEST(Sampling, TokensComeAsOftenAsTheirProbability) {
  for (const double temperature : {0.5, 1.0, 2.0}) {
    const std::vector<int> seen =
        drawn({.temperature = temperature, .top_p = 1, .top_k = 0, .frequency_penalty = 0, .presence_penalty = 0});
    double total = 0;
    for (const float logit : kLogits) total += std::exp(logit / temperature);
    for (std::size_t i = 0; i < kLogits.size(); ++i) {
      EXPECT_NEAR(seen[i] / 20'000.0, std::exp(kLogits[i] / temperature) / total, 0.015) << temperature << ", " << i;
    }
  }
}

TEST(Sampling, ColdIsTheLikeliest) {
  EXPECT_EQ(drawn({.temperature = 0, .top_p = 1, .top_k = 0, .frequency_penalty = 0, .presence_penalty = 0})[1],
            20'000);
}

TEST(Sampling, TopKAndTopPLeaveTheRestOut) {
  const std::vector<int> two =
      drawn({.temperature = 1, .top_p = 1, .top_k = 2, .frequency_penalty = 0, .presence_penalty = 0});
  EXPECT_EQ(two[0] + two[3], 0);
  const std::vector<int> half =
      drawn({.temperature = 1, .top_p = 0.5, .top_k = 0, .frequency_penalty = 0, .presence_penalty = 0});
  EXPECT_EQ(half[1], 20'000) << "it has more than half alone";
}

TEST(Sampling, PenaltiesMakeRepetitionUnlikely) {
  const Sampling cold{.temperature = 0, .top_p = 1, .top_k = 0, .frequency_penalty = 0.6, .presence_penalty = 0.5};
  EXPECT_EQ(drawn(cold, {{1, 1}})[2], 20'000) << "1.1 is more than the lead";
  const Sampling weak{.temperature = 0, .top_p = 1, .top_k = 0, .frequency_penalty = 0.4, .presence_penalty = 0.5};
  EXPECT_EQ(drawn(weak, {{1, 1}})[1], 20'000);
  EXPECT_EQ(drawn(weak, {{1, 2}})[2], 20'000);
}

TEST(Sampling, LogProbabilitiesAreThoseOfASoftmax) {
  const std::vector<double> values = log_probabilities(kLogits);
  double sum = 0;
  for (const double value : values) sum += std::exp(value);
  EXPECT_NEAR(sum, 1, 1e-12);
  EXPECT_NEAR(values[1] - values[2], 1, 1e-12);
  EXPECT_EQ(likeliest(values, 3), (std::vector<std::int64_t>{1, 2, 0}));
}

/// The text that comes out when bytes come in pieces of one.
std::string streamed(std::string_view bytes, const std::vector<std::string>& stops) {
  TextStream stream(stops);
  std::string text;
  for (const char byte : bytes) {
    const std::string piece = stream.take(std::string_view(&byte, 1));
    text += piece;
    for (std::size_t i = 0; i < piece.size(); ++i)
      EXPECT_NE(static_cast<unsigned char>(piece[i]) & 0xc0, i == 0 ? 0x80 : 0);
  }
  return text + stream.finish();
}

TEST(TextStream, NoHalfCharacterIsShown) {
  EXPECT_EQ(streamed("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x9a\x80z", {}), "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x9a\x80z");
  EXPECT_EQ(streamed("a\xf0\x9f\x9a", {}), "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd") << "the end of a broken text";
  EXPECT_EQ(streamed("\xff"
                     "b",
                     {}),
            "\xef\xbf\xbd"
            "b");
}

TEST(TextStream, AStopEndsTheTextWhereverItIsCut) {
  EXPECT_EQ(streamed("one END two", {"END"}), "one ");
  EXPECT_EQ(streamed("one EN", {"END"}), "one EN") << "what only began like it is shown at the end";
  EXPECT_EQ(streamed("one ENEND", {"END"}), "one EN");
  EXPECT_EQ(streamed("aXbY", {"Y", "Xb"}), "a") << "the first of several";
}

TEST(TextStream, WhatMightBeginAStopIsHeldBack) {
  const std::vector<std::string> stops = {"\n\n"};
  TextStream stream(stops);
  EXPECT_EQ(stream.take("a\n"), "a");
  EXPECT_EQ(stream.take("b"), "\nb");
  EXPECT_EQ(stream.take("\n\nc"), "");
  EXPECT_TRUE(stream.stopped());
  EXPECT_EQ(stream.take("d"), "");
}

}  // namespace
}  // namespace noonmark::language
