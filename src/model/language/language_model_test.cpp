#include "model/language/language_model.h"

#include <gtest/gtest.h>

#include "base/core/files.h"

namespace noonmark::language {
namespace {

const onnx::Runtime& runtime() {
  static const std::unique_ptr<onnx::Runtime> instance = onnx::Runtime::open().value();
  return *instance;
}

/// The repository's own small model.
LanguageModel& words() {
  static const std::unique_ptr<LanguageModel> model =
      LanguageModel::open(package::Package::open(NOONMARK_SOURCE_DIR "/zoo/words/model").value(), runtime()).value();
  return *model;
}

TextRequest ask(const std::string& question) {
  TextRequest request;
  request.messages = {{"user", question}};
  request.temperature = 0;
  return request;
}

struct Outcome {
  std::string text;
  std::vector<Written> written;
  TextEnd end;
};

Outcome write(const TextRequest& request) {
  Outcome outcome;
  outcome.end =
      words()
          .generate(request,
                    [&](const Piece& piece) {
                      outcome.text += piece.text;
                      outcome.written.insert(outcome.written.end(), piece.written.begin(), piece.written.end());
                      return true;
                    })
          .value();
  return outcome;
}

TEST(LanguageModel, AnswersAndKnowsWhereToEnd) {
  const Outcome outcome = write(ask("What is a teacher?"));
  EXPECT_GT(outcome.text.size(), 5u);
  EXPECT_TRUE(outcome.end.stopped) << outcome.text;
  EXPECT_GT(outcome.end.prompt_tokens, 5);
  EXPECT_LT(outcome.end.completion_tokens, 100);
}

TEST(LanguageModel, TheCacheChangesNothing) {
  // Each token asked for anew with everything before it: what a model without a cache would say.
  TextRequest request;
  request.prompt = "The meaning of";
  request.temperature = 0;
  request.max_tokens = 12;
  const std::string cached = write(request).text;
  TextRequest one = request;
  one.max_tokens = 1;
  for (int i = 0; i < 12; ++i) one.prompt += write(one).text;
  EXPECT_EQ(one.prompt.substr(0, request.prompt.size() + cached.size()), request.prompt + cached);
}

TEST(LanguageModel, TheSameSeedWritesTheSame) {
  TextRequest request = ask("Use house in a sentence.");
  request.temperature = 1.2;
  request.seed = 7;
  const std::string first = write(request).text;
  EXPECT_EQ(write(request).text, first);
  bool another = false;
  for (request.seed = 8; request.seed < 14; ++request.seed) another = another || write(request).text != first;
  EXPECT_TRUE(another);
}

TEST(LanguageModel, LengthAndStopsEndTheText) {
  TextRequest request = ask("What is a teacher?");
  const std::string whole = write(request).text;
  request.max_tokens = 3;
  const Outcome cut = write(request);
  EXPECT_FALSE(cut.end.stopped);
  EXPECT_EQ(cut.end.completion_tokens, 3);
  EXPECT_TRUE(whole.starts_with(cut.text));
  request.max_tokens = 0;
  request.stops = {whole.substr(3, 4)};
  const Outcome stopped = write(request);
  EXPECT_TRUE(stopped.end.stopped);
  EXPECT_EQ(stopped.text, whole.substr(0, whole.find(request.stops[0])));
}

TEST(LanguageModel, TellsLogprobsOfWhatItWrote) {
  TextRequest request = ask("What is a teacher?");
  request.top_logprobs = 3;
  const Outcome outcome = write(request);
  std::string joined;
  for (const Written& one : outcome.written) {
    joined += one.token.token;
    ASSERT_EQ(one.top.size(), 3u);
    EXPECT_EQ(one.top[0].logprob, one.token.logprob) << "the likeliest was taken";
    EXPECT_LE(one.token.logprob, 0);
    EXPECT_GE(one.top[0].logprob, one.top[1].logprob);
  }
  EXPECT_EQ(joined, outcome.text);
}

TEST(LanguageModel, StopsWhenToldAndGoesOnAfterwards) {
  int pieces = 0;
  const auto cancelled = words().generate(ask("What is a teacher?"), [&](const Piece&) { return ++pieces < 2; });
  EXPECT_EQ(cancelled.error().kind, core::ErrorKind::cancelled);
  EXPECT_EQ(pieces, 2);
  EXPECT_FALSE(write(ask("What is a teacher?")).text.empty());
}

TEST(LanguageModel, RefusesRequestsOutOfBounds) {
  const auto refusal = [](auto change) {
    TextRequest request = ask("What is a teacher?");
    change(request);
    const auto end = words().generate(request, [](const Piece&) { return true; });
    EXPECT_FALSE(end.ok());
    return end.ok() ? "" : end.error().message;
  };
  EXPECT_NE(refusal([](TextRequest& r) { r.temperature = 3; }).find("temperature"), std::string::npos);
  EXPECT_NE(refusal([](TextRequest& r) { r.temperature = std::nan(""); }).find("temperature"), std::string::npos);
  EXPECT_NE(refusal([](TextRequest& r) { r.top_p = 0; }).find("top_p"), std::string::npos);
  EXPECT_NE(refusal([](TextRequest& r) { r.stops = {""}; }).find("stop"), std::string::npos);
  EXPECT_NE(refusal([](TextRequest& r) { r.stops.assign(5, "x"); }).find("stop"), std::string::npos);
  EXPECT_NE(refusal([](TextRequest& r) { r.top_logprobs = 21; }).find("top_logprobs"), std::string::npos);
  EXPECT_NE(refusal([](TextRequest& r) { r.messages.clear(); }).find("empty"), std::string::npos);
  EXPECT_NE(refusal([](TextRequest& r) { r.messages[0].content = "\xff"; }).find("UTF-8"), std::string::npos);
  const std::string room = refusal([](TextRequest& r) { r.messages[0].content.assign(2000, '?'); });
  EXPECT_NE(room.find("room for " + std::to_string(words().context_length())), std::string::npos) << room;
}

TEST(LanguageModel, NamesWhatIsMissing) {
  const auto picture = package::Package::open(NOONMARK_SOURCE_DIR "/zoo/emoji/model").value();
  EXPECT_NE(LanguageModel::open(picture, runtime()).error().message.find("model.onnx"), std::string::npos);
}

}  // namespace
}  // namespace noonmark::language
