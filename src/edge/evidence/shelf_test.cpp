#include "edge/evidence/shelf.h"

#include <gtest/gtest.h>

#include "edge/evidence/internal/testing/day_world.h"

namespace noonmark::evidence {
namespace {

class ShelfTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    world_ = std::make_unique<DayWorld>();
    world_->hold(*world_->validators[0]);
  }
  static void TearDownTestSuite() { world_.reset(); }

  http::Response ask(std::string target, http::Headers headers = {}, std::string method = "GET") {
    http::Request request;
    request.method = std::move(method);
    request.target = std::move(target);
    request.headers = std::move(headers);
    return shelf().answer(request);
  }
  Shelf& shelf() { return world_->validators[0]->shelf; }
  const std::string& sealed() { return world_->validators[0]->sealed; }
  std::string path() { return "/evidence/" + hash::sha256(sealed()).hex(); }

  static std::unique_ptr<DayWorld> world_;
};
std::unique_ptr<DayWorld> ShelfTest::world_;

TEST_F(ShelfTest, GivesABlobThatMayBeKeptForEver) {
  const http::Response response = ask(path());
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, sealed());
  EXPECT_EQ(response.headers.find("Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(response.headers.find("ETag"), "\"" + hash::sha256(sealed()).hex() + "\"");
  EXPECT_EQ(ask(path(), {}, "HEAD").body, sealed());  // the server sends its length only
}

TEST_F(ShelfTest, GivesTheLatestBundleOfAContest) {
  const http::Response response = ask("/evidence/latest/small");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, sealed());
  EXPECT_EQ(response.headers.find("Cache-Control"), "no-cache");
  EXPECT_EQ(ask("/evidence/latest/other").status, 404);
  EXPECT_EQ(ask("/evidence/latest/../small").status, 404);
}

TEST_F(ShelfTest, GivesRanges) {
  const std::string size = std::to_string(sealed().size());
  http::Response response = ask(path(), {{"Range", "bytes=10-19"}});
  EXPECT_EQ(response.status, 206);
  EXPECT_EQ(response.body, sealed().substr(10, 10));
  EXPECT_EQ(response.headers.find("Content-Range"), "bytes 10-19/" + size);
  EXPECT_EQ(ask(path(), {{"Range", "bytes=-5"}}).body, sealed().substr(sealed().size() - 5));
  EXPECT_EQ(ask(path(), {{"Range", "bytes=7-"}}).body, sealed().substr(7));
  response = ask(path(), {{"Range", "bytes=" + size + "-"}});
  EXPECT_EQ(response.status, 416);
  EXPECT_EQ(response.headers.find("Content-Range"), "bytes */" + size);
  EXPECT_EQ(ask(path(), {{"Range", "bytes=0-1"}, {"If-Range", "\"other\""}}).status, 200);
  EXPECT_EQ(ask(path(), {{"If-None-Match", "\"" + hash::sha256(sealed()).hex() + "\""}}).status, 304);
}

TEST_F(ShelfTest, ReadsRangesStrictly) {
  EXPECT_EQ(parse_range("bytes=0-0", 10)->end, 1u);
  EXPECT_EQ(parse_range("bytes=3-99", 10)->end, 10u);
  EXPECT_EQ(parse_range("bytes=-99", 10)->begin, 0u);
  EXPECT_FALSE(parse_range("bytes=-0", 10)->satisfiable);
  EXPECT_FALSE(parse_range("bytes=0-", 0)->satisfiable);
  for (const char* field : {"bytes=5-4", "bytes=0-1,3-4", "items=0-1", "bytes=", "bytes=-", "bytes=a-b", "bytes= 1-2",
                            "bytes=99999999999999999999-", "bytes=-1-2", "0-1"}) {
    EXPECT_FALSE(parse_range(field, 10)) << field;
  }
}

TEST_F(ShelfTest, RefusesEverythingElse) {
  EXPECT_EQ(ask("/").status, 404);
  EXPECT_EQ(ask("/evidence/").status, 404);
  EXPECT_EQ(ask("/evidence/" + hash::sha256("nothing").hex()).status, 404);
  EXPECT_EQ(ask("/evidence/sha256:" + hash::sha256(sealed()).hex()).status, 404);
  EXPECT_EQ(ask("/evidence/../../etc/passwd").status, 404);
  EXPECT_EQ(ask(path(), {}, "POST").status, 405);
}

TEST_F(ShelfTest, PublishesOnlyWhatIsComplete) {
  const core::TempDir folder = core::TempDir::create("shelf").value();
  blobs::MemoryStore empty;
  Shelf other(empty, folder.path());
  EXPECT_EQ(other.publish(sealed()).error().kind, core::ErrorKind::not_found);
  EXPECT_FALSE(other.publish("{}").ok());
  EXPECT_EQ(shelf().publish(sealed()).value(), hash::sha256(sealed()));
}

}  // namespace
}  // namespace noonmark::evidence
