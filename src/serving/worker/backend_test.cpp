#include <thread>

#include <gtest/gtest.h>

#include "net/server/http_server.h"
#include "serving/worker/fake_answer_for_tests.h"
#include "serving/worker/http_backend.h"

namespace noonmark::worker {
namespace {

using namespace std::chrono_literals;
using Kind = job::Failure::Kind;

http::Response says(int status, std::string body, std::string type = "application/json") {
  http::Response response;
  response.status = status;
  response.headers.add("Content-Type", std::move(type));
  response.body = std::move(body);
  return response;
}

/// A server with OpenAI's API; the request's body says how it is to behave.
class Server {
 public:
  Server() {
    server_ = server::HttpServer::start(server::Endpoint::tcp("127.0.0.1", 0), [this](http::Request request,
                                                                                      server::Responder responder) {
                answer(request, std::move(responder));
              }).value();
  }
  ~Server() {
    held_.clear();
    server_.reset();
  }
  client::Address address() const { return client::Address::tcp("127.0.0.1", server_->port()); }

 private:
  void answer(const http::Request& request, server::Responder responder) {
    if (request.target == "/v1/models")
      return responder.respond(says(200, R"({"data":[{"id":"one"},{"id":"two"},7]})"));
    if (request.body == "stream") {
      responder.begin_stream(200, {{"Content-Type", "text/event-stream"}});
      responder.write("data: 1\n\n");
      responder.write("data: 2\n\n");
      return responder.finish();
    }
    if (request.body == "hang") {
      responder.begin_stream(200, {{"Content-Type", "text/event-stream"}});
      responder.write("data: begun\n\n");
      held_.push_back(std::move(responder));
      return;
    }
    if (request.body == "drop") return;
    if (request.body == "odd") return responder.respond(says(200, "x", "text/\xc3\xa9"));
    const int status = request.body.empty() ? 200 : std::atoi(request.body.c_str());
    responder.respond(status == 200 ? says(200, request.target) : http::error_response(status, "because"));
  }
  std::vector<server::Responder> held_;
  std::unique_ptr<server::HttpServer> server_;
};

class HttpBackendTest : public testing::Test {
 protected:
  std::shared_ptr<FakeAnswer> ask(std::string body, std::string path = "/v1/chat/completions", core::Nanos time = 20s) {
    auto answer = std::make_shared<FakeAnswer>();
    backend_.answer({job::random_job_id(), "m", std::move(path), std::move(body), time}, *answer);
    EXPECT_EQ(answer->ends_, 1);
    return answer;
  }
  core::SystemClock clock_;
  Server server_;
  HttpBackend backend_{server_.address(), {"m", "chat", 2}, clock_};
};

TEST_F(HttpBackendTest, AWholeAnswerComesAsItIs) {
  const auto answer = ask("");
  EXPECT_EQ(answer->status_, 200);
  EXPECT_EQ(answer->type_, "application/json");
  EXPECT_EQ(answer->body_, "/v1/chat/completions");
  EXPECT_FALSE(answer->failure_);
}

TEST_F(HttpBackendTest, AStreamComesAsItIs) {
  const auto answer = ask("stream");
  EXPECT_EQ(answer->type_, "text/event-stream");
  EXPECT_EQ(answer->body_, "data: 1\n\ndata: 2\n\n");
}

TEST_F(HttpBackendTest, StatusesBecomeFailures) {
  for (const auto& [status, kind] : {std::pair{400, Kind::refused},
                                     {413, Kind::refused},
                                     {422, Kind::refused},
                                     {429, Kind::busy},
                                     {503, Kind::busy},
                                     {401, Kind::unable},
                                     {404, Kind::unable},
                                     {500, Kind::unable},
                                     {504, Kind::unable}}) {
    const auto answer = ask(std::to_string(status));
    EXPECT_EQ(answer->failure_.value().kind, kind) << status;
    EXPECT_EQ(answer->failure_->message, "because");
    EXPECT_EQ(answer->status_, 0) << "nothing of it reaches the caller";
  }
}

TEST_F(HttpBackendTest, AContentTypeThatNoHeaderMayHaveIsReplaced) {
  EXPECT_EQ(ask("odd")->type_, "application/octet-stream");
}

TEST_F(HttpBackendTest, ACancelledJobIsLeft) {
  FakeAnswer answer;
  std::jthread working([&] { backend_.answer({job::random_job_id(), "m", "/v1/completions", "hang", 60s}, answer); });
  ASSERT_TRUE(answer.has_pieces(1));
  answer.cancel();
  working.join();
  EXPECT_EQ(answer.failure_.value().kind, Kind::cancelled);
}

TEST_F(HttpBackendTest, TimeIsKept) {
  EXPECT_EQ(ask("hang", "/v1/completions", 50ms)->failure_.value().kind, Kind::timeout);
}

TEST_F(HttpBackendTest, AnAnswerThatNeverComesIsAFailure) {
  EXPECT_EQ(ask("drop")->failure_.value().kind, Kind::unable) << "the server's own 500";
}

TEST_F(HttpBackendTest, OnlyPathsOfTheApiAreReached) {
  for (const char* path : {"/", "/admin", "/v1/models", "/v1/chat/completions/../../admin", "/v1/files"}) {
    EXPECT_EQ(ask("", path)->failure_.value().kind, Kind::refused) << path;
  }
}

TEST_F(HttpBackendTest, WhatItServesIsGivenOrAsked) {
  EXPECT_EQ(backend_.offers().value(), (std::vector<job::Offer>{{"m", "chat", 2}}));
  HttpBackend asking(server_.address(), {"", "chat", 1}, clock_);
  EXPECT_EQ(asking.offers().value(), (std::vector<job::Offer>{{"one", "chat", 1}, {"two", "chat", 1}}));
  HttpBackend nobody(client::Address::tcp("127.0.0.1", 1), {"", "chat", 1}, clock_);
  EXPECT_EQ(nobody.offers().error().kind, core::ErrorKind::unavailable);
}

}  // namespace
}  // namespace noonmark::worker
