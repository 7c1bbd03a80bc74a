#include "edge/hub/hub_pages.h"

#include <gtest/gtest.h>

#include "base/codec/json.h"
#include "base/core/files.h"
#include "model/package/package.h"

namespace noonmark::hub {
namespace {

class HubPagesTest : public testing::Test {
 protected:
  /// A package with two files, under its digest.
  hash::Digest publish(const std::string& content) {
    const std::filesystem::path made = folder_.path() / "made";
    std::filesystem::remove_all(made);
    std::filesystem::create_directories(made / "unet");
    EXPECT_TRUE(core::write_file_atomic(made / "unet/model.onnx", content).ok());
    EXPECT_TRUE(core::write_file_atomic(made / "a b.txt", "spaced").ok());
    package::Description description;
    description.name = "quick";
    description.licence = "MIT";
    const package::Manifest manifest = package::describe_directory(made, description).value();
    EXPECT_TRUE(package::write_manifest(made, manifest).ok());
    const hash::Digest digest = package::content_digest(manifest);
    std::filesystem::create_directories(folder_.path() / "packages");
    std::filesystem::rename(made, folder_.path() / "packages" / digest.hex());
    return digest;
  }
  http::Response ask(std::string target, std::string range = {}, std::string method = "GET") {
    http::Request request;
    request.method = std::move(method);
    request.target = std::move(target);
    if (!range.empty()) request.headers.add("Range", std::move(range));
    return pages_.answer(request);
  }
  const core::TempDir folder_ = core::TempDir::create("hub").value();
  catalog::Catalog catalog_;
  HubPages pages_{folder_.path() / "packages", [this] { return catalog_; }};
};

TEST_F(HubPagesTest, TellsTheRepositoryAndItsFiles) {
  const hash::Digest digest = publish("weights");
  catalog_.put({"emoji", "text-to-image", digest, 1, "", 1});
  for (const char* target : {"/api/models/noonmark/emoji", "/api/models/noonmark/emoji/revision/main?blobs=true",
                             "/api/models/noonmark/emoji/revision/HEAD"}) {
    const auto json = codec::parse_json(ask(target).body).value();
    EXPECT_EQ(json.find("sha")->as_string(), digest.hex().substr(0, 40));
    EXPECT_EQ(json.find("siblings")->as_array().size(), 3u) << "with its manifest";
  }
  const auto top = codec::parse_json(ask("/api/models/noonmark/emoji/tree/main").body).value();
  std::map<std::string, std::string> kinds;
  for (const auto& one : top.as_array()) kinds[one.find("path")->as_string()] = one.find("type")->as_string();
  EXPECT_EQ(kinds, (std::map<std::string, std::string>{
                       {"a b.txt", "file"}, {"noonmark.json", "file"}, {"unet", "directory"}}));
  const auto all = codec::parse_json(ask("/api/models/noonmark/emoji/tree/main?recursive=true").body).value();
  EXPECT_EQ(all.as_array().size(), 4u);
  EXPECT_EQ(codec::parse_json(ask("/api/models/noonmark/emoji/tree/main/unet").body)->as_array().size(), 1u);
}

TEST_F(HubPagesTest, GivesFilesWholeAndInRanges) {
  const hash::Digest digest = publish("weights");
  catalog_.put({"emoji", "text-to-image", digest, 1, "", 1});
  const http::Response whole = ask("/noonmark/emoji/resolve/main/unet/model.onnx");
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(whole.body, "weights");
  EXPECT_EQ(whole.headers.find("ETag"), "\"" + hash::sha256("weights").hex() + "\"");
  EXPECT_EQ(whole.headers.find("X-Repo-Commit"), digest.hex().substr(0, 40));
  EXPECT_EQ(ask("/noonmark/emoji/resolve/main/unet/model.onnx", "bytes=2-4").body, "igh");
  EXPECT_EQ(ask("/noonmark/emoji/resolve/main/a%20b.txt").body, "spaced");
  EXPECT_EQ(ask("/noonmark/emoji/resolve/" + digest.hex().substr(0, 40) + "/a%20b.txt").status, 200);
}

TEST_F(HubPagesTest, AnEarlierPackageStaysAtItsCommit) {
  const hash::Digest old = publish("old weights"), fresh = publish("new weights");
  catalog_.put({"emoji", "text-to-image", fresh, 1, "", 1});
  EXPECT_EQ(ask("/noonmark/emoji/resolve/" + old.hex() + "/unet/model.onnx").body, "old weights");
  EXPECT_EQ(ask("/noonmark/emoji/resolve/main/unet/model.onnx").body, "new weights");
}

TEST_F(HubPagesTest, NothingElseIsGiven) {
  const hash::Digest digest = publish("weights");
  catalog_.put({"emoji", "text-to-image", digest, 1, "", 1});
  ASSERT_TRUE(core::write_file_atomic(folder_.path() / "packages" / digest.hex() / "secret", "x").ok());
  for (const char* target :
       {"/noonmark/other/resolve/main/a%20b.txt", "/noonmark/emoji/resolve/v2/a%20b.txt",
        "/noonmark/emoji/resolve/main/secret", "/noonmark/emoji/resolve/main/../../x",
        "/noonmark/emoji/resolve/main/%2e%2e/%2e%2e/x", "/noonmark/emoji", "/noonmark/emoji/resolve/main/",
        "/noonmark/emoji/blob/main/a%20b.txt", "/api/models/noonmark/",
        "/noonmark/emoji/resolve/0000000000000000000000000000000000000000/a%20b.txt",
        "/noonmark/emoji/resolve/main/%"}) {
    EXPECT_EQ(ask(target).status, 404) << target;
  }
  EXPECT_EQ(ask("/noonmark/emoji/resolve/main/a%20b.txt", "", "DELETE").status, 405);
}

}  // namespace
}  // namespace noonmark::hub
