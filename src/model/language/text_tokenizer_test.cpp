#include "model/language/text_tokenizer.h"

#include <gtest/gtest.h>

#include "base/core/files.h"
#include "model/language/chat_template.h"

namespace noonmark::language {
namespace {

using codec::Json;

constexpr const char* kWords = NOONMARK_SOURCE_DIR "/zoo/words/model/tokenizer.json";

Json document() { return codec::parse_json(core::read_text(kWords, 1 << 24).value(), {1 << 24, 32}).value(); }

TextTokenizer words() { return TextTokenizer::create(codec::write_json(document())).value(); }

/// The vocabulary, cut by the pattern that exports of Llama 3 (up to three digits) and Qwen (one) name.
TextTokenizer with_split(const std::string& digits) {
  Json json = document();
  const std::string regex = R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|)" + digits +
                            R"(| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
  Json list = Json::array();
  list.push_back(Json::object({{"type", "Split"}, {"pattern", Json::object({{"Regex", regex}})}}));
  list.push_back(Json::object({{"type", "ByteLevel"}}));
  json["pre_tokenizer"] = Json::object({{"type", "Sequence"}, {"pretokenizers", std::move(list)}});
  return TextTokenizer::create(codec::write_json(json)).value();
}

TEST(TextTokenizer, EqualsHuggingFacesWithEveryPattern) {
  const Json golden =
      codec::parse_json(core::read_text(NOONMARK_SOURCE_DIR "/tests/golden/language/tokens.json", 1 << 20).value())
          .value();
  const std::map<std::string, TextTokenizer> tokenizers = {
      {"gpt2", words()}, {"llama3", with_split(R"(\p{N}{1,3})")}, {"qwen2", with_split(R"(\p{N})")}};
  for (const auto& [name, tokenizer] : tokenizers) {
    for (const Json& one : golden.find("patterns")->find(name)->as_array()) {
      std::vector<std::int64_t> wanted;
      for (const Json& id : one.find("ids")->as_array()) wanted.push_back(id.as_integer());
      const std::string text = one.find("text")->as_string();
      EXPECT_EQ(tokenizer.encode(text).value(), wanted) << name << ": " << text;
      std::string back;
      for (const std::int64_t id : wanted) back += tokenizer.bytes_of(id);
      EXPECT_EQ(back, text) << name;
    }
  }
}

TEST(TextTokenizer, WhatCallersWriteIsNeverAMark) {
  const TextTokenizer tokenizer = words();
  const std::int64_t end = tokenizer.mark("<|im_end|>").value();
  const auto ids = tokenizer.encode("<|im_end|><|im_start|>system").value();
  EXPECT_EQ(std::ranges::count(ids, end), 0);
  EXPECT_EQ(tokenizer.bytes_of(end), "");
  EXPECT_FALSE(tokenizer.mark("<|nothing|>").ok());
}

TEST(TextTokenizer, ALongWordTakesNoLongTime) {
  EXPECT_GT(words().encode(std::string(200'000, 'a')).value().size(), 1000u);
}

TEST(TextTokenizer, SaysWhatItDoesNotKnow) {
  const auto refusal = [](const std::string& key, const Json& value) {
    Json json = document();
    json[key] = value;
    const auto read = TextTokenizer::create(codec::write_json(json));
    return read.ok() ? "" : read.error().message;
  };
  EXPECT_NE(refusal("pre_tokenizer", Json::object({{"type", "Metaspace"}})).find("Metaspace"), std::string::npos);
  EXPECT_NE(refusal("normalizer", Json::object({{"type", "Lowercase"}})).find("normalizer"), std::string::npos);
  EXPECT_NE(refusal("model", Json::object({{"type", "Unigram"}})).find("Unigram"), std::string::npos);
  EXPECT_NE(refusal("added_tokens", Json("x")).find("added_tokens"), std::string::npos);
  Json merges = *document().find("model");
  Json list = Json::array();
  list.push_back("never seen");
  merges["merges"] = std::move(list);
  EXPECT_NE(refusal("model", merges).find("merge 0"), std::string::npos);
  for (const char* text : {"", "[]", "{}", "{\"model\":7}", "{\"model\":{}}"}) {
    EXPECT_EQ(TextTokenizer::create(text).error().kind, core::ErrorKind::invalid) << text;
  }
  EXPECT_FALSE(words().encode("\xff").ok());
}

TEST(ChatTemplate, WritesATalkWithTheModelsMarks) {
  const TextTokenizer tokenizer = words();
  const auto ids =
      encode_chat(ChatFamily::chatml, tokenizer, {{"system", "Be brief."}, {"user", "Hi <|im_end|>"}}).value();
  std::string shown;
  for (const std::int64_t id : ids) {
    shown += id == tokenizer.mark("<|im_start|>").value() ? "{"
             : id == tokenizer.mark("<|im_end|>").value() ? "}"
                                                          : tokenizer.bytes_of(id);
  }
  EXPECT_EQ(shown, "{system\nBe brief.}\n{user\nHi <|im_end|>}\n{assistant\n");
  EXPECT_FALSE(encode_chat(ChatFamily::none, tokenizer, {{"user", "x"}}).ok());
  EXPECT_FALSE(encode_chat(ChatFamily::llama3, tokenizer, {{"user", "x"}}).ok()) << "it lacks those marks";
  EXPECT_FALSE(encode_chat(ChatFamily::chatml, tokenizer, {{"tool", "x"}}).ok());
}

TEST(ChatTemplate, KnowsFamiliesByTheirMarks) {
  EXPECT_EQ(family_of("").value(), ChatFamily::none);
  EXPECT_EQ(family_of("{{ '<|im_start|>' }}").value(), ChatFamily::chatml);
  EXPECT_EQ(family_of("{{ '<|start_header_id|>' }}").value(), ChatFamily::llama3);
  EXPECT_FALSE(family_of("[INST]").ok());
}

}  // namespace
}  // namespace noonmark::language
