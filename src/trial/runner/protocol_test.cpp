#include "trial/runner/protocol.h"

#include <gtest/gtest.h>

#include "base/codec/json.h"
#include "base/codec/text.h"

namespace noonmark::runner {
namespace {

TEST(Protocol, ARequestSurvivesTheRoad) {
  WireRequest request;
  request.image.prompt = "a red apple \xF0\x9F\x8D\x8E \"quoted\"";
  request.image.negative_prompt = "blurry";
  request.image.seed = 9'223'372'036'854'775'807ull;
  request.image.n = 3;
  request.image.steps = 7;
  request.image.width = 64;
  request.image.height = 32;
  request.image.guidance_scale = 4.5;
  request.image.guidance_rescale = 0.25;
  request.format = image::Format::webp;
  request.stream = true;
  const auto back = parse_request(write_request(request).value());
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(back->image.prompt, request.image.prompt);
  EXPECT_EQ(back->image.negative_prompt, "blurry");
  EXPECT_EQ(back->image.seed, request.image.seed);
  EXPECT_EQ(back->image.n, 3);
  EXPECT_EQ(back->image.steps, 7);
  EXPECT_EQ(back->image.width, 64);
  EXPECT_EQ(back->image.height, 32);
  EXPECT_EQ(back->image.guidance_scale, 4.5);
  EXPECT_EQ(back->image.guidance_rescale, 0.25);
  EXPECT_EQ(back->format, image::Format::webp);
  EXPECT_TRUE(back->stream);
}

TEST(Protocol, AnEditSurvivesTheRoad) {
  WireRequest request;
  request.purpose = Purpose::edit;
  request.image.prompt = "a hat";
  request.image.strength = 0.25;
  request.image.expand = {.left = 1, .top = 2, .right = 3, .bottom = 4};
  request.files.picture = std::string("\x89PNG\0", 5);
  request.files.mask = "mask";
  const auto back = parse_request(write_request(request).value(), Purpose::edit);
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(back->files.picture, request.files.picture);
  EXPECT_EQ(back->files.mask, "mask");
  EXPECT_EQ(back->image.strength, 0.25);
  EXPECT_EQ(back->image.expand, request.image.expand);
  EXPECT_FALSE(parse_request(write_request(request).value()).ok()) << "a generation has no picture";
}

TEST(Protocol, AnUpscaleIsAPictureAndNothingElse) {
  const auto request =
      parse_request(R"({"image":"AAAA","model":"m","output_format":"webp","user":"u"})", Purpose::upscale);
  ASSERT_TRUE(request.ok()) << request.error().message;
  const auto back = parse_request(write_request(*request).value(), Purpose::upscale);
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(back->files.picture.size(), 3u);
  EXPECT_EQ(back->model, "m");
  EXPECT_EQ(back->format, image::Format::webp);
  for (const char* json : {"{}", R"({"image":"AAAA","prompt":"x"})", R"({"image":"AAAA","strength":1})"}) {
    EXPECT_FALSE(parse_request(json, Purpose::upscale).ok()) << json;
  }
}

TEST(Protocol, BadEditsSayWhichMemberIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"prompt":"x"})", "image"},
      {R"({"prompt":"x","image":"no base64"})", "image"},
      {R"({"prompt":"x","image":"https://example.org/x.png"})", "image"},
      {R"({"prompt":"x","image":"data:image/png,AAAA"})", "image"},
      {R"({"image":"AAAA"})", "prompt"},
      {R"({"prompt":"x","image":"AAAA","strength":0})", "strength"},
      {R"({"prompt":"x","image":"AAAA","strength":2})", "strength"},
      {R"({"prompt":"x","image":"AAAA","expand":7})", "expand"},
      {R"({"prompt":"x","image":"AAAA","expand":{"left":-1}})", "left"},
      {R"({"prompt":"x","image":"AAAA","expand":{"inward":1}})", "inward"},
  };
  for (const auto& [json, word] : cases) {
    const auto request = parse_request(json, Purpose::edit);
    ASSERT_FALSE(request.ok()) << json;
    EXPECT_NE(request.error().message.find(word), std::string::npos) << json << ": " << request.error().message;
  }
}

TEST(Protocol, WhatOpenAisClientsSendIsAccepted) {
  const auto request = parse_request(
      R"({"model":"dall-e-3","prompt":"a cat","n":1,"size":"1024x1024","quality":"hd","style":"vivid","response_format":"b64_json","user":"u"})");
  ASSERT_TRUE(request.ok()) << request.error().message;
  EXPECT_EQ(request->image.width, 1024);
  EXPECT_FALSE(request->image.steps.has_value());
  EXPECT_FALSE(parse_request(R"({"prompt":"x","size":"auto"})")->image.width.has_value());
}

TEST(Protocol, BadRequestsSayWhichMemberIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"n":1})", "prompt"},
      {R"({"prompt":"x","n":0})", "n"},
      {R"({"prompt":"x","n":1000})", "n"},
      {R"({"prompt":"x","size":"64"})", "size"},
      {R"({"prompt":"x","size":"64x-64"})", "size"},
      {R"({"prompt":"x","size":"64x99999"})", "size"},
      {R"({"prompt":"x","size":"x64"})", "size"},
      {R"({"prompt":"x","seed":-1})", "seed"},
      {R"({"prompt":"x","seed":1.5})", "seed"},
      {R"({"prompt":"x","steps":0})", "steps"},
      {R"({"prompt":"x","guidance_scale":1e9})", "guidance_scale"},
      {R"({"prompt":"x","response_format":"url"})", "response_format"},
      {R"({"prompt":"x","output_format":"gif"})", "output_format"},
      {R"({"prompt":"x","unheard_of":1})", "unheard_of"},
      {R"([1])", "object"},
      {R"({"prompt":)", ""},
  };
  for (const auto& [json, word] : cases) {
    const auto request = parse_request(json);
    ASSERT_FALSE(request.ok()) << json;
    EXPECT_EQ(request.error().kind, core::ErrorKind::invalid) << json;
    EXPECT_NE(request.error().message.find(word), std::string::npos) << json << ": " << request.error().message;
  }
}

TEST(Protocol, ARequestThatJsonCannotCarryIsRefusedBeforeItIsSent) {
  WireRequest request;
  request.image.prompt = "\xff";
  EXPECT_FALSE(write_request(request).ok());
  request.image.prompt = "x";
  request.image.seed = 1ull << 63;
  EXPECT_FALSE(write_request(request).ok());
}

TEST(Protocol, AnswersCarryPicturesInEveryFormat) {
  image::Image picture = image::blank(8, 4, 3);
  for (std::uint8_t& value : picture.pixels) value = 200;
  const std::vector<image::Image> images{picture, picture};
  for (const image::Format format : {image::Format::png, image::Format::jpeg, image::Format::webp}) {
    const auto back = parse_answer(write_answer(images, format, 12).value(), {2, 8, 4});
    ASSERT_TRUE(back.ok()) << back.error().message;
    ASSERT_EQ(back->size(), 2u);
    if (format == image::Format::png) {
      EXPECT_EQ(back->front(), picture);
    }
  }
}

TEST(Protocol, GreyAndTransparentAnswersBecomeRgb) {
  const std::vector<image::Image> images{image::blank(2, 2, 4), image::blank(2, 2, 1)};
  const auto back = parse_answer(write_answer(images, image::Format::png, 0).value(), {2, 2, 2});
  ASSERT_TRUE(back.ok());
  for (const image::Image& picture : *back) EXPECT_EQ(picture.channels, 3);
}

TEST(Protocol, ForeignTextIsCleanedForTheRecord) {
  EXPECT_EQ(clean_text("a\x1b[31mb\xff\xc3(\n\xC3\xA9", 100),
            "a [31mb?"
            "?(\n\xC3\xA9");
  EXPECT_EQ(clean_text(std::string(50, 'x') + "end", 3), "end");
  EXPECT_TRUE(codec::is_utf8(clean_text("\xF0\x9F\x8D\x8E\xF0\x9F\x8D\x8E", 6)));
  EXPECT_EQ(error_message(R"({"error":{"message":"no\u0001 good"}})"), "no  good");
  EXPECT_EQ(error_message("plain"), "plain");
}

}  // namespace
}  // namespace noonmark::runner
