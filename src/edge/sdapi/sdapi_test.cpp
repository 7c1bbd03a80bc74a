#include "edge/sdapi/sdapi.h"

#include <gtest/gtest.h>

#include "base/codec/json.h"

namespace noonmark::sdapi {
namespace {

using codec::Json;

core::Result<openai::Order> ask(const std::string& path, const std::string& body) {
  http::Request request;
  request.method = "POST";
  request.target = path;
  request.body = body;
  for (const openai::Kind& kind : kinds()) {
    if (kind.path == path) return kind.read(request);
  }
  return core::not_found(path);
}

Json job_of(const openai::Order& order) { return codec::parse_json(order.write("m").value()).value(); }

constexpr const char* kText = "/sdapi/v1/txt2img";
constexpr const char* kImage = "/sdapi/v1/img2img";

TEST(Sdapi, WhatItsClientsSendBecomesAJob) {
  const auto order = ask(kText, R"({"prompt":"a cat","negative_prompt":"dog","steps":20,"cfg_scale":7.5,"width":64,
      "height":64,"seed":5,"batch_size":2,"n_iter":2,"sampler_name":"Euler a","enable_hr":false,"styles":[],
      "override_settings":{"sd_model_checkpoint":"quick [abc]"},"alwayson_scripts":{},"denoising_strength":0,
      "restore_faces":false,"tiling":false,"s_churn":0,"save_images":false,"script_name":null})");
  ASSERT_TRUE(order.ok()) << order.error().message;
  EXPECT_EQ(order->model, "quick");
  const Json job = job_of(*order);
  EXPECT_EQ(*job.find("n"), Json(4));
  EXPECT_EQ(*job.find("seed"), Json(5));
  EXPECT_EQ(*job.find("size"), Json("64x64"));
  EXPECT_EQ(*job.find("guidance_scale"), Json(7.5));
  const Json answer =
      codec::parse_json(order->translate(R"({"data":[{"b64_json":"AA"},{"b64_json":"BB"}]})").value()).value();
  EXPECT_EQ(answer.find("images")->as_array().size(), 2u);
  const Json info = codec::parse_json(answer.find("info")->as_string()).value();
  EXPECT_EQ(info.find("all_seeds")->as_array().at(1), Json(6));
  EXPECT_FALSE(order->translate("{}").ok());
  EXPECT_FALSE(order->translate("nonsense").ok());
}

TEST(Sdapi, WithoutASeedOrWithMinusOneItIsDrawn) {
  const auto one = ask(kText, R"({"prompt":"x","seed":-1})"), other = ask(kText, R"({"prompt":"x"})");
  EXPECT_NE(*job_of(*one).find("seed"), *job_of(*other).find("seed"));
}

TEST(Sdapi, AnImageBeginsWithAnImage) {
  const auto order = ask(kImage, R"({"prompt":"x","init_images":["data:image/png;base64,AAAA"],"mask":"BBBB",
      "inpainting_mask_invert":1,"denoising_strength":0.5,"mask_blur":4,"resize_mode":0})");
  ASSERT_TRUE(order.ok()) << order.error().message;
  const Json job = job_of(*order);
  EXPECT_EQ(*job.find("image"), Json("AAAA"));
  EXPECT_EQ(*job.find("mask"), Json("BBBB"));
  EXPECT_EQ(*job.find("mask_rule"), Json("black_is_painted"));
  EXPECT_EQ(*job.find("strength"), Json(0.5));
}

TEST(Sdapi, WhatIsNotHereIsRefusedByName) {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {kText, "[]", "object"},
      {kText, R"({"prompt":7})", "prompt"},
      {kText, R"({"enable_hr":true})", "enable_hr"},
      {kText, R"({"alwayson_scripts":{"controlnet":{}}})", "alwayson_scripts"},
      {kText, R"({"sampler_name":"Magic"})", "sampler_name"},
      {kText, R"({"width":64})", "width"},
      {kText, R"({"batch_size":64,"n_iter":64})", "n_iter"},
      {kText, R"({"wings":2})", "wings"},
      {kText, R"({"init_images":["AAAA"]})", "init_images"},
      {kImage, R"({"prompt":"x"})", "init_images"},
      {kImage, R"({"init_images":["no base64"]})", "image"},
      {kImage, R"({"init_images":["AAAA"],"denoising_strength":2})", "denoising_strength"},
  };
  for (const auto& [path, body, word] : cases) {
    const auto order = ask(path, body);
    ASSERT_FALSE(order.ok()) << body;
    EXPECT_NE(order.error().message.find(word), std::string::npos) << body << ": " << order.error().message;
  }
}

TEST(Sdapi, PagesTellOfModelsThatMakePictures) {
  const std::vector<router::Model> all = {{"quick", "text-to-image", 2, 1, 3, {std::string(64, 'a')}},
                                          {"words", "chat", 1, 0, 0, {}}};
  std::map<std::string_view, Json> seen;
  for (const openai::Page& page : pages()) seen[page.path] = page.tell(all);
  EXPECT_EQ(seen.at("/sdapi/v1/sd-models").as_array().size(), 1u);
  EXPECT_EQ(*seen.at("/sdapi/v1/options").find("sd_model_checkpoint"), Json("quick [aaaaaaaaaa]"));
  EXPECT_EQ(*seen.at("/sdapi/v1/progress").find("state")->find("job_count"), Json(4));
  EXPECT_GT(seen.at("/sdapi/v1/samplers").as_array().size(), 5u);
}

}  // namespace
}  // namespace noonmark::sdapi
