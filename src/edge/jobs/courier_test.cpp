#include "edge/jobs/courier.h"

#include <gtest/gtest.h>

#include "net/server/http_server.h"

namespace noonmark::jobs {
namespace {

using namespace std::chrono_literals;

/// A caller's server, which answers with the statuses given, then with 200.
class Receiver {
 public:
  explicit Receiver(std::vector<int> statuses = {}) : statuses_(std::move(statuses)) {
    server_ = server::HttpServer::start(server::Endpoint::tcp("127.0.0.1", 0), [this](http::Request request,
                                                                                      server::Responder responder) {
                const std::lock_guard lock(mutex_);
                http::Response response;
                if (seen_.size() < statuses_.size()) response.status = statuses_[seen_.size()];
                response.headers.add("Location", "/elsewhere");
                seen_.push_back(std::move(request));
                responder.respond(std::move(response));
              }).value();
  }
  Letter letter() const {
    return {"http://127.0.0.1:" + std::to_string(server_->port()) + "/x", "7", "whsec_a2V5", "{}"};
  }
  std::vector<http::Request> seen() {
    const std::lock_guard lock(mutex_);
    return seen_;
  }

 private:
  const std::vector<int> statuses_;
  std::mutex mutex_;
  std::vector<http::Request> seen_;
  std::unique_ptr<server::HttpServer> server_;
};

class CourierTest : public testing::Test {
 protected:
  static Courier::Settings settings() {
    Courier::Settings settings;
    settings.tries = 3;
    settings.pause = 5ms;
    settings.anywhere = true;
    return settings;
  }
  void wait_for(const Courier& courier) {
    for (int i = 0; i < 5000 && courier.waiting() > 0; ++i) clock_.sleep_for(1ms);
    EXPECT_EQ(courier.waiting(), 0u);
  }
  std::string said() {
    const std::lock_guard lock(mutex_);
    return said_;
  }

  core::SystemClock clock_;
  std::mutex mutex_;
  std::string said_;
  telemetry::Log log_{[this](std::string_view line) {
                        const std::lock_guard lock(mutex_);
                        said_ += line;
                      },
                      telemetry::Level::info, clock_};
};

// Of the specification's library for Python, with the same secret, name, time and content.
TEST(Courier, SignsAsStandardWebhooksDo) {
  const Letter letter{"", "msg_p5jXN8AQM9LWM0D4loKWxJek", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                      R"({"test": 2432232314})"};
  EXPECT_EQ(signature_of(letter, 1614265330), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST_F(CourierTest, BringsALetterAndSignsIt) {
  Receiver receiver;
  Courier courier(clock_, log_, settings());
  courier.post(receiver.letter());
  wait_for(courier);
  ASSERT_EQ(receiver.seen().size(), 1u);
  const http::Request got = receiver.seen().front();
  EXPECT_EQ(got.method, "POST");
  EXPECT_EQ(got.target, "/x");
  EXPECT_EQ(got.body, "{}");
  EXPECT_EQ(got.headers.find("webhook-id"), "7");
  const std::string seconds(got.headers.find("webhook-timestamp").value_or("0"));
  EXPECT_EQ(got.headers.find("webhook-signature"), signature_of(receiver.letter(), std::stoll(seconds)));
}

TEST_F(CourierTest, TriesAgainAndGivesUp) {
  Receiver recovers({500, 429}), fails({500, 404, 302, 200});
  Courier courier(clock_, log_, settings());
  courier.post(recovers.letter());
  courier.post(fails.letter());
  wait_for(courier);
  EXPECT_EQ(recovers.seen().size(), 3u);
  EXPECT_EQ(fails.seen().size(), 3u) << "and no redirection is followed";
  EXPECT_NE(said().find("was not delivered"), std::string::npos);
}

TEST_F(CourierTest, GoesToNoPrivateAddress) {
  Receiver receiver;
  Courier::Settings strict = settings();
  strict.anywhere = false;
  Courier courier(clock_, log_, strict);
  courier.post(receiver.letter());
  Letter letter = receiver.letter();
  for (const char* url : {"https://127.0.0.1:9/", "https://localhost:9/", "https://[::1]:9/", "https://10.0.0.1/",
                          "https://169.254.169.254/latest/meta-data", "file:///etc/passwd"}) {
    letter.url = url;
    courier.post(letter);
  }
  wait_for(courier);
  EXPECT_TRUE(receiver.seen().empty());
}

TEST_F(CourierTest, TooMuchIsLeftOutAndTheEndDoesNotWait) {
  Courier::Settings few = settings();
  few.letters = 2;
  few.pause = 1h;
  Courier courier(clock_, log_, few);
  const Letter lost{"http://127.0.0.1:1/", "7", "whsec_a2V5", "{}"};
  for (int i = 0; i < 3; ++i) courier.post(lost);
  EXPECT_EQ(courier.waiting(), 2u);
  EXPECT_NE(said().find("too many wait"), std::string::npos);
}

}  // namespace
}  // namespace noonmark::jobs
