#include <thread>

#include "edge/openai/api_fixture_for_tests.h"

namespace noonmark::openai {
namespace {

using namespace std::chrono_literals;
using codec::Json;

std::string wrapped(const std::string& body, const std::string& more = {}) {
  return R"({"path":"/v1/images/generations","body":)" + body + more + "}";
}

class JobsTest : public ApiTest {
 protected:
  http::Response begin(const std::string& body, const std::string& more = {}) {
    return ask("POST", "/v1/jobs", wrapped(body, more));
  }
  static Json json_of(const http::Response& response) { return codec::parse_json(response.body).value_or(Json()); }
  static std::string text(const Json& json, const char* name) {
    const Json* const member = json.find(name);
    return member == nullptr || !member->is_string() ? "" : member->as_string();
  }
};

TEST_F(JobsTest, AQuoteTellsThePriceAndNoWorkerSeesIt) {
  const http::Response told = ask("POST", "/v1/quotes", wrapped(R"({"prompt":"x","n":4,"size":"128x64","steps":40})"));
  EXPECT_EQ(told.status, 200);
  EXPECT_EQ(
      told.body,
      R"({"model":"quick","object":"quote","path":"/v1/images/generations","price":48,"price_per_unit":3,"units":16})");
  EXPECT_EQ(port_->last().body, "");
  const http::Response done = paint(R"({"prompt":"x","n":4,"size":"128x64","steps":40})");
  EXPECT_EQ(done.headers.find("x-noonmark-units"), "16") << "as quoted";
  for (const auto& [body, status, word_of_it] : {std::tuple{wrapped(R"({"prompt":7})"), 400, "prompt"},
                                                 {wrapped(R"({"prompt":"x","model":"none"})"), 404, "none"},
                                                 {wrapped(R"("x")"), 400, "body"},
                                                 {std::string(R"({"path":"/v1/models","body":{}})"), 400, "path"},
                                                 {std::string(R"({"path":"/v1/jobs","body":{}})"), 400, "path"},
                                                 {std::string(R"({"body":{}})"), 400, "path"},
                                                 {wrapped("{}", R"(,"webhook":"https://example.com")"), 400, "webhook"},
                                                 {std::string("[]"), 400, "object"}}) {
    const http::Response answer = ask("POST", "/v1/quotes", body);
    EXPECT_EQ(answer.status, status) << body;
    EXPECT_NE(word(answer, "message").find(word_of_it), std::string::npos) << answer.body;
  }
}

TEST_F(JobsTest, AJobIsAnsweredLaterToItsOwnCallerOnly) {
  const http::Response begun = begin(R"({"prompt":"sign","seed":7})");
  EXPECT_EQ(begun.status, 202);
  EXPECT_EQ(begun.headers.find("x-noonmark-seed"), "7");
  const std::string at = "/v1/jobs/" + text(json_of(begun), "id");
  const Json job = json_of(ask("GET", at));
  EXPECT_EQ(text(job, "status"), "done");
  EXPECT_EQ(*job.find("http_status"), Json(200));
  EXPECT_EQ(*job.find("answer"), Json::object({{"data", Json::array()}}));
  EXPECT_EQ(text(job, "receipt"), R"({"package":"aaaa"})");
  EXPECT_EQ(ask("GET", at, {}, "other").status, 404);
  EXPECT_EQ(ask("DELETE", at, {}, "other").status, 404);
  EXPECT_EQ(ask("GET", at, {}, "").status, 401);
  EXPECT_EQ(ask("GET", "/v1/jobs/none").status, 404);
  EXPECT_EQ(ask("POST", at, "{}").headers.find("Allow"), "GET, DELETE");
  EXPECT_EQ(ask("DELETE", at).status, 200);
  EXPECT_EQ(ask("GET", at).status, 404);
  EXPECT_TRUE(letters().empty());
}

TEST_F(JobsTest, AJobThatRunsIsCancelled) {
  const http::Response begun = begin(R"({"prompt":"hold"})", R"(,"webhook":"https://example.com/x")");
  const std::string at = "/v1/jobs/" + text(json_of(begun), "id");
  EXPECT_EQ(text(json_of(ask("GET", at)), "status"), "running");
  EXPECT_EQ(text(json_of(ask("DELETE", at)), "status"), "cancelled");
  EXPECT_EQ(port_->cancelled, 1);
  EXPECT_EQ(router_.models().at(0).busy, 0);
  EXPECT_EQ(text(json_of(ask("GET", at)), "status"), "cancelled");
  EXPECT_TRUE(letters().empty()) << "its caller knows";
}

TEST_F(JobsTest, AFailedJobHasTheErrorThatACallerWouldHaveGot) {
  const Json job = json_of(ask("GET", "/v1/jobs/" + text(json_of(begin(R"({"prompt":"break"})")), "id")));
  EXPECT_EQ(text(job, "status"), "failed");
  EXPECT_EQ(*job.find("http_status"), Json(503));
  EXPECT_EQ(text(*job.find("answer")->find("error"), "message"), "no memory");
}

TEST_F(JobsTest, AWebhookIsToldOfTheEnd) {
  const Json begun = json_of(begin(R"({"prompt":"x"})", R"(,"webhook":"https://example.com/x")"));
  ASSERT_EQ(letters().size(), 1u);
  const jobs::Letter letter = letters().front();
  EXPECT_EQ(letter.url, "https://example.com/x");
  EXPECT_EQ(letter.id, text(begun, "id"));
  EXPECT_EQ(letter.secret, text(begun, "webhook_secret"));
  EXPECT_EQ(letter.body, ask("GET", "/v1/jobs/" + letter.id).body) << "without the secret";
}

TEST_F(JobsTest, BadJobsAreRefusedBeforeTheyBegin) {
  for (const auto& [body, status, word_of_it] :
       {std::tuple{wrapped(R"({"prompt":7})"), 400, "prompt"},
        {wrapped(R"({"prompt":"x","stream":true})"), 400, "stream"},
        {wrapped(R"({"prompt":"x"})", R"(,"webhook":"http://example.com")"), 400, "https"},
        {wrapped(R"({"prompt":"x"})", R"(,"webhook":"file:///etc/passwd")"), 400, "https"},
        {wrapped(R"({"prompt":"x"})", R"(,"webhook":7)"), 400, "webhook"},
        {wrapped(R"({"prompt":"x"})", R"(,"webhook":"https://)" + std::string(3000, 'x') + '"'), 400, "webhook"},
        {wrapped(R"({"prompt":"x","model":"none"})"), 404, "none"},
        {std::string(R"({"path":"/v2","body":{}})"), 400, "path"}}) {
    const http::Response answer = ask("POST", "/v1/jobs", body);
    EXPECT_EQ(answer.status, status) << body;
    EXPECT_NE(word(answer, "message").find(word_of_it), std::string::npos) << answer.body;
  }
  EXPECT_EQ(port_->last().body, "");
  api_.drain();
  EXPECT_EQ(begin(R"({"prompt":"x"})").status, 503);
}

TEST_F(JobsTest, AJobThatIsSentTwiceIsDoneOnce) {
  http::Request request;
  request.method = "POST";
  request.target = "/v1/jobs";
  request.headers.add("Authorization", "Bearer secret");
  request.headers.add("Idempotency-Key", "mine");
  request.body = wrapped(R"({"prompt":"x"})");
  const http::Response first = client().send(request, 10s).value(), again = client().send(request, 10s).value();
  EXPECT_EQ(again.status, 202);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(again.headers.find("Idempotency-Replayed"), "true");
}

}  // namespace
}  // namespace noonmark::openai
