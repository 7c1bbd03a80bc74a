#include "model/package/package.h"

#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/core/files.h"

namespace noonmark::package {
namespace {

namespace fs = std::filesystem;

/// A directory with a small, well-described package.
class PackageTest : public testing::Test {
 protected:
  void SetUp() override {
    auto created = core::TempDir::create("package-test");
    ASSERT_TRUE(created.ok());
    folder_.emplace(std::move(created).value());
    root_ = folder_->path() / "model";
    fs::create_directories(root_ / "unet");
    put("model_index.json", "{}");
    put("unet/weights.bin", "0123456789");
    describe();
  }

  void put(const std::string& path, const std::string& text) { std::ofstream(root_ / path) << text; }

  void describe() {
    Description description;
    description.name = "test";
    const auto manifest = describe_directory(root_, description);
    ASSERT_TRUE(manifest.ok()) << manifest.error().message;
    ASSERT_TRUE(write_manifest(root_, *manifest).ok());
  }

  void expect_refused(core::ErrorKind kind, const std::string& word) {
    const auto opened = Package::open(root_);
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().kind, kind) << opened.error().message;
    EXPECT_NE(opened.error().message.find(word), std::string::npos) << opened.error().message;
  }

  std::optional<core::TempDir> folder_;
  fs::path root_;
};

TEST_F(PackageTest, OpensWhatDescribeDirectoryDescribed) {
  const auto package = Package::open(root_);
  ASSERT_TRUE(package.ok()) << package.error().message;
  EXPECT_EQ(package->total_size(), 12u);
  EXPECT_TRUE(package->contains("unet/weights.bin"));
  EXPECT_FALSE(package->contains("noonmark.json"));
  EXPECT_EQ(package->read_text("unet/weights.bin").value(), "0123456789");
  EXPECT_EQ(package->digest(), content_digest(package->manifest()));
  EXPECT_TRUE(fs::exists(package->file("unet/weights.bin")));
  EXPECT_FALSE(package->read("noonmark.json").ok());
}

TEST_F(PackageTest, NeedsADirectoryWithAManifest) {
  fs::remove(root_ / "noonmark.json");
  expect_refused(core::ErrorKind::not_found, "noonmark.json");
  fs::remove_all(root_);
  expect_refused(core::ErrorKind::not_found, "model");
}

TEST_F(PackageTest, RefusesAMissingFile) {
  fs::remove(root_ / "unet/weights.bin");
  expect_refused(core::ErrorKind::not_found, "unet/weights.bin");
}

TEST_F(PackageTest, RefusesAWrongDigest) {
  put("unet/weights.bin", "0123456780");
  expect_refused(core::ErrorKind::corrupt, "unet/weights.bin");
}

TEST_F(PackageTest, RefusesAWrongSize) {
  put("unet/weights.bin", "012345678");
  expect_refused(core::ErrorKind::corrupt, "9 bytes");
}

TEST_F(PackageTest, RefusesAnUnlistedFile) {
  put("unet/extra", "");
  expect_refused(core::ErrorKind::invalid, "unet/extra");
}

TEST_F(PackageTest, RefusesASymbolicLinkToAFile) {
  fs::rename(root_ / "unet/weights.bin", folder_->path() / "elsewhere");
  fs::create_symlink(folder_->path() / "elsewhere", root_ / "unet/weights.bin");
  expect_refused(core::ErrorKind::invalid, "symbolic link");
}

TEST_F(PackageTest, RefusesASymbolicLinkToAFolder) {
  fs::rename(root_ / "unet", folder_->path() / "elsewhere");
  fs::create_symlink(folder_->path() / "elsewhere", root_ / "unet");
  expect_refused(core::ErrorKind::invalid, "symbolic link");
}

TEST_F(PackageTest, RefusesALinkedManifest) {
  fs::rename(root_ / "noonmark.json", folder_->path() / "elsewhere");
  fs::create_symlink(folder_->path() / "elsewhere", root_ / "noonmark.json");
  expect_refused(core::ErrorKind::invalid, "symbolic link");
}

TEST_F(PackageTest, RefusesAHardLink) {
  fs::create_hard_link(root_ / "unet/weights.bin", folder_->path() / "second-name");
  expect_refused(core::ErrorKind::invalid, "hard link");
}

TEST_F(PackageTest, RefusesAPipeWithoutWaiting) {
  fs::remove(root_ / "unet/weights.bin");
  ASSERT_EQ(::mkfifo((root_ / "unet/weights.bin").c_str(), 0600), 0);
  expect_refused(core::ErrorKind::invalid, "pipe");
}

TEST_F(PackageTest, RefusesAnUnsafePathInTheManifest) {
  auto manifest = Package::open(root_)->manifest();
  for (const char* path : {"/etc/passwd", "../model/model_index.json"}) {
    std::string text = manifest_text(manifest);
    text.replace(text.find("model_index.json"), 16, path);
    put("noonmark.json", text);
    expect_refused(core::ErrorKind::invalid, path);
  }
}

TEST_F(PackageTest, RefusesTooManyFilesAndTooLargeOnesBeforeReadingThem) {
  Limits limits;
  limits.files = 1;
  EXPECT_EQ(Package::open(root_, limits).error().kind, core::ErrorKind::invalid);
  limits = {};
  limits.file_bytes = 9;
  EXPECT_EQ(Package::open(root_, limits).error().kind, core::ErrorKind::invalid);
  limits = {};
  limits.total_bytes = 11;
  EXPECT_EQ(Package::open(root_, limits).error().kind, core::ErrorKind::invalid);
  limits = {};
  limits.manifest_bytes = 100;
  EXPECT_EQ(Package::open(root_, limits).error().kind, core::ErrorKind::invalid);
}

TEST_F(PackageTest, RefusesATreeOfEmptyFolders) {
  Limits limits;
  limits.files = 10;
  EXPECT_TRUE(Package::open(root_, limits).ok());
  for (int k = 0; k < 20; ++k) fs::create_directories(root_ / "a" / std::to_string(k));
  EXPECT_EQ(Package::open(root_, limits).error().kind, core::ErrorKind::invalid);
}

TEST_F(PackageTest, RefusesDeepFolders) {
  fs::create_directories(root_ / "1/2/3/4/5/6/7/8/9/10");
  expect_refused(core::ErrorKind::invalid, "nested too deeply");
}

TEST_F(PackageTest, RefusesANameThatIsNotUtf8) {
  put("unet/\xff", "");
  expect_refused(core::ErrorKind::invalid, "UTF-8");
}

TEST_F(PackageTest, NoticesAChangeAfterOpening) {
  const auto package = Package::open(root_);
  ASSERT_TRUE(package.ok());
  put("unet/weights.bin", "9876543210");
  EXPECT_EQ(package->read("unet/weights.bin").error().kind, core::ErrorKind::corrupt);
}

TEST_F(PackageTest, ReadsFromTheDirectoryThatWasOpenedWhenItsPathIsReplaced) {
  const auto package = Package::open(root_);
  ASSERT_TRUE(package.ok());
  fs::rename(root_, folder_->path() / "moved");
  fs::create_directories(root_ / "unet");
  put("unet/weights.bin", "9876543210");
  EXPECT_EQ(package->read_text("unet/weights.bin").value(), "0123456789");
}

TEST_F(PackageTest, CopiesAFileAndChecksItOnTheWay) {
  const auto package = Package::open(root_);
  ASSERT_TRUE(package.ok());
  const fs::path target = folder_->path() / "copy.bin";
  ASSERT_TRUE(package->copy_file("unet/weights.bin", target).ok());
  EXPECT_EQ(core::read_text(target, 100).value(), "0123456789");
  EXPECT_EQ(package->copy_file("unet/weights.bin", target).error().kind, core::ErrorKind::conflict);
  EXPECT_TRUE(fs::exists(target));
  put("unet/weights.bin", "9876543210");
  const fs::path second = folder_->path() / "second.bin";
  EXPECT_EQ(package->copy_file("unet/weights.bin", second).error().kind, core::ErrorKind::corrupt);
  EXPECT_FALSE(fs::exists(second));
}

TEST_F(PackageTest, LimitsWhatOneReadReturns) {
  const auto package = Package::open(root_);
  ASSERT_TRUE(package.ok());
  EXPECT_EQ(package->read("unet/weights.bin", 9).error().kind, core::ErrorKind::exhausted);
}

TEST_F(PackageTest, RefusesASignatureOfAnotherManifest) {
  std::array<std::uint8_t, 32> bytes{};
  auto manifest = Package::open(root_)->manifest();
  sign_manifest(manifest, sign::SecretKey(sign::Seed::from_bytes(bytes)));
  ASSERT_TRUE(write_manifest(root_, manifest).ok());
  EXPECT_TRUE(Package::open(root_).ok());
  manifest.defaults.steps = 3;
  ASSERT_TRUE(write_manifest(root_, manifest).ok());
  expect_refused(core::ErrorKind::denied, "signature");
}

TEST_F(PackageTest, NamesTheGraphThatIsNotOnnx) {
  put("unet/model.onnx", "not protobuf");
  describe();
  const auto package = Package::open(root_);
  ASSERT_TRUE(package.ok());
  const auto checked = package->check_graphs();
  ASSERT_FALSE(checked.ok());
  EXPECT_EQ(checked.error().kind, core::ErrorKind::corrupt);
  EXPECT_NE(checked.error().message.find("unet/model.onnx"), std::string::npos);
}

}  // namespace
}  // namespace noonmark::package
