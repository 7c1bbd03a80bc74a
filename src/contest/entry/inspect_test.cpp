#include "contest/entry/inspect.h"

#include <fstream>

#include <gtest/gtest.h>

#include "base/core/files.h"
#include "model/graph/build.h"
#include "model/package/endorsement.h"
#include "model/package/package.h"

namespace noonmark::entry {
namespace {

namespace fs = std::filesystem;

class Inspect : public testing::Test {
 protected:
  void SetUp() override {
    contest_.task = "text-to-image";
    contest_.limits.package_mib = 1;
    fs::create_directories(root_ / "unet");
    graph::Builder builder;
    builder.input("x", graph::ElementType::float32, {4});
    builder.node("Relu", {"x"}, {"y"});
    builder.output("y", graph::ElementType::float32, {4});
    ASSERT_TRUE(core::write_file_atomic(root_ / "unet" / "model.onnx", builder.finish().value()).ok());
    describe();
  }

  void describe() {
    package::Description description;
    description.name = "tiny";
    ASSERT_TRUE(package::write_manifest(root_, package::describe_directory(root_, description).value()).ok());
  }

  std::string code() const {
    const Sighting seen = inspect(root_, contest_);
    return seen.failure ? seen.failure->code : "sound";
  }

  core::TempDir folder_ = core::TempDir::create("inspect").value();
  fs::path root_ = folder_.path() / "my-entry";
  rules::Contest contest_;
};

TEST_F(Inspect, ASoundPackageGivesItsFacts) {
  const Sighting seen = inspect(root_, contest_);
  ASSERT_TRUE(seen.package.has_value()) << seen.failure->message;
  EXPECT_EQ(seen.name, "my-entry");
  EXPECT_EQ(seen.package->task, "text-to-image");
  EXPECT_EQ(seen.package->bytes, static_cast<std::int64_t>(fs::file_size(root_ / "unet" / "model.onnx")));
  EXPECT_EQ(seen.package->execution_provider, "cpu");
  EXPECT_EQ(inspect(root_ / "", contest_).name, "my-entry");
}

TEST_F(Inspect, AChangedFileIsAWrongDigest) {
  std::fstream file(root_ / "unet" / "model.onnx", std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(3);
  file.put('\x7f');
  file.close();
  EXPECT_EQ(code(), "wrong_digest");
}

TEST_F(Inspect, CN03APackageThatItsKeyDidNotEndorseIsRefused) {
  std::array<std::uint8_t, 32> secret{}, other_secret{};
  other_secret.fill(1);
  const sign::Sr25519Pair key(sign::Seed::from_bytes(secret)), other(sign::Seed::from_bytes(other_secret));
  EXPECT_EQ(inspect(root_, contest_, key.account()).failure.value().code, "not_endorsed");
  package::Manifest manifest = package::Package::open(root_).value().manifest();
  package::endorse(manifest, key);
  ASSERT_TRUE(package::write_manifest(root_, manifest).ok());
  EXPECT_EQ(inspect(root_, contest_, key.account()).failure, std::nullopt);
  EXPECT_EQ(inspect(root_, contest_, other.account()).failure.value().code, "wrong_endorsement");
  EXPECT_EQ(inspect(root_, contest_).failure, std::nullopt);
}

TEST_F(Inspect, AMissingPackageIsNotFound) {
  fs::remove_all(root_);
  EXPECT_EQ(code(), "not_found");
}

TEST_F(Inspect, ALinkIsAnInvalidPackage) {
  fs::create_symlink("/etc/passwd", root_ / "unet" / "link");
  EXPECT_EQ(code(), "invalid_package");
}

TEST_F(Inspect, AMalformedGraphIsABadGraph) {
  std::ofstream(root_ / "unet" / "model.onnx", std::ios::binary) << "this is no protobuf at all";
  describe();
  EXPECT_EQ(code(), "bad_graph");
}

TEST_F(Inspect, AFarTooLargePackageIsRefusedBeforeItIsRead) {
  std::ofstream(root_ / "padding.bin", std::ios::binary) << std::string((2 << 20) + 1, 'x');
  describe();
  const Sighting seen = inspect(root_, contest_);
  ASSERT_TRUE(seen.failure.has_value());
  EXPECT_EQ(seen.failure->owner, record::Failure::Owner::entry);
}

}  // namespace
}  // namespace noonmark::entry
