#include "trial/runner/embedding_words.h"

#include <gtest/gtest.h>

#include "base/codec/json.h"

namespace noonmark::runner {
namespace {

TEST(EmbeddingWords, ATextAListOrPicturesAreRead) {
  const EmbeddingRequest one = parse_embedding_request(R"({"input":"a fox","model":"m","user":"u"})").value();
  ASSERT_EQ(one.inputs.size(), 1u);
  EXPECT_EQ(one.inputs[0].text, "a fox");
  EXPECT_EQ(one.model, "m");
  EXPECT_FALSE(one.base64);
  const EmbeddingRequest many =
      parse_embedding_request(
          R"({"input":["a fox",{"image":"data:image/png;base64,AAEC"}],"encoding_format":"base64","dimensions":96})")
          .value();
  ASSERT_EQ(many.inputs.size(), 2u);
  EXPECT_EQ(many.inputs[1].picture, std::string("\0\1\2", 3));
  EXPECT_TRUE(many.base64);
  EXPECT_EQ(many.dimensions, 96);
  const std::string written = write_embedding_request(many);
  EXPECT_EQ(write_embedding_request(parse_embedding_request(written).value()), written);
}

TEST(EmbeddingWords, WhatIsWrongIsNamed) {
  const auto why = [](std::string_view json) { return parse_embedding_request(json).error().message; };
  EXPECT_NE(why("{}").find("request.input"), std::string::npos);
  EXPECT_NE(why(R"({"input":[]})").find("1 to 2048"), std::string::npos);
  EXPECT_NE(why(R"({"input":["a",""]})").find("request.input[1]"), std::string::npos);
  EXPECT_NE(why(R"({"input":[1,2]})").find("tokens"), std::string::npos);
  EXPECT_NE(why(R"({"input":{}})").find("image"), std::string::npos);
  EXPECT_NE(why(R"({"input":{"image":"?"}})").find("request.input.image"), std::string::npos);
  EXPECT_NE(why(R"({"input":"a","encoding_format":"hex"})").find("encoding_format"), std::string::npos);
  EXPECT_NE(why(R"({"input":"a","dimensions":0})").find("dimensions"), std::string::npos);
  EXPECT_NE(why(R"({"input":"a","wings":1})").find("wings"), std::string::npos);
}

TEST(EmbeddingWords, AnswersAreNumbersOrTheirBytes) {
  const std::vector<std::vector<float>> embeddings = {{1.0F, -0.5F}};
  const codec::Json numbers = codec::parse_json(write_embeddings(embeddings, false, "m", 3)).value();
  EXPECT_EQ(codec::write_json(*numbers.find("data")->as_array()[0].find("embedding")), "[1.0,-0.5]");
  EXPECT_EQ(*numbers.find("usage")->find("total_tokens"), codec::Json(3));
  const codec::Json bytes = codec::parse_json(write_embeddings(embeddings, true, "m", 3)).value();
  EXPECT_EQ(*bytes.find("data")->as_array()[0].find("embedding"), codec::Json("AACAPwAAAL8=")) << "little-endian";
}

}  // namespace
}  // namespace noonmark::runner
