#include "base/core/files.h"

#include <sys/stat.h>

#include <gtest/gtest.h>

namespace noonmark::core {
namespace {

TEST(Files, WhatIsWrittenIsRead) {
  const TempDir directory = TempDir::create("noonmark-test-").value();
  const auto path = directory.path() / "a";
  ASSERT_TRUE(write_file_atomic(path, "first").ok());
  ASSERT_TRUE(write_file_atomic(path, "second", 0600).ok());
  EXPECT_EQ(read_text(path, 100).value(), "second");
  struct stat info {};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory.path()), {}), 1) << "no temporary file is left";
}

TEST(Files, ReadRefusesWhatIsTooLongMissingOrNoFile) {
  const TempDir directory = TempDir::create("noonmark-test-").value();
  ASSERT_TRUE(write_file_atomic(directory.path() / "a", "12345").ok());
  EXPECT_TRUE(read_text(directory.path() / "a", 5).ok());
  EXPECT_EQ(read_text(directory.path() / "a", 4).error().kind, ErrorKind::exhausted);
  EXPECT_EQ(read_text(directory.path() / "b", 4).error().kind, ErrorKind::not_found);
  EXPECT_EQ(read_text(directory.path(), 4).error().kind, ErrorKind::invalid);
}

TEST(Files, ReadsProcFilesThatDeclareNoSize) { EXPECT_FALSE(read_text("/proc/self/stat", 1 << 16).value().empty()); }

TEST(Files, WritingIntoAMissingDirectoryIsNotFound) {
  EXPECT_EQ(write_file_atomic("/nonexistent-directory/x", "y").error().kind, ErrorKind::not_found);
}

TEST(TempDir, IsGoneAfterItsLife) {
  std::filesystem::path path;
  {
    const TempDir directory = TempDir::create("noonmark-test-").value();
    path = directory.path();
    ASSERT_TRUE(write_file_atomic(path / "a", "x").ok());
    EXPECT_TRUE(std::filesystem::exists(path));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace noonmark::core
