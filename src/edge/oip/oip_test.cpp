#include "edge/oip/oip.h"

#include <gtest/gtest.h>

#include "base/codec/json.h"

namespace noonmark::oip {
namespace {

using codec::Json;

core::Result<openai::Order> ask(const std::string& body, const std::string& header = {}) {
  http::Request request;
  request.method = "POST";
  request.target = "/v2/models/quick/infer";
  if (!header.empty()) request.headers.add(header, "10");
  request.body = body;
  return kinds().front().read(request);
}

std::string input(const std::string& name, const std::string& datatype, const std::string& data,
                  const std::string& shape = "[1]") {
  return R"({"name":")" + name + R"(","shape":)" + shape + R"(,"datatype":")" + datatype + R"(","data":)" + data + "}";
}
std::string request(const std::string& inputs, const std::string& more = {}) {
  return R"({"inputs":[)" + inputs + "]" + more + "}";
}
const std::string kPrompt = input("prompt", "BYTES", R"(["a fox"])");

TEST(OpenInference, InputsBecomeAJobAndItsAnswerOutputs) {
  const auto order = ask(request(kPrompt + "," + input("seed", "INT64", "[[7]]", "[1,1]") + "," +
                                     input("steps", "UINT32", "[40]") + "," + input("guidance_scale", "FP32", "[2.5]") +
                                     "," + input("negative_prompt", "BYTES", R"(["dog"])"),
                                 R"(,"id":"42","outputs":[{"name":"image"}],"parameters":{})"));
  ASSERT_TRUE(order.ok()) << order.error().message;
  EXPECT_EQ(order->model, "quick");
  EXPECT_EQ(order->units, 2);
  const Json job = codec::parse_json(order->write("quick").value()).value();
  EXPECT_EQ(*job.find("prompt"), Json("a fox"));
  EXPECT_EQ(*job.find("negative_prompt"), Json("dog"));
  EXPECT_EQ(*job.find("seed"), Json(7));
  EXPECT_EQ(*job.find("steps"), Json(40));
  EXPECT_EQ(*job.find("guidance_scale"), Json(2.5));
  EXPECT_EQ(
      order->translate(R"({"data":[{"b64_json":"AA=="}]})").value(),
      R"({"id":"42","model_name":"quick","outputs":[{"data":["AA=="],"datatype":"BYTES","name":"image","shape":[1]}]})");
  EXPECT_FALSE(order->translate("{}").ok());
  EXPECT_FALSE(order->translate(R"({"data":[{}]})").ok());
}

TEST(OpenInference, WithoutASeedEachPictureIsAnother) {
  EXPECT_NE(ask(request(kPrompt))->fields.find("x-noonmark-seed"),
            ask(request(kPrompt))->fields.find("x-noonmark-seed"));
}

TEST(OpenInference, WhatIsWrongIsNamed) {
  const std::pair<std::string, const char*> cases[] = {
      {"[]", "object"},
      {"{}", "inputs"},
      {R"({"inputs":[7]})", "inputs[0]"},
      {request(""), "prompt"},
      {request(kPrompt + "," + kPrompt), "twice"},
      {request(kPrompt + "," + input("wings", "BYTES", R"(["x"])")), "no input"},
      {request(input("prompt", "FP32", "[1]")), "BYTES"},
      {request(input("prompt", "BYTES", "[7]")), "prompt"},
      {request(input("prompt", "BYTES", R"(["a","b"])", "[2]")), "one element"},
      {request(input("prompt", "BYTES", R"(["a"])", "[2]")), "one element"},
      {request(input("prompt", "BYTES", "[]", "[0]")), "one element"},
      {request(kPrompt + "," + input("seed", "INT64", "[-1]")), "seed"},
      {request(kPrompt + "," + input("steps", "INT64", "[100000]")), "steps"},
      {request(kPrompt, R"(,"outputs":[{"name":"text"}])"), "outputs"},
      {request(kPrompt, R"(,"wings":2)"), "wings"},
  };
  for (const auto& [body, word] : cases) {
    const auto order = ask(body);
    ASSERT_FALSE(order.ok()) << body;
    EXPECT_NE(order.error().message.find(word), std::string::npos) << body << ": " << order.error().message;
  }
  EXPECT_EQ(ask(request(kPrompt), "Inference-Header-Content-Length").error().kind, core::ErrorKind::usage);
}

TEST(OpenInference, PagesTellWhatIsReady) {
  const std::vector<router::Model> all = {{"quick", "text-to-image", 2, 1, 3, {std::string(64, 'a')}},
                                          {"words", "chat", 1, 0, 0, {}}};
  const http::Request request;
  const std::vector<openai::Page> every = pages();
  const auto look = [&](std::string_view path, std::string_view name, bool ready = true) {
    const http::Response response =
        std::ranges::find(every, path, &openai::Page::path)->tell({all, ready, name, request});
    return std::pair(response.status, codec::parse_json(response.body).value());
  };
  EXPECT_EQ(look("/v2/health/live", "", false).first, 200);
  EXPECT_EQ(look("/v2/health/ready", "").first, 200);
  EXPECT_EQ(look("/v2/health/ready", "", false).first, 400);
  EXPECT_EQ(*look("/v2", "").second.find("name"), Json("noonmark"));
  EXPECT_EQ(*look("/v2/models/*/ready", "quick").second.find("ready"), Json(true));
  EXPECT_EQ(look("/v2/models/*/ready", "words").first, 404) << "it makes no pictures";
  const auto [status, model] = look("/v2/models/*", "quick");
  EXPECT_EQ(status, 200);
  EXPECT_EQ(model.find("inputs")->as_array().size(), 5u);
  EXPECT_EQ(model.find("versions")->as_array()[0], Json(std::string(64, 'a')));
}

}  // namespace
}  // namespace noonmark::oip
