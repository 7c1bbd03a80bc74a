#include "trial/runner/serve.h"

#include <thread>

#include <gtest/gtest.h>

#include "base/codec/json.h"
#include "base/codec/text.h"
#include "base/core/files.h"
#include "net/client/http_client.h"
#include "trial/runner/image_skill.h"

namespace noonmark::runner {
namespace {

using namespace std::chrono_literals;

class CountingPipeline final : public pipelines::Pipeline {
 public:
  core::Result<std::vector<image::Image>> generate(const pipelines::ImageRequest& request,
                                                   const pipelines::OnProgress& on_progress) override {
    last = request;
    if (request.prompt == "bad") return core::invalid("this prompt is refused");
    for (int step = 1; step <= request.steps.value_or(3); ++step) {
      if (!on_progress({step, request.steps.value_or(3)})) {
        cancelled++;
        return core::cancelled("cancelled");
      }
      std::this_thread::sleep_for(1ms);
    }
    return std::vector<image::Image>(static_cast<std::size_t>(request.n),
                                     image::blank(request.width.value_or(16), request.height.value_or(16), 3));
  }
  std::atomic<int> cancelled{0};
  pipelines::ImageRequest last;
};

struct Running {
  Running() {
    directory.emplace(core::TempDir::create("noonmark-serve").value());
    path = directory->path() / "socket";
    listener = server::open_listener(server::Endpoint::unix_path(path)).value();
    thread = std::thread([this] {
      EXPECT_TRUE(serve(skill, server::Endpoint::listening(listener.release()), {"tiny", 2}, clock, stop).ok());
    });
  }
  ~Running() {
    stop = true;
    thread.join();
  }
  const pipelines::ImageRequest& seen() const { return pipeline.last; }
  http::Response ask(const char* method, std::string_view target, std::string body = {}) {
    http::Request request;
    request.method = method;
    request.target = target;
    request.body = std::move(body);
    client::HttpClient client(client::Address::unix_path(path), clock);
    return client.send(request, 20s).value();
  }
  core::SystemClock clock;
  std::optional<core::TempDir> directory;
  std::filesystem::path path;
  core::UniqueFd listener;
  std::unique_ptr<CountingPipeline> owned = std::make_unique<CountingPipeline>();
  CountingPipeline& pipeline = *owned;
  ImageSkill skill{std::move(owned), clock};
  std::atomic<bool> stop{false};
  std::thread thread;
};

TEST(Serve, AnswersHealthModelsAndPictures) {
  Running running;
  EXPECT_EQ(running.ask("GET", kHealthPath).body, R"({"status":"ok"})");
  const auto models = codec::parse_json(running.ask("GET", kModelsPath).body);
  ASSERT_TRUE(models.ok());
  EXPECT_EQ(models->find("data")->as_array().at(0).find("id")->as_string(), "tiny");
  const http::Response answer = running.ask("POST", kImagesPath, R"({"prompt":"x","n":2,"size":"8x8"})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(parse_answer(answer.body, {2, 8, 8}).ok());
}

TEST(Serve, SaysWhatIsWrongInOpenAisShape) {
  Running running;
  EXPECT_EQ(running.ask("POST", kImagesPath, "{").status, 400);
  EXPECT_EQ(running.ask("GET", kImagesPath).status, 405);
  EXPECT_EQ(running.ask("GET", kImagesPath).headers.find("allow"), "POST");
  EXPECT_EQ(running.ask("POST", kHealthPath, "x").status, 405);
  EXPECT_EQ(running.ask("GET", "/elsewhere").status, 404);
  const http::Response refused = running.ask("POST", kImagesPath, R"({"prompt":"bad"})");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(error_message(refused.body), "this prompt is refused");
  EXPECT_EQ(running.ask("POST", kImagesPath, std::string(kMaxPictureRequestBytes + 1, ' ')).status, 413);
}

TEST(Serve, StreamsProgressAndThenTheAnswer) {
  Running running;
  const http::Response response = running.ask("POST", kImagesPath, R"({"prompt":"x","steps":2,"stream":true})");
  EXPECT_EQ(response.headers.find("content-type"), "text/event-stream");
  const std::string& body = response.body;
  EXPECT_EQ(body.rfind("data: {\"step\":1,\"steps\":2,\"type\":\"image_generation.progress\"}\n\ndata: {\"step\":2", 0),
            0u)
      << body.substr(0, 200);
  constexpr std::string_view kEvent = "event: image_generation.completed\ndata: ";
  const std::size_t completed = body.find(kEvent) + kEvent.size();
  const auto event =
      codec::parse_json(std::string_view(body).substr(completed, body.find("\n\n", completed) - completed));
  ASSERT_TRUE(event.ok()) << body;
  EXPECT_EQ(*event->find("type"), codec::Json("image_generation.completed"));
  EXPECT_EQ(*event->find("size"), codec::Json("16x16"));
  const auto png = codec::parse_base64(event->find("b64_json")->as_string());
  ASSERT_TRUE(png.ok());
  EXPECT_TRUE(image::decode(*png, {}).ok());
  EXPECT_EQ(body.substr(body.size() - kLastEvent.size()), kLastEvent);
}

TEST(Serve, EditsTakePicturesAndTheirMasks) {
  Running running;
  image::Image picture = image::blank(8, 8, 4), mask = image::blank(8, 8, 3);
  const std::string file = codec::base64(image::encode_png(picture).value());
  const std::string black = codec::base64(image::encode_png(mask).value());
  const std::string body = R"({"prompt":"mask","strength":0.5,"image":"data:image/png;base64,)" + file + "\"";
  EXPECT_EQ(running.ask("POST", kEditsPath, body + "}").status, 200);
  EXPECT_EQ(running.seen().picture->width, 8);
  EXPECT_EQ(running.seen().mask->pixels[0], 255) << "transparent is painted anew";
  EXPECT_EQ(running.seen().strength, 0.5);
  EXPECT_EQ(running.ask("POST", kEditsPath, body + ",\"mask\":\"" + black + "\",\"expand\":{\"left\":3}}").status, 200);
  EXPECT_EQ(running.seen().mask->channels, 3) << "black is kept";
  EXPECT_EQ(running.seen().expand.left, 3);
  for (const auto& [rule, value] : {std::pair{"white_is_painted", 0}, {"black_is_painted", 255}}) {
    const std::string with = body + ",\"mask\":\"" + black + "\",\"mask_rule\":\"" + rule + "\"}";
    EXPECT_EQ(running.ask("POST", kEditsPath, with).status, 200);
    EXPECT_EQ(running.seen().mask->pixels[0], value) << rule;
  }
  EXPECT_EQ(running.ask("POST", kVariationsPath, R"({"image":")" + file + "\"}").status, 200);
  EXPECT_EQ(error_message(running.ask("POST", kEditsPath, R"({"prompt":"x","image":"AAAA"})").body).substr(0, 9),
            "the image");
  std::string broken = file;
  broken[30] = broken[30] == 'A' ? 'B' : 'A';
  EXPECT_EQ(running.ask("POST", kEditsPath, R"({"prompt":"x","image":")" + broken + "\"}").status, 400)
      << "a broken picture is the caller's mistake";
}

TEST(Serve, StopsWorkingForACallerWhoHungUp) {
  Running running;
  http::Request request;
  request.method = "POST";
  request.target = kImagesPath;
  request.body = R"({"prompt":"x","steps":9000})";
  client::HttpClient client(client::Address::unix_path(running.path), running.clock);
  EXPECT_EQ(client.send(request, 20ms).error().kind, core::ErrorKind::timeout);
  client.close();
  for (int i = 0; i < 500 && running.pipeline.cancelled == 0; ++i) std::this_thread::sleep_for(10ms);
  EXPECT_EQ(running.pipeline.cancelled, 1);
}

}  // namespace
}  // namespace noonmark::runner
