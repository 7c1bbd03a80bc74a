#include "edge/miner/package_store.h"

#include <gtest/gtest.h>

#include "base/core/files.h"
#include "base/core/random.h"
#include "net/client/http_client.h"

namespace noonmark::miner {
namespace {

using namespace std::chrono_literals;

class Store : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(core::write_file_atomic(folder_.path() / name_, "0123456789").ok());
    ASSERT_TRUE(core::write_file_atomic(folder_.path() / "secret.txt", "secret").ok());
  }
  http::Response ask(std::string target, const std::vector<http::Header>& headers = {}) const {
    http::Request request;
    request.target = std::move(target);
    for (const auto& [name, value] : headers) request.headers.add(name, value);
    return answer_from(folder_.path(), request);
  }

  core::TempDir folder_ = core::TempDir::create("store").value();
  const std::string name_ = std::string(64, 'a') + ".tar.zst";
};

TEST_F(Store, GivesWholePackagesAndRanges) {
  EXPECT_EQ(ask("/" + name_).body, "0123456789");
  const std::vector<std::tuple<std::string, int, std::string, std::string>> cases = {
      {"bytes=2-4", 206, "234", "bytes 2-4/10"},
      {"bytes=7-", 206, "789", "bytes 7-9/10"},
      {"bytes=-3", 206, "789", "bytes 7-9/10"},
      {"bytes=0-99", 206, "0123456789", "bytes 0-9/10"},
      {"bytes=-99", 206, "0123456789", "bytes 0-9/10"},
      {"bytes=10-", 416, "", "bytes */10"},
      {"bytes=-0", 416, "", "bytes */10"}};
  for (const auto& [range, status, body, content_range] : cases) {
    const http::Response response = ask("/" + name_, {{"Range", range}});
    EXPECT_EQ(response.status, status) << range;
    EXPECT_EQ(response.body, body) << range;
    EXPECT_EQ(response.headers.find("Content-Range"), content_range) << range;
  }
  for (const char* passed_over : {"bytes=4-2", "bytes=1-2,4-5", "lines=1-2", "bytes=", "bytes=x-", "bytes=1--2"}) {
    EXPECT_EQ(ask("/" + name_, {{"Range", passed_over}}).status, 200) << passed_over;
  }
}

TEST_F(Store, ARangeOfAnotherVersionGetsTheWholeFile) {
  const std::string tag(*ask("/" + name_).headers.find("ETag"));
  EXPECT_EQ(ask("/" + name_, {{"Range", "bytes=2-4"}, {"If-Range", tag}}).status, 206);
  EXPECT_EQ(ask("/" + name_, {{"Range", "bytes=2-4"}, {"If-Range", "\"other\""}}).body, "0123456789");
}

TEST_F(Store, NothingElseIsGivenAway) {
  std::filesystem::create_symlink("/etc/passwd", folder_.path() / (std::string(64, 'b') + ".tar.zst"));
  for (const std::string& target :
       {std::string("/"), std::string("/secret.txt"), "/../" + name_, "/%2e%2e/" + name_, "//" + name_,
        "/" + std::string(64, 'b') + ".tar.zst", "/" + std::string(64, 'c') + ".tar.zst", std::string("/etc/passwd")}) {
    EXPECT_EQ(ask(target).status, 404) << target;
  }
  http::Request request;
  request.method = "DELETE";
  request.target = "/" + name_;
  EXPECT_EQ(answer_from(folder_.path(), request).status, 405);
}

TEST_F(Store, HostileRangesNeverReadBeyondTheFile) {
  core::Philox random(1);
  for (int i = 0; i < 5000; ++i) {
    std::string range = "bytes=";
    for (std::uint64_t n = random.below(24); n > 0; --n) range += "0123456789-, "[random.below(13)];
    const http::Response response = ask("/" + name_, {{"Range", range}});
    EXPECT_LE(response.body.size(), 10U);
    EXPECT_TRUE(response.status == 200 || response.status == 206 || response.status == 416);
  }
}

TEST_F(Store, AnswersOverTheNetwork) {
  PackageStore store(folder_.path());
  auto server = server::HttpServer::start(server::Endpoint::tcp("127.0.0.1", 0), store.handler()).value();
  core::SystemClock clock;
  client::HttpClient client(client::Address::tcp("127.0.0.1", server->port()), clock);
  http::Request request;
  request.target = "/" + name_;
  EXPECT_EQ(client.send(request, 5s).value().body, "0123456789");
  request.headers.add("Range", "bytes=5-");
  EXPECT_EQ(client.send(request, 5s).value().body, "56789");
  server->stop(1s);
}

}  // namespace
}  // namespace noonmark::miner
