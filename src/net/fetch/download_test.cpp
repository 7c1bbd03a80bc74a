#include <thread>

#include <gtest/gtest.h>

#include "base/core/files.h"
#include "net/fetch/fetch.h"
#include "net/server/http_server.h"

namespace noonmark::fetch {
namespace {

using core::ErrorKind;

core::SystemClock real_clock;

/// A file server that can break off, change the file, and ignore or misread ranges.
class Shelf {
 public:
  Shelf() : content_(200'000, '\0') {
    for (std::size_t i = 0; i < content_.size(); ++i) content_[i] = static_cast<char>(i * 7 + i / 251);
    server_ = server::HttpServer::start(server::Endpoint::tcp("127.0.0.1", 0), [this](http::Request request,
                                                                                      server::Responder responder) {
                serve(request, responder);
              }).value();
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()) + "/model.onnx"; }
  const std::string& content() const { return content_; }
  void change() {
    content_[0] ^= 1;
    tag = "\"second\"";
  }

  std::string tag = "\"first\"";
  std::atomic<std::size_t> breaks_after{0};  // 0: never; else bytes of one answer, once
  std::atomic<bool> always_breaks{false}, ignores_ranges{false}, misreads_ranges{false};
  std::vector<std::string> ranges;

 private:
  void serve(const http::Request& request, server::Responder responder) {
    const std::string range(request.headers.find("Range").value_or(""));
    ranges.push_back(range);
    std::size_t from = 0;
    const auto condition = request.headers.find("If-Range");
    if (!range.empty() && !ignores_ranges && (!condition || *condition == tag)) {
      from = std::stoul(range.substr(range.find('=') + 1));
      if (misreads_ranges) ++from;
      if (from >= content_.size()) {
        http::Response unsatisfiable;
        unsatisfiable.status = 416;
        return responder.respond(unsatisfiable);
      }
    }
    http::Headers headers{{"ETag", tag}};
    if (from > 0) {
      headers.add("Content-Range", "bytes " + std::to_string(from) + "-" + std::to_string(content_.size() - 1) + "/" +
                                       std::to_string(content_.size()));
    }
    responder.begin_stream(from > 0 ? 206 : 200, headers);
    const std::size_t limit = breaks_after;
    if (limit == 0) {
      responder.write(std::string_view(content_).substr(from));
      return responder.finish();
    }
    responder.write(std::string_view(content_).substr(from, limit));
    if (!always_breaks) breaks_after = 0;
    // The last handle goes away in the middle of a stream, once the bytes are out: the server cuts the connection.
    std::thread([responder] { std::this_thread::sleep_for(std::chrono::milliseconds(50)); }).detach();
  }

  std::string content_;
  std::unique_ptr<server::HttpServer> server_;
};

class Download : public testing::Test {
 protected:
  Download() {
    policy.use_proxy = false;
    policy.pause = std::chrono::milliseconds(1);
    wanted.url = shelf.url();
    wanted.file = directory.path() / "model.onnx";
    wanted.sha256 = hash::sha256(shelf.content());
    wanted.size = shelf.content().size();
  }
  core::Result<Downloaded> download(const Bounds& bounds = {}, const Fetcher::Progress& progress = {}) {
    return Fetcher(real_clock, policy).download(wanted, bounds, progress);
  }
  std::string fetched() const { return core::read_text(wanted.file, 1u << 20).value(); }
  bool exists(std::string_view ending) const {
    return std::filesystem::exists(wanted.file.string() + std::string(ending));
  }

  Shelf shelf;
  core::TempDir directory = core::TempDir::create("noonmark-download").value();
  Policy policy;
  Wanted wanted;
};

TEST_F(Download, WritesTheFileOnceItIsWholeAndRight) {
  std::uint64_t last = 0;
  const auto done = download({}, [&](std::uint64_t bytes, std::uint64_t total) {
    EXPECT_GE(bytes, last);
    EXPECT_EQ(total, shelf.content().size());
    last = bytes;
  });
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_EQ(done->bytes, shelf.content().size());
  EXPECT_EQ(done->sha256, hash::sha256(shelf.content()));
  EXPECT_EQ(done->resumed_at, 0u);
  EXPECT_EQ(last, shelf.content().size());
  EXPECT_EQ(fetched(), shelf.content());
  EXPECT_FALSE(exists(".part") || exists(".part.etag"));
}

TEST_F(Download, ResumesAfterABreakWithinOneCall) {
  shelf.breaks_after = 150'000;
  const auto done = download();
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_GT(done->resumed_at, 0u);
  EXPECT_EQ(shelf.ranges, (std::vector<std::string>{"", "bytes=" + std::to_string(done->resumed_at) + "-"}));
  EXPECT_EQ(fetched(), shelf.content());
}

TEST_F(Download, ResumesInALaterRunByTheTagAlone) {
  wanted.sha256.reset();
  wanted.size.reset();
  policy.attempts = 1;
  shelf.breaks_after = 150'000;
  EXPECT_EQ(download().error().kind, ErrorKind::unavailable);
  EXPECT_TRUE(exists(".part"));
  const auto done = download();
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_GT(done->resumed_at, 0u);
  EXPECT_EQ(fetched(), shelf.content());
}

TEST_F(Download, StartsAnewWhenTheFileHasChangedMeanwhile) {
  wanted.sha256.reset();
  policy.attempts = 1;
  shelf.breaks_after = 150'000;
  EXPECT_EQ(download().error().kind, ErrorKind::unavailable);
  shelf.change();
  const auto done = download();
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_EQ(done->resumed_at, 0u);
  EXPECT_EQ(fetched(), shelf.content());
}

TEST_F(Download, StartsAnewWithoutAStrongTagOrADigest) {
  shelf.tag = "W/\"weak\"";
  wanted.sha256.reset();
  shelf.breaks_after = 150'000;
  const auto done = download();
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_EQ(shelf.ranges, (std::vector<std::string>{"", ""}));
}

TEST_F(Download, TakesAWholeAnswerToARange) {
  shelf.breaks_after = 150'000;
  shelf.ignores_ranges = true;
  ASSERT_TRUE(download().ok());
  EXPECT_EQ(fetched(), shelf.content());
}

TEST_F(Download, RefusesAnotherRangeThanItAskedFor) {
  shelf.breaks_after = 150'000;
  shelf.misreads_ranges = true;
  EXPECT_EQ(download().error().kind, ErrorKind::unavailable);
  EXPECT_FALSE(exists(""));
}

TEST_F(Download, BadBytesFromAnEarlierRunCostOneMoreRound) {
  ASSERT_TRUE(core::write_file_atomic(wanted.file.string() + ".part", std::string(1000, 'x')).ok());
  const auto done = download();
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_EQ(done->resumed_at, 0u);
  EXPECT_EQ(fetched(), shelf.content());
}

TEST_F(Download, BytesBeyondTheEndCostOneMoreRound) {
  ASSERT_TRUE(core::write_file_atomic(wanted.file.string() + ".part", std::string(300'000, 'x')).ok());
  ASSERT_TRUE(download().ok());
  EXPECT_EQ(fetched(), shelf.content());
}

TEST_F(Download, WhatWasCompleteButNotRenamedIsNotFetchedAgain) {
  ASSERT_TRUE(core::write_file_atomic(wanted.file.string() + ".part", shelf.content()).ok());
  ASSERT_TRUE(download().ok());
  EXPECT_TRUE(shelf.ranges.empty());
  EXPECT_EQ(fetched(), shelf.content());
}

TEST_F(Download, RefusesAnotherContent) {
  wanted.sha256 = hash::sha256("something else");
  const auto refused = download();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::corrupt);
  EXPECT_NE(refused.error().message.find(wanted.sha256->hex()), std::string::npos);
  EXPECT_FALSE(exists("") || exists(".part"));
}

TEST_F(Download, RefusesAnotherOrTooGreatASize) {
  wanted.size = shelf.content().size() - 1;
  EXPECT_EQ(download().error().kind, ErrorKind::exhausted);
  wanted.size = shelf.content().size() + 1;
  EXPECT_EQ(download().error().kind, ErrorKind::unavailable) << "it ends too early, as after a break";
  wanted.size.reset();
  EXPECT_EQ(download({.max_bytes = shelf.content().size() - 1}).error().kind, ErrorKind::exhausted);
  EXPECT_TRUE(download({.max_bytes = shelf.content().size()}).ok());
}

TEST_F(Download, GivesUpAfterAFewTries) {
  shelf.breaks_after = 1;
  shelf.always_breaks = true;
  EXPECT_EQ(download().error().kind, ErrorKind::unavailable);
  EXPECT_EQ(shelf.ranges.size(), 4u);
}

}  // namespace
}  // namespace noonmark::fetch
