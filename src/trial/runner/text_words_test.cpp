#include "trial/runner/text_words.h"

#include <gtest/gtest.h>

#include "base/codec/json.h"

namespace noonmark::runner {
namespace {

using codec::Json;

TEST(TextWords, AChatSurvivesTheRoad) {
  const auto request = parse_text_request(R"({"model":"m","messages":[{"role":"developer","content":"Be brief."},
      {"role":"user","content":[{"type":"text","text":"Hi "},{"type":"text","text":"you"}]}],"max_completion_tokens":7,
      "temperature":0.5,"top_p":0.9,"n":2,"stop":"\n","seed":5,"logprobs":true,"top_logprobs":3,"presence_penalty":1,
      "frequency_penalty":-1,"stream":true,"stream_options":{"include_usage":true},"user":"u","tools":[],"store":false})",
                                          true);
  ASSERT_TRUE(request.ok()) << request.error().message;
  const auto back = parse_text_request(write_text_request(*request).value(), true);
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(back->text.messages, (std::vector<language::Message>{{"system", "Be brief."}, {"user", "Hi you"}}));
  EXPECT_EQ(back->text.max_tokens, 7);
  EXPECT_EQ(back->text.temperature, 0.5);
  EXPECT_EQ(back->text.top_p, 0.9);
  EXPECT_EQ(back->n, 2);
  EXPECT_EQ(back->text.stops, std::vector<std::string>{"\n"});
  EXPECT_EQ(back->text.seed, 5u);
  EXPECT_EQ(back->text.top_logprobs, 3);
  EXPECT_EQ(back->text.presence_penalty, 1);
  EXPECT_EQ(back->text.frequency_penalty, -1);
  EXPECT_TRUE(back->stream && back->include_usage && back->seeded);
}

TEST(TextWords, ACompletionSurvivesTheRoad) {
  const auto request = parse_text_request(
      R"({"prompt":"Once","max_tokens":3,"logprobs":2,"stop":["a","b"],"echo":false,"best_of":1})", false);
  ASSERT_TRUE(request.ok()) << request.error().message;
  const auto back = parse_text_request(write_text_request(*request).value(), false);
  EXPECT_EQ(back->text.prompt, "Once");
  EXPECT_EQ(back->text.top_logprobs, 2);
  EXPECT_EQ(back->text.stops.size(), 2u);
}

TEST(TextWords, BadRequestsSayWhichMemberIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"[]", "object"},
      {"{}", "messages"},
      {R"({"messages":[]})", "messages"},
      {R"({"messages":[7]})", "messages[0]"},
      {R"({"messages":[{"role":"tool","content":"x"}]})", "role"},
      {R"({"messages":[{"role":"user"}]})", "content"},
      {R"({"messages":[{"role":"user","content":[{"type":"image_url"}]}]})", "content"},
      {R"({"messages":[{"role":"user","content":"x","tool_calls":[1]}]})", "tool_calls"},
      {R"({"messages":[{"role":"user","content":"x"}],"temperature":3})", "temperature"},
      {R"({"messages":[{"role":"user","content":"x"}],"top_p":0})", "top_p"},
      {R"({"messages":[{"role":"user","content":"x"}],"n":0})", "n"},
      {R"({"messages":[{"role":"user","content":"x"}],"max_tokens":0})", "max_tokens"},
      {R"({"messages":[{"role":"user","content":"x"}],"top_logprobs":2})", "top_logprobs"},
      {R"({"messages":[{"role":"user","content":"x"}],"stop":["a","b","c","d","e"]})", "stop"},
      {R"({"messages":[{"role":"user","content":"x"}],"tools":[{}]})", "tools"},
      {R"({"messages":[{"role":"user","content":"x"}],"response_format":{"type":"json_object"}})", "response_format"},
      {R"({"messages":[{"role":"user","content":"x"}],"stream_options":{"other":1}})", "other"},
      {R"({"messages":[{"role":"user","content":"x"}],"wings":2})", "wings"},
  };
  for (const auto& [json, word] : cases) {
    const auto request = parse_text_request(json, true);
    ASSERT_FALSE(request.ok()) << json;
    EXPECT_NE(request.error().message.find(word), std::string::npos) << json << ": " << request.error().message;
  }
}

TEST(TextWords, AnswersHaveOpenAisShape) {
  const TextAnswerHead head{true, "chatcmpl-1", "m", 12};
  const Choice choice{"Hi", {{{"Hi", -0.5}, {{"Hi", -0.5}, {"\xc3", -2}}}}, {true, 4, 1}};
  const Json answer = codec::parse_json(write_text_answer(head, {choice, choice}, true)).value();
  EXPECT_EQ(*answer.find("object"), Json("chat.completion"));
  const Json& first = answer.find("choices")->as_array().at(0);
  EXPECT_EQ(*first.find("message")->find("content"), Json("Hi"));
  EXPECT_EQ(*first.find("finish_reason"), Json("stop"));
  EXPECT_EQ(first.find("logprobs")->find("content")->as_array().at(0).find("top_logprobs")->as_array().size(), 2u);
  EXPECT_EQ(*answer.find("usage")->find("total_tokens"), Json(6));
  const Json completion = codec::parse_json(write_text_answer({false, "cmpl-1", "m", 12}, {choice}, true)).value();
  EXPECT_EQ(*completion.find("choices")->as_array().at(0).find("text"), Json("Hi"));
  EXPECT_EQ(*completion.find("object"), Json("text_completion"));
}

TEST(TextWords, EventsAreOneLineOfJsonEach) {
  const TextAnswerHead head{true, "chatcmpl-1", "m", 12};
  for (const std::string& event : {begin_event(head, 0), piece_event(head, 0, {"two\nlines", {}}, false),
                                   end_event(head, 0, {false, 1, 1}), usage_event(head, 1, 1)}) {
    EXPECT_TRUE(event.starts_with("data: {") && event.ends_with("}\n\n")) << event;
    EXPECT_EQ(event.find('\n'), event.size() - 2);
    EXPECT_TRUE(codec::parse_json(std::string_view(event).substr(6)).ok());
  }
  EXPECT_NE(end_event(head, 0, {false, 1, 1}).find("\"finish_reason\":\"length\""), std::string::npos);
}

}  // namespace
}  // namespace noonmark::runner
