#include "edge/miner/prepare.h"

#include <gtest/gtest.h>

#include "base/core/files.h"
#include "edge/miner/program.h"
#include "model/graph/build.h"
#include "model/package/archive.h"
#include "model/package/endorsement.h"

namespace noonmark::miner {
namespace {

namespace fs = std::filesystem;

sign::Sr25519Pair pair(std::uint8_t number) {
  std::array<std::uint8_t, 32> bytes{};
  bytes.fill(number);
  return sign::Sr25519Pair(sign::Seed::from_bytes(bytes));
}

class Prepare : public testing::Test {
 protected:
  void SetUp() override {
    contest_.task = "text-to-image";
    contest_.device.threads = 1;
    make(root_, "a");
    make(baseline_, "b");
  }
  static void make(const fs::path& root, const std::string& name) {
    fs::create_directories(root / "unet");
    graph::Builder builder;
    builder.input(name, graph::ElementType::float32, {4});
    builder.node("Relu", {name}, {"y"});
    builder.output("y", graph::ElementType::float32, {4});
    ASSERT_TRUE(core::write_file_atomic(root / "unet" / "model.onnx", builder.finish().value()).ok());
    package::Description description;
    description.name = "tiny";
    ASSERT_TRUE(package::write_manifest(root, package::describe_directory(root, description).value()).ok());
  }

  core::TempDir folder_ = core::TempDir::create("prepare").value();
  fs::path root_ = folder_.path() / "mine", baseline_ = folder_.path() / "baseline", store_ = folder_.path() / "store";
  rules::Contest contest_;
  sign::Sr25519Pair key_ = pair(1);
};

TEST_F(Prepare, PutsAnEndorsedArchiveIntoTheStoreUnderItsContent) {
  const auto prepared = prepare(root_, contest_, baseline_, key_, {store_, "http://127.0.0.1:8080"});
  ASSERT_TRUE(prepared.ok()) << prepared.error().message;
  EXPECT_EQ(prepared->archive, store_ / (prepared->content.hex() + ".tar.zst"));
  const auto unpacked = package::unpack(prepared->archive, folder_.path() / "unpacked");
  ASSERT_TRUE(unpacked.ok());
  EXPECT_EQ(unpacked->digest(), prepared->content);
  EXPECT_TRUE(package::check_endorsement(unpacked->manifest(), key_.account()).ok());
  const auto again = prepare(root_, contest_, baseline_, key_, {store_, "http://127.0.0.1:8080"});
  EXPECT_EQ(again->content, prepared->content);
}

TEST_F(Prepare, APackageElsewhereMustHaveBeenEndorsedBefore) {
  const Place place{{}, "hf:owner/repo@" + std::string(40, 'a')};
  EXPECT_EQ(prepare(root_, contest_, {}, key_, place).error().kind, core::ErrorKind::denied);
  ASSERT_TRUE(endorse_package(root_, key_).ok());
  EXPECT_EQ(prepare(root_, contest_, {}, key_, place)->pointer, place.pointer);
  EXPECT_FALSE(prepare(root_, contest_, {}, pair(2), place).ok());
}

TEST_F(Prepare, WhatValidatorsWouldRefuseIsToldAtOnce) {
  const Place place{store_, "http://127.0.0.1:8080"};
  const auto copy = prepare(baseline_, contest_, baseline_, key_, place);
  ASSERT_FALSE(copy.ok());
  EXPECT_NE(copy.error().message.find("(copy)"), std::string::npos) << copy.error().message;
  EXPECT_FALSE(prepare(root_, contest_, baseline_, key_, {store_, "ftp://x"}).ok());
  ASSERT_TRUE(core::write_file_atomic(root_ / "unet" / "model.onnx", "other").ok());
  const auto changed = prepare(root_, contest_, baseline_, key_, place);
  EXPECT_NE(changed.error().message.find("wrong_digest"), std::string::npos) << changed.error().message;
}

TEST(RunProgram, TheMinersOwnProgramGetsTheFolderAndItsFailureStops) {
  core::SystemClock clock;
  std::atomic<bool> stop{false};
  const core::TempDir folder = core::TempDir::create("program").value();
  const fs::path made = folder.path() / "made";
  EXPECT_TRUE(run_program("mkdir", made, clock, stop).ok());
  EXPECT_TRUE(fs::is_directory(made));
  const auto again = run_program("mkdir", made, clock, stop);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().kind, core::ErrorKind::invalid);
  EXPECT_EQ(run_program("/no/such/program", made, clock, stop).error().kind, core::ErrorKind::not_found);
  stop = true;
  EXPECT_EQ(run_program("sleep", "60", clock, stop).error().kind, core::ErrorKind::cancelled);
}

}  // namespace
}  // namespace noonmark::miner
