#include "edge/openai/api.h"

#include <thread>

#include <gtest/gtest.h>

#include "base/codec/json.h"
#include "base/core/files.h"
#include "net/client/http_client.h"
#include "net/server/http_server.h"

namespace noonmark::openai {
namespace {

using namespace std::chrono_literals;
using job::Failure;

/// A worker that answers by the prompt, at once, on the caller's thread.
class PlayedPort final : public link::Port {
 public:
  const sign::AccountId& worker() const override { return account_; }
  std::vector<job::Offer> offers() const override {
    return {{"quick", "text-to-image", 1, std::string(64, 'a')}, {"talker", "chat", 1}};
  }
  void start(const job::Job& job, std::shared_ptr<job::Sink> sink) override {
    const std::lock_guard lock(mutex_);
    last_ = job;
    const codec::Json body = codec::parse_json(job.body).value();
    const codec::Json* const said =
        body.find("messages") == nullptr ? body.find("prompt") : body.find("messages")->as_array()[0].find("content");
    const std::string prompt = said == nullptr ? "" : said->as_string();
    if (prompt == "hold") return held_.push_back({job.id, std::move(sink)});
    if (prompt == "refuse") return fail(*sink, Failure::Kind::refused, "that size is not possible");
    if (prompt == "break") return fail(*sink, Failure::Kind::unable, "no memory");
    if (prompt == "late") return fail(*sink, Failure::Kind::timeout, "took too long");
    const bool streams = job.body.find("\"stream\":true") != std::string::npos;
    sink->on_head(200, streams ? "text/event-stream" : "application/json");
    sink->on_piece(streams ? "data: 1\n\n" : "{\"data\":");
    if (prompt == "half") return fail(*sink, Failure::Kind::lost, "the connection broke");
    sink->on_piece(streams ? "data: [DONE]\n\n" : "[]}");
    if (prompt == "sign") sink->on_receipt(R"({"package":"aaaa"})");
    sink->on_end(nullptr);
  }
  void wish(const std::vector<job::Wish>&) override {}
  void cancel(const job::JobId& id) override {
    std::shared_ptr<job::Sink> sink;
    {
      const std::lock_guard lock(mutex_);
      const auto found = std::ranges::find(held_, id, [](const auto& one) { return one.first; });
      if (found == held_.end()) return;
      sink = found->second;
      held_.erase(found);
    }
    ++cancelled;
    fail(*sink, Failure::Kind::cancelled, "gone");
  }
  job::Job last() {
    const std::lock_guard lock(mutex_);
    return last_;
  }
  bool holds() {
    const std::lock_guard lock(mutex_);
    return !held_.empty();
  }
  std::atomic<int> cancelled{0};

 private:
  static void fail(job::Sink& sink, Failure::Kind kind, const char* message) {
    const Failure failure{kind, message};
    sink.on_end(&failure);
  }
  sign::AccountId account_;
  std::mutex mutex_;
  job::Job last_;
  std::vector<std::pair<job::JobId, std::shared_ptr<job::Sink>>> held_;
};

class ApiTest : public testing::Test {
 protected:
  ApiTest() {
    EXPECT_TRUE(save_keys(folder_.path() / "keys.json",
                          {{"ann", hash::sha256("secret"), 600}, {"slow", hash::sha256("slow"), 1}})
                    .ok());
    EXPECT_TRUE(keys_.refresh().ok());
    router_.on_offers(port_);
    server_ = server::HttpServer::start(server::Endpoint::tcp("127.0.0.1", 0), [this](http::Request request,
                                                                                      server::Responder responder) {
                api_.answer(std::move(request), std::move(responder));
              }).value();
  }
  ~ApiTest() override { server_.reset(); }

  http::Response ask(const std::string& method, const std::string& target, std::string body = {},
                     const std::string& key = "secret") {
    http::Request request;
    request.method = method;
    request.target = target;
    request.headers.add("Content-Type", "application/json");
    if (!key.empty()) request.headers.add("Authorization", "Bearer " + key);
    request.body = std::move(body);
    return client().send(request, 10s).value();
  }
  client::HttpClient client() { return {client::Address::tcp("127.0.0.1", server_->port()), clock_}; }
  http::Response paint(const std::string& body) { return ask("POST", "/v1/images/generations", body); }
  static std::string word(const http::Response& response, const char* name) {
    const auto json = codec::parse_json(response.body);
    const codec::Json* const error = json.ok() ? json->find("error") : nullptr;
    const codec::Json* const member = error == nullptr ? nullptr : error->find(name);
    return member != nullptr && member->is_string() ? member->as_string() : "";
  }

  const core::TempDir folder_ = core::TempDir::create("api").value();
  core::SystemClock clock_;
  KeyRing keys_{folder_.path() / "keys.json", clock_};
  router::Router router_{clock_, 1};
  const std::shared_ptr<PlayedPort> port_ = std::make_shared<PlayedPort>();
  Api api_{clock_,
           router_,
           &keys_,
           [] { return std::size_t{1}; },
           all_kinds(),
           {{"/pages/models", [](const std::vector<router::Model>& all) { return codec::Json(all.size()); }}},
           {.request_time = 120s, .fidelity = [](const std::string&) { return std::optional(0.9); }}};
  std::unique_ptr<server::HttpServer> server_;
};

TEST_F(ApiTest, APictureIsAskedForAnewAndItsAnswerPassedOn) {
  const http::Response answer = paint(R"({"prompt":"a fox","model":"quick","size":"64x64","quality":"high","seed":7})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "{\"data\":[]}");
  EXPECT_EQ(answer.headers.find("Content-Type"), "application/json");
  EXPECT_EQ(answer.headers.find("x-noonmark-seed"), "7");
  const job::Job job = port_->last();
  EXPECT_EQ(job.model, "quick");
  EXPECT_EQ(job.path, "/v1/images/generations");
  const auto body = codec::parse_json(job.body).value();
  EXPECT_EQ(*body.find("seed"), codec::Json(7));
  EXPECT_EQ(body.find("quality"), nullptr) << "written anew: what means nothing is gone";
}

TEST_F(ApiTest, AnEditComesAsAFormOrAsJson) {
  http::Request form;
  form.method = "POST";
  form.target = "/v1/images/edits";
  form.headers.add("Authorization", "Bearer secret");
  form.headers.add("Content-Type", "multipart/form-data; boundary=b");
  const auto part = [](const std::string& field, const std::string& content) {
    return "--b\r\nContent-Disposition: form-data; name=" + field + "\r\n\r\n" + content + "\r\n";
  };
  const std::string picture = part("image; filename=a.png", "\x89PNG"), mask = part("mask", "black");
  form.body = part("prompt", "a fox") + part("n", "2") + part("strength", "0.5") + picture + mask + "--b--\r\n";
  EXPECT_EQ(client().send(form, 10s).value().status, 200);
  const auto body = codec::parse_json(port_->last().body).value();
  EXPECT_EQ(port_->last().path, "/v1/images/edits");
  EXPECT_EQ(*body.find("image"), codec::Json("iVBORw==")) << port_->last().body;
  EXPECT_EQ(*body.find("mask"), codec::Json("YmxhY2s="));
  EXPECT_EQ(*body.find("n"), codec::Json(2));
  EXPECT_EQ(*body.find("strength"), codec::Json(0.5));
  EXPECT_EQ(ask("POST", "/v1/images/edits", R"({"prompt":"a fox","image":"AAAA"})").status, 200);
  EXPECT_EQ(ask("POST", "/v1/images/variations", R"({"image":"AAAA"})").status, 200);

  for (const auto& [broken, word_of_it] : {std::pair{picture + picture, "more than one"},
                                           {part("prompt", "x") + part("prompt", "y"), "twice"},
                                           {part("prompt", "x"), "image"},
                                           {picture, "prompt"},
                                           {part("prompt", "x") + part("n", "many") + picture, "n"}}) {
    form.body = broken + "--b--\r\n";
    const http::Response answer = client().send(form, 10s).value();
    EXPECT_EQ(answer.status, 400) << broken;
    EXPECT_NE(word(answer, "message").find(word_of_it), std::string::npos) << answer.body;
  }
  form.body.resize(form.body.size() - 8);
  EXPECT_EQ(client().send(form, 10s).value().status, 400) << "cut short";
}

TEST_F(ApiTest, ATalkIsAskedForAnewAndItsAnswerPassedOn) {
  const std::string body = R"({"model":"talker","messages":[{"role":"user","content":"Hi"}],"temperature":0)";
  EXPECT_EQ(ask("POST", "/v1/chat/completions", body + "}").body, "{\"data\":[]}");
  EXPECT_EQ(port_->last().path, "/v1/chat/completions");
  EXPECT_EQ(port_->last().model, "talker");
  EXPECT_EQ(ask("POST", "/v1/chat/completions", body + ",\"stream\":true}").body, "data: 1\n\ndata: [DONE]\n\n");
  EXPECT_EQ(ask("POST", "/v1/completions", R"({"prompt":"Once"})").status, 200) << "the only one that writes";
  EXPECT_EQ(ask("POST", "/v1/chat/completions", body + ",\"wings\":2}").status, 400);
  EXPECT_EQ(
      ask("POST", "/v1/chat/completions", R"({"model":"quick","messages":[{"role":"user","content":"x"}]})").status,
      400);
}

TEST_F(ApiTest, AWorkersReceiptComesWithTheAnswer) {
  EXPECT_EQ(paint(R"({"prompt":"sign"})").headers.find("x-noonmark-receipt"), R"({"package":"aaaa"})");
  EXPECT_FALSE(paint(R"({"prompt":"none"})").headers.find("x-noonmark-receipt"));
  const http::Response stream = paint(R"({"prompt":"sign","stream":true})");
  EXPECT_EQ(stream.body, "data: 1\n\ndata: [DONE]\n\n: x-noonmark-receipt {\"package\":\"aaaa\"}\n\n");
}

TEST_F(ApiTest, ACallerPinsThePackageOrItsLeastFidelity) {
  EXPECT_EQ(paint(R"({"prompt":"x","model":"quick@aaaaaaaa"})").status, 200);
  EXPECT_EQ(port_->last().package, "aaaaaaaa");
  EXPECT_EQ(port_->last().model, "quick");
  for (const char* pin : {"quick@bbbbbbbb", "quick@aaaa", "quick@"}) {
    const http::Response answer = paint(R"({"prompt":"x","model":")" + std::string(pin) + "\"}");
    EXPECT_EQ(answer.status, std::string(pin).ends_with('@') ? 200 : 404) << pin;
  }
  http::Request request;
  request.method = "POST";
  request.target = "/v1/images/generations";
  request.headers.add("Authorization", "Bearer secret");
  request.body = R"({"prompt":"x"})";
  for (const auto& [least, status] : {std::pair{"0.85", 200}, {"0.95", 412}, {"2", 400}, {"much", 400}}) {
    request.headers.set("x-noonmark-min-fidelity", least);
    EXPECT_EQ(client().send(request, 10s).value().status, status) << least;
  }
  const auto listed = codec::parse_json(ask("GET", "/v1/models/quick").body).value();
  EXPECT_EQ(*listed.find("packages")->as_array()[0].find("fidelity"), codec::Json(0.9));
  EXPECT_EQ(ask("GET", "/pages/models").body, "2");
  EXPECT_EQ(ask("POST", "/pages/models", "{}").status, 405);
  EXPECT_EQ(ask("GET", "/pages/models", {}, "").status, 401);
}

TEST_F(ApiTest, WithoutASeedEachPictureIsAnotherAndCanBeMadeAgain) {
  const http::Response one = paint(R"({"prompt":"a fox"})"), other = paint(R"({"prompt":"a fox"})");
  EXPECT_NE(one.headers.find("x-noonmark-seed"), other.headers.find("x-noonmark-seed"));
}

TEST_F(ApiTest, AStreamIsPassedOnPieceByPiece) {
  const http::Response answer = paint(R"({"prompt":"a fox","stream":true})");
  EXPECT_EQ(answer.headers.find("Content-Type"), "text/event-stream");
  EXPECT_EQ(answer.body, "data: 1\n\ndata: [DONE]\n\n");
  EXPECT_TRUE(answer.headers.find("x-request-id"));
}

TEST_F(ApiTest, FailuresHaveTheirStatusAndWords) {
  for (const auto& [prompt, status, words] : {std::tuple{"refuse", 400, "size"},
                                              {"break", 503, "no memory"},
                                              {"late", 504, "too long"},
                                              {"half", 502, "broke"}}) {  // the only worker
    const http::Response answer = paint(R"({"prompt":")" + std::string(prompt) + R"("})");
    EXPECT_EQ(answer.status, status) << prompt;
    EXPECT_NE(word(answer, "message").find(words), std::string::npos) << answer.body;
  }
  const http::Response cut = paint(R"({"prompt":"half","stream":true})");
  EXPECT_EQ(cut.status, 200) << "it had begun";
  EXPECT_NE(cut.body.find("event: error\ndata: {\"error\""), std::string::npos) << cut.body;
}

TEST_F(ApiTest, BadRequestsNeverReachAWorker) {
  for (const char* body :
       {"", "[]", "{", R"({"prompt":7})", R"({"prompt":"x","n":0})", R"({"prompt":"x","colour":"red"})",
        R"({"prompt":"x","size":"9"})", "{\"prompt\":\"\xff\"}"}) {
    const http::Response answer = paint(body);
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_EQ(word(answer, "type"), "invalid_request_error");
  }
  const http::Response unknown = paint(R"({"prompt":"x","model":"none"})");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(word(unknown, "code"), "model_not_found");
  EXPECT_EQ(paint(R"({"prompt":"x","model":"talker"})").status, 400) << "it makes no pictures";
  EXPECT_EQ(port_->last().body, "");
}

TEST_F(ApiTest, AKeyIsNeededAndItsAllowanceTold) {
  EXPECT_EQ(word(ask("GET", "/v1/models", {}, ""), "code"), "invalid_api_key");
  EXPECT_EQ(ask("POST", "/v1/images/generations", "not even JSON", "wrong").status, 401);
  const http::Response first = ask("GET", "/v1/models", {}, "slow"), second = ask("GET", "/v1/models", {}, "slow");
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.headers.find("x-ratelimit-limit-requests"), "1");
  EXPECT_EQ(first.headers.find("x-ratelimit-remaining-requests"), "0");
  EXPECT_EQ(second.status, 429);
  EXPECT_EQ(second.headers.find("Retry-After"), "60");
  EXPECT_EQ(word(second, "code"), "rate_limit_exceeded");
}

TEST_F(ApiTest, ModelsAreListed) {
  const auto listed = codec::parse_json(ask("GET", "/v1/models").body).value();
  ASSERT_EQ(listed.find("data")->as_array().size(), 2u);
  EXPECT_EQ(*listed.find("data")->as_array()[0].find("id"), codec::Json("quick"));
  EXPECT_EQ(ask("GET", "/v1/models/quick").status, 200);
  EXPECT_EQ(ask("GET", "/v1/models/none").status, 404);
}

TEST_F(ApiTest, HealthAndFiguresNeedNoKey) {
  EXPECT_EQ(ask("GET", "/livez", {}, "").status, 200);
  EXPECT_EQ(ask("GET", "/readyz", {}, "").status, 200);
  paint(R"({"prompt":"a fox"})");
  const std::string figures = ask("GET", "/metrics", {}, "").body;
  for (const char* line :
       {"noonmark_workers 1\n", "noonmark_slots{model=\"quick\"} 1\n", "noonmark_jobs_total{outcome=\"answered\"} 1\n",
        "noonmark_requests_total{route=\"/v1/images/generations\",status=\"200\"} 1\n",
        "noonmark_request_seconds_count{route=\"/v1/images/generations\"} 1\n"}) {
    EXPECT_NE(figures.find(line), std::string::npos) << line << figures;
  }
  router_.on_gone(port_);
  EXPECT_EQ(ask("GET", "/readyz", {}, "").status, 503);
  EXPECT_EQ(paint(R"({"prompt":"a fox"})").status, 503);
}

TEST_F(ApiTest, ADrainingGatewayBeginsNothing) {
  api_.drain();
  EXPECT_EQ(paint(R"({"prompt":"a fox"})").status, 503);
  EXPECT_EQ(ask("GET", "/readyz", {}, "").status, 503);
  EXPECT_EQ(ask("GET", "/livez", {}, "").status, 200);
}

TEST_F(ApiTest, UnknownAddressesAndMethods) {
  EXPECT_EQ(ask("GET", "/").status, 404);
  EXPECT_EQ(ask("GET", "/v1/models/").status, 404);
  const http::Response wrong = ask("DELETE", "/v1/models");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.headers.find("Allow"), "GET");
  http::Request text;
  text.method = "POST";
  text.target = "/v1/images/generations";
  text.headers.add("Authorization", "Bearer secret");
  text.headers.add("Content-Type", "text/plain");
  text.body = R"({"prompt":"x"})";
  EXPECT_EQ(client().send(text, 10s).value().status, 415);
}

TEST_F(ApiTest, TheCallersRequestIdComesBackIfItIsSane) {
  http::Request request;
  request.target = "/livez";
  request.headers.add("x-request-id", "mine-1");
  EXPECT_EQ(client().send(request, 10s).value().headers.find("x-request-id"), "mine-1");
  request.headers.set("x-request-id", std::string(500, 'x'));
  EXPECT_EQ(client().send(request, 10s).value().headers.find("x-request-id")->substr(0, 4), "req_");
}

TEST_F(ApiTest, ACallersTraceNamesItsRequest) {
  http::Request request;
  request.target = "/livez";
  request.headers.add("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  EXPECT_EQ(client().send(request, 10s).value().headers.find("x-request-id"), "4bf92f3577b34da6a3ce929d0e0e4736");
  for (const char* broken : {"", "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "00-4BF9", "nonsense",
                             "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}) {
    request.headers.set("traceparent", broken);
    EXPECT_EQ(client().send(request, 10s).value().headers.find("x-request-id")->substr(0, 4), "req_") << broken;
  }
}

TEST_F(ApiTest, ARequestThatIsSentTwiceIsDoneOnce) {
  http::Request request;
  request.method = "POST";
  request.target = "/v1/images/generations";
  request.headers.add("Authorization", "Bearer secret");
  request.headers.add("Idempotency-Key", "mine");
  request.body = R"({"prompt":"x"})";
  const http::Response first = client().send(request, 10s).value();
  const job::JobId done = port_->last().id;
  const http::Response again = client().send(request, 10s).value();
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(again.headers.find("x-noonmark-seed"), first.headers.find("x-noonmark-seed"));
  EXPECT_EQ(again.headers.find("Idempotency-Replayed"), "true");
  EXPECT_EQ(port_->last().id, done) << "no worker has seen it";
  request.body = R"({"prompt":"y"})";
  EXPECT_EQ(client().send(request, 10s).value().status, 422);
  request.headers.set("Idempotency-Key", "fails");
  request.body = R"({"prompt":"break"})";
  EXPECT_EQ(client().send(request, 10s).value().status, 503);
  EXPECT_EQ(client().send(request, 10s).value().status, 503) << "what failed is tried again";
  request.headers.set("Idempotency-Key", "streams");
  request.body = R"({"prompt":"x","stream":true})";
  EXPECT_EQ(client().send(request, 10s).value().status, 200);
  EXPECT_FALSE(client().send(request, 10s).value().headers.find("Idempotency-Replayed"));
  request.headers.set("Idempotency-Key", std::string(256, 'k'));
  EXPECT_EQ(client().send(request, 10s).value().status, 400);
}

TEST_F(ApiTest, AJobWhoseCallerHasGoneIsCancelled) {
  client::HttpClient caller = client();
  http::Request request;
  request.method = "POST";
  request.target = "/v1/images/generations";
  request.headers.add("Authorization", "Bearer secret");
  request.body = R"({"prompt":"hold"})";
  EXPECT_FALSE(caller.send(request, 100ms).ok());
  caller.close();
  ASSERT_TRUE(port_->holds());
  for (int i = 0; i < 2000 && port_->cancelled == 0; ++i) {
    std::this_thread::sleep_for(5ms);
    api_.sweep();
  }
  EXPECT_EQ(port_->cancelled, 1);
  EXPECT_EQ(router_.models().at(0).busy, 0);
}

TEST_F(ApiTest, AFullQueueIsToldWithTheTimeToComeBack) {
  std::vector<std::jthread> callers;
  const auto hold = [&] {
    http::Request request;
    request.method = "POST";
    request.target = "/v1/images/generations";
    request.headers.add("Authorization", "Bearer secret");
    request.body = R"({"prompt":"hold"})";
    client::HttpClient caller = client();
    (void)caller.send(request, 3s);
  };
  const auto waiting = [&] { return router_.models().at(0).waiting; };
  for (int i = 0; i < 65; ++i) callers.emplace_back(hold);
  for (int i = 0; i < 2000 && waiting() < 64; ++i) std::this_thread::sleep_for(1ms);
  ASSERT_EQ(waiting(), 64);
  const http::Response full = paint(R"({"prompt":"one more"})");
  EXPECT_EQ(full.status, 429);
  EXPECT_EQ(word(full, "code"), "queue_full");
  EXPECT_TRUE(full.headers.find("Retry-After"));
}

}  // namespace
}  // namespace noonmark::openai
