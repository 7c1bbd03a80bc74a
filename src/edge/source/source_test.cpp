#include "edge/source/source.h"

#include <gtest/gtest.h>

#include "edge/source/hub.h"

namespace noonmark::source {
namespace {

using core::ErrorKind;

const std::string kDigest(64, 'a');
const std::string kCommit(40, 'c');

TEST(Source, ReadsEveryForm) {
  EXPECT_EQ(parse_source("https://host/p.tar.zst").value(), Source(ArchiveUrl{"https://host/p.tar.zst", {}}));
  EXPECT_EQ(parse_source("http://host/p.tar.zst#sha256=" + kDigest).value(),
            Source(ArchiveUrl{"http://host/p.tar.zst", hash::Digest::parse(kDigest).value()}));
  EXPECT_EQ(parse_source("hf:own-er/Na.me").value(), Source(HubFolder{"own-er", "Na.me", "main", ""}));
  EXPECT_EQ(parse_source("hf:a/b@v1.0").value(), Source(HubFolder{"a", "b", "v1.0", ""}));
  EXPECT_EQ(parse_source("hf:a/b@v1/x/y").value(), Source(HubFolder{"a", "b", "v1", "x/y"}));
  EXPECT_EQ(parse_source("hf:a/b/x").value(), Source(HubFolder{"a", "b", "main", "x"}));
  EXPECT_EQ(parse_source("git+https://host/a/b.git@v1").value(), Source(GitTag{"https://host/a/b", "v1"}));
  EXPECT_EQ(parse_source("git+http://host:80/a@r/v1").value(), Source(GitTag{"http://host:80/a", "r/v1"}));
  EXPECT_EQ(parse_source("git+https://host/~a/b@v1+x").value(), Source(GitTag{"https://host/~a/b", "v1+x"}));
}

TEST(Source, WritesWhatItReads) {
  for (const std::string& text :
       {std::string("https://host/p?x=1"), "https://host/p#sha256=" + kDigest, "hf:a/b@" + kCommit + "/x/y",
        std::string("git+https://host:8443/a/b@releases/v1.0")}) {
    EXPECT_EQ(to_text(parse_source(text).value()), text);
  }
}

TEST(Source, RefusesEverythingElse) {
  for (const std::string& text : {std::string(),
                                  std::string("package"),
                                  std::string("ftp://x/y"),
                                  std::string("https://x/y#md5=00"),
                                  std::string("https://x/y#sha256=00"),
                                  std::string("hf:"),
                                  std::string("hf:a"),
                                  std::string("hf:a/"),
                                  std::string("hf:/b"),
                                  std::string("hf:a/b@"),
                                  std::string("hf:a/b@x?y"),
                                  std::string("hf:a/b@../c"),
                                  std::string("hf:../b"),
                                  std::string("hf:a/..@v"),
                                  std::string("hf:a/b@v/../x"),
                                  std::string("hf:a/b@v//x"),
                                  std::string("hf:a b/c"),
                                  std::string("hf:a/b@v/"),
                                  std::string("hf:a%2f/b"),
                                  std::string("git+https://"),
                                  std::string("git+ssh://host/a@v"),
                                  std::string("git+https://host@v"),
                                  std::string("git+https://host/a"),
                                  std::string("git+https://host/a@"),
                                  std::string("git+https://user@host/a@v"),
                                  std::string("git+https://host/../a@v"),
                                  std::string("git+https://host/a@-v"),
                                  std::string("git+https://host/a@v/../w"),
                                  std::string("git+https://host/a@v?x"),
                                  std::string("git+https://host:/a@v"),
                                  std::string("git+https://host:x/a@v"),
                                  std::string(5000, 'x')}) {
    const auto refused = parse_source(text);
    ASSERT_FALSE(refused.ok()) << text;
    EXPECT_EQ(refused.error().kind, ErrorKind::invalid) << text;
  }
}

codec::Json listing(std::string_view siblings) {
  return codec::parse_json(R"({"sha":")" + kCommit + R"(","cardData":{"license":"mit"},"siblings":)" +
                           std::string(siblings) + "}")
      .value();
}

core::Result<HubListing> parse(std::string_view siblings, const HubFolder& folder = {"a", "b", "main", ""}) {
  return parse_listing(listing(siblings), folder, {});
}

TEST(Hub, ReadsAListing) {
  const auto read = parse(R"([{"rfilename":"README.md","size":5},{"rfilename":"x/model_index.json","size":7},
      {"rfilename":"x/unet/model.onnx","size":130,"lfs":{"size":9000,"sha256":")" +
                              kDigest + R"("}}])",
                          {"a", "b", "main", "x"});
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->commit, kCommit);
  EXPECT_EQ(read->licence, "mit");
  ASSERT_EQ(read->files.size(), 2u);
  EXPECT_EQ(read->files[1].path, "unet/model.onnx");
  EXPECT_EQ(read->files[1].size, 9000u);
  EXPECT_EQ(read->files[1].sha256, hash::Digest::parse(kDigest).value());
}

TEST(Hub, RefusesListingsThatAreUnsafeOrNone) {
  EXPECT_EQ(parse(R"([{"rfilename":"../x","size":5}])").error().kind, ErrorKind::invalid);
  EXPECT_EQ(parse(R"([{"rfilename":"/etc/passwd","size":5}])").error().kind, ErrorKind::invalid);
  EXPECT_EQ(parse(R"([{"rfilename":"a\\b","size":5}])").error().kind, ErrorKind::invalid);
  EXPECT_EQ(parse(R"([{"size":5}])").error().kind, ErrorKind::invalid);
  EXPECT_EQ(parse(R"([{"rfilename":"x"}])").error().kind, ErrorKind::corrupt);
  EXPECT_EQ(parse(R"([{"rfilename":"x","size":-1}])").error().kind, ErrorKind::corrupt);
  EXPECT_EQ(parse(R"([{"rfilename":"x","size":1,"lfs":{"size":1,"sha256":"?"}}])").error().kind, ErrorKind::invalid);
  EXPECT_EQ(parse("[]").error().kind, ErrorKind::not_found);
  EXPECT_EQ(parse("7").error().kind, ErrorKind::corrupt);
  EXPECT_EQ(parse_listing(codec::Json(), {"a", "b", "main", ""}, {}).error().kind, ErrorKind::corrupt);
  EXPECT_EQ(parse(R"([{"rfilename":"x","size":1}])", {"a", "b", std::string(40, 'd'), ""}).error().kind,
            ErrorKind::invalid);
}

TEST(Hub, ChoosesWhatRunningNeeds) {
  const auto read = parse(R"([{"rfilename":"model_index.json","size":7},{"rfilename":"unet/model.onnx","size":5},
      {"rfilename":"unet/model.onnx_data","size":5},{"rfilename":"unet/weights.safetensors","size":5},
      {"rfilename":"tokenizer/merges.txt","size":5},{"rfilename":".gitattributes","size":5}])");
  const auto chosen = choose_model_files(read.value(), {}).value();
  ASSERT_EQ(chosen.size(), 4u);
  package::Limits limits;
  limits.total_bytes = 21;
  EXPECT_EQ(choose_model_files(read.value(), limits).error().kind, ErrorKind::exhausted);
  EXPECT_EQ(choose_model_files(parse(R"([{"rfilename":"model_index.json","size":7}])").value(), {}).error().kind,
            ErrorKind::invalid);
  EXPECT_EQ(choose_model_files(parse(R"([{"rfilename":"unet/model.onnx","size":7}])").value(), {}).error().kind,
            ErrorKind::invalid);
}

TEST(Hub, EscapesPaths) {
  EXPECT_EQ(file_target({"a", "b", "v1", "x y"}, "u#?/m.onnx"), "/a/b/resolve/v1/x%20y/u%23%3f/m.onnx");
  EXPECT_EQ(file_target({"a", "b", "v1", ""}, "m.onnx"), "/a/b/resolve/v1/m.onnx");
  EXPECT_EQ(listing_target({"a", "b", "v1", "x"}), "/api/models/a/b/revision/v1?blobs=true");
}

}  // namespace
}  // namespace noonmark::source
