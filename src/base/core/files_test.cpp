#include "base/core/files.h"

#include <fcntl.h>
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

void make_old(const std::filesystem::path& path) {
  const std::array<timespec, 2> long_ago{};
  ASSERT_EQ(utimensat(AT_FDCWD, path.c_str(), long_ago.data(), 0), 0);
}

TEST(TempDir, WhatAKilledProcessLeftIsRemovedWithTheNextOne) {
  const TempDir held = TempDir::create("noonmark-test-").value();
  const std::string prefix = held.path().filename().string() + "-";  // so that other tests' directories stay out of it
  const auto place = [&](std::string_view ending) {
    return held.path().parent_path() / (prefix + std::string(ending));
  };
  for (const char* ending : {"killed", "recent", "longer-name"})
    ASSERT_TRUE(make_directories(place(ending) / "in").ok());
  const TempDir living = TempDir::create(prefix).value();
  for (const auto& path : {place("killed"), place("longer-name"), living.path()}) make_old(path);

  const TempDir next = TempDir::create(prefix).value();
  EXPECT_FALSE(std::filesystem::exists(place("killed")));
  for (const auto& path : {place("recent"), place("longer-name"), living.path(), next.path()}) {
    EXPECT_TRUE(std::filesystem::exists(path)) << path;
  }
  for (const char* ending : {"recent", "longer-name"}) std::filesystem::remove_all(place(ending));
}

}  // namespace
}  // namespace noonmark::core
