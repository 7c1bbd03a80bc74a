#include "edge/jobs/jobs.h"

#include <gtest/gtest.h>

#include "base/codec/json.h"

namespace noonmark::jobs {
namespace {

using namespace std::chrono_literals;

TEST(Jobs, AJobBelongsToItsCaller) {
  core::FakeClock clock;
  Jobs jobs(clock);
  const Job begun = jobs.begin("a", "ann", "/v1/x", "");
  EXPECT_EQ(begun.secret, "");
  EXPECT_EQ(write_job(begun), R"({"created":0,"id":"a","object":"job","path":"/v1/x","status":"running"})");
  EXPECT_FALSE(jobs.find("a", "bob"));
  EXPECT_FALSE(jobs.drop("a", "bob"));
  EXPECT_EQ(jobs.find("a", "ann")->status, Status::running);
  clock.advance(3s);
  const auto ended = jobs.finish("a", 200, R"({"data":[]})");
  ASSERT_TRUE(ended);
  EXPECT_EQ(write_job(*ended),
            R"({"created":0,"ended":3,"http_status":200,"id":"a","object":"job","path":"/v1/x","status":"done",)"
            R"("answer":{"data":[]}})");
  EXPECT_FALSE(jobs.finish("a", 200, "{}")) << "it ends once";
  EXPECT_FALSE(jobs.drop("a", "ann")->was_running);
  EXPECT_FALSE(jobs.find("a", "ann")) << "what has ended is forgotten when it is dropped";
  EXPECT_FALSE(jobs.finish("unknown", 200, "{}"));
}

TEST(Jobs, WhatIsCancelledStaysCancelled) {
  core::FakeClock clock;
  Jobs jobs(clock);
  jobs.begin("a", "ann", "/v1/x", "");
  EXPECT_TRUE(jobs.drop("a", "ann")->was_running);
  EXPECT_FALSE(jobs.finish("a", 200, "{}")) << "the answer came too late";
  EXPECT_EQ(jobs.find("a", "ann")->status, Status::cancelled);
  EXPECT_FALSE(jobs.drop("a", "ann")->was_running);
}

TEST(Jobs, AFailureHasItsStatusAndAnAnswerThatIsNoJsonIsOne) {
  core::FakeClock clock;
  Jobs jobs(clock);
  jobs.begin("a", "ann", "/v1/x", "https://example.com");
  jobs.begin("b", "ann", "/v1/x", "");
  EXPECT_EQ(jobs.finish("a", 503, R"({"error":{}})")->status, Status::failed);
  const auto broken = jobs.finish("b", 200, R"({"data":)");
  EXPECT_EQ(broken->http_status, 502);
  EXPECT_EQ(broken->answer, "");
  for (const char* id : {"a", "b"}) EXPECT_TRUE(codec::parse_json(write_job(*jobs.find(id, "ann"))).ok());
}

TEST(Jobs, ASecretIsForOneWebhookAndToldOnce) {
  core::FakeClock clock;
  Jobs jobs(clock);
  const Job one = jobs.begin("a", "ann", "/v1/x", "https://example.com"),
            other = jobs.begin("b", "ann", "/v1/x", "https://example.com");
  EXPECT_EQ(one.secret.substr(0, 6), "whsec_");
  EXPECT_NE(one.secret, other.secret);
  EXPECT_NE(write_job(one, true).find(one.secret), std::string::npos);
  EXPECT_EQ(write_job(one).find(one.secret), std::string::npos);
}

TEST(Jobs, MemoryIsBoundedByNumberBytesAndTime) {
  core::FakeClock clock;
  Jobs jobs(clock, {3, 100, 3, 100, 60s});
  const auto done = [&](const std::string& id, std::size_t bytes) {
    jobs.begin(id, "ann", "/v1/x", "");
    jobs.finish(id, 200, '"' + std::string(bytes - 2, 'x') + '"');
  };
  const auto kept = [&](const std::string& id) { return jobs.find(id, "ann").has_value(); };
  jobs.begin("runs", "ann", "/v1/x", "");
  for (const char* id : {"a", "b", "c", "d"}) done(id, 10);
  EXPECT_FALSE(kept("a"));
  EXPECT_TRUE(kept("b"));
  done("e", 85);
  EXPECT_FALSE(kept("b") || kept("c"));
  EXPECT_TRUE(kept("d") && kept("e"));
  done("huge", 101);
  EXPECT_FALSE(kept("huge") || kept("e")) << "larger than everything: not kept";
  done("f", 10);
  clock.advance(59s);
  EXPECT_TRUE(kept("f"));
  clock.advance(1s);
  EXPECT_FALSE(kept("f"));
  EXPECT_TRUE(kept("runs")) << "what runs stays";
}

TEST(Jobs, WhoMakesManyLosesItsOwn) {
  core::FakeClock clock;
  Jobs jobs(clock, {100, 1000, 2, 50, 60s});
  const auto done = [&](const std::string& id, const std::string& caller, std::size_t bytes) {
    jobs.begin(id, caller, "/v1/x", "");
    jobs.finish(id, 200, '"' + std::string(bytes - 2, 'x') + '"');
  };
  done("b", "bob", 10);
  for (int i = 0; i < 50; ++i) done(std::to_string(i), "ann", 10);
  EXPECT_TRUE(jobs.find("b", "bob"));
  EXPECT_TRUE(jobs.find("48", "ann") && jobs.find("49", "ann"));
  EXPECT_FALSE(jobs.find("47", "ann"));
  done("large", "ann", 45);
  EXPECT_FALSE(jobs.find("49", "ann"));
  EXPECT_TRUE(jobs.find("large", "ann") && jobs.find("b", "bob"));
}

}  // namespace
}  // namespace noonmark::jobs
