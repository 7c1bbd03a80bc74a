#include "edge/source/fetch_package.h"

#include <atomic>
#include <map>
#include <mutex>

#include <gtest/gtest.h>

#include "base/core/files.h"
#include "net/server/http_server.h"

namespace noonmark::source {
namespace {

using core::ErrorKind;

core::SystemClock real_clock;
const std::string kCommit(40, 'c');

/// A hub with one repository, a/b, whose branch `main` is at kCommit.
class LocalHub {
 public:
  LocalHub() {
    server_ = server::HttpServer::start(server::Endpoint::tcp("127.0.0.1", 0), [this](http::Request request,
                                                                                      server::Responder responder) {
                const std::lock_guard lock(mutex_);
                asked_.push_back(std::string(request.path()));
                responder.respond(answer(request));
              }).value();
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }
  std::vector<std::string> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

  std::map<std::string, std::string> files;  // set before the first request
  bool tells_digests = true;
  std::string forge;  // also serves the files below this path, as a forge does

 private:
  http::Response answer(const http::Request& request) const {
    http::Response response;
    const std::string path(request.path()), prefix = "/a/b/resolve/" + kCommit + "/";
    if (path == "/api/models/a/b/revision/main" || path == "/api/models/a/b/revision/" + kCommit) {
      codec::Json siblings = codec::Json::array();
      for (const auto& [name, content] : files) {
        codec::Json item = codec::Json::object({{"rfilename", name}, {"size", std::uint64_t{content.size()}}});
        if (tells_digests && name.ends_with(".onnx")) {
          item["lfs"] =
              codec::Json::object({{"size", std::uint64_t{content.size()}}, {"sha256", hash::sha256(content).hex()}});
        }
        siblings.push_back(std::move(item));
      }
      response.body = codec::write_json(codec::Json::object(
          {{"sha", kCommit}, {"cardData", codec::Json::object({{"license", "mit"}})}, {"siblings", siblings}}));
      return response;
    }
    std::string name;
    for (const std::string& base : {prefix, forge}) {
      if (!base.empty() && path.starts_with(base)) name = path.substr(base.size());
    }
    const auto found = files.find(name);
    if (found == files.end()) {
      response.status = 404;
    } else {
      response.body = found->second;
    }
    return response;
  }

  mutable std::mutex mutex_;
  std::vector<std::string> asked_;
  std::unique_ptr<server::HttpServer> server_;
};

class FetchPackage : public testing::Test {
 protected:
  core::Result<Fetched> fetch(std::string_view source, const FetchLimits& limits = {}) {
    fetch::Policy policy;
    policy.use_proxy = false;
    policy.attempts = 1;
    fetch::Fetcher fetcher(real_clock, policy);
    return fetch_package(TRY(parse_source(source)), fetcher, real_clock, target, {hub.url(), ""}, limits);
  }
  /// The files of a small package with its manifest.
  std::map<std::string, std::string> package_files() const {
    package::Unpacked unpacked;
    unpacked.manifest.name = "small";
    unpacked.manifest.version = "1.0.0";
    unpacked.manifest.task = "text-to-image";
    unpacked.manifest.description = "A package for tests.";
    unpacked.manifest.licence = "MIT";
    unpacked.manifest.files.push_back({"unet/model.onnx", 5, hash::sha256("graph")});
    return {{"noonmark.json", package::manifest_text(unpacked.manifest)}, {"unet/model.onnx", "graph"}};
  }

  LocalHub hub;
  core::TempDir directory = core::TempDir::create("noonmark-source").value();
  std::filesystem::path target = directory.path() / "package";
};

TEST_F(FetchPackage, TakesAPackageFromAHubPinnedToItsCommit) {
  hub.files = package_files();
  hub.files["README.md"] = "not part of it";
  const auto fetched = fetch("hf:a/b");
  ASSERT_TRUE(fetched.ok()) << fetched.error().message;
  EXPECT_EQ(to_text(fetched->pinned), "hf:a/b@" + kCommit);
  EXPECT_EQ(fetched->package.manifest().name, "small");
  EXPECT_EQ(fetched->package.read_text("unet/model.onnx").value(), "graph");
  EXPECT_FALSE(std::filesystem::exists(target / "README.md"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory.path()), {}), 1) << "nothing is left beside it";
}

TEST_F(FetchPackage, DescribesAForeignExport) {
  hub.files = {{"model_index.json", "{}"},
               {"unet/model.onnx", "graph"},
               {"unet/config.json", "{}"},
               {"unet/diffusion.safetensors", "x"}};
  const auto fetched = fetch("hf:a/b@" + kCommit);
  ASSERT_TRUE(fetched.ok()) << fetched.error().message;
  EXPECT_EQ(fetched->package.manifest().name, "b");
  EXPECT_EQ(fetched->package.manifest().licence, "mit");
  EXPECT_EQ(fetched->package.manifest().files.size(), 3u);
  EXPECT_EQ(fetch("hf:a/b").error().kind, ErrorKind::conflict) << "the target is taken";
}

TEST_F(FetchPackage, KeepsWhatHasArrivedForTheNextRun) {
  hub.files = package_files();
  hub.files.erase("unet/model.onnx");
  EXPECT_EQ(fetch("hf:a/b").error().kind, ErrorKind::not_found);
  hub.files = package_files();
  ASSERT_TRUE(fetch("hf:a/b").ok());
  const auto asked = hub.asked();
  EXPECT_EQ(std::ranges::count(asked, "/a/b/resolve/" + kCommit + "/noonmark.json"), 1);
}

TEST_F(FetchPackage, RefusesWhatTheManifestDoesNotSay) {
  hub.files = package_files();
  hub.files["unet/model.onnx"] = "Graph";
  hub.tells_digests = false;
  EXPECT_EQ(fetch("hf:a/b").error().kind, ErrorKind::corrupt);
  EXPECT_FALSE(std::filesystem::exists(target));
}

TEST_F(FetchPackage, RefusesPathsThatClimbAndSizesBeyondLimits) {
  hub.files = package_files();
  FetchLimits limits;
  limits.archive.package.total_bytes = 4;
  EXPECT_FALSE(fetch("hf:a/b", limits).ok());
  hub.files["../../outside"] = "x";
  EXPECT_EQ(fetch("hf:a/b").error().kind, ErrorKind::invalid);
  EXPECT_FALSE(std::filesystem::exists(target));
}

TEST_F(FetchPackage, TakesAGitTagFromEveryForge) {
  const std::string source = "git+" + hub.url() + "/o/r.git@v1.0";
  EXPECT_EQ(fetch(source).error().kind, ErrorKind::not_found);
  hub.files = package_files();
  for (const char* form : {"/o/r/raw/refs/tags/v1.0/", "/o/r/media/tag/v1.0/", "/o/r/-/raw/v1.0/"}) {
    hub.forge = form;
    const auto fetched = fetch(source);
    ASSERT_TRUE(fetched.ok()) << form << ": " << fetched.error().message;
    EXPECT_EQ(to_text(fetched->pinned), "git+" + hub.url() + "/o/r@v1.0");
    EXPECT_EQ(fetched->package.read_text("unet/model.onnx").value(), "graph");
    std::filesystem::remove_all(target);
  }
}

TEST_F(FetchPackage, AGitTagThatWasMovedGivesNothing) {
  hub.forge = "/o/r/raw/refs/tags/v1/";
  hub.files = package_files();
  hub.files["unet/model.onnx"] = "Graph";
  EXPECT_EQ(fetch("git+" + hub.url() + "/o/r@v1").error().kind, ErrorKind::corrupt);
  hub.files["noonmark.json"] = "<html>sign in</html>";
  EXPECT_FALSE(fetch("git+" + hub.url() + "/o/r@v1").ok());
  EXPECT_FALSE(std::filesystem::exists(target));
}

TEST_F(FetchPackage, TakesAnArchiveWithItsDigest) {
  package::Unpacked unpacked;
  unpacked.manifest = package::parse_manifest(package_files()["noonmark.json"]).value();
  unpacked.files["unet/model.onnx"] = {'g', 'r', 'a', 'p', 'h'};
  const core::Bytes packed = package::pack_bytes(unpacked).value();
  hub.files["p.tar.zst"] = core::as_text(packed);
  const std::string url = hub.url() + "/a/b/resolve/" + kCommit + "/p.tar.zst";
  EXPECT_EQ(fetch(url + "#sha256=" + std::string(64, '0')).error().kind, ErrorKind::corrupt);
  EXPECT_EQ(fetch(hub.url() + "/nowhere").error().kind, ErrorKind::not_found);
  const auto fetched = fetch(url);
  ASSERT_TRUE(fetched.ok()) << fetched.error().message;
  EXPECT_EQ(to_text(fetched->pinned), url + "#sha256=" + hash::sha256(packed).hex());
  EXPECT_EQ(fetched->package.read_text("unet/model.onnx").value(), "graph");
}

}  // namespace
}  // namespace noonmark::source
