#include "edge/cli/locate.h"

#include <gtest/gtest.h>

#include "base/core/files.h"

namespace noonmark::cli {
namespace {

class FindShare : public testing::Test {
 protected:
  void SetUp() override { folder_.emplace(*core::TempDir::create("locate")); }
  std::filesystem::path make(const std::string& path) {
    const std::filesystem::path whole = folder_->path() / path;
    EXPECT_TRUE(core::make_directories(whole).ok());
    return whole;
  }
  std::optional<core::TempDir> folder_;
};

TEST_F(FindShare, TheWorkingDirectoryComesFirst) {
  make("here/contests");
  make("tree/contests");
  const auto executable = make("tree/build/release/bin") / "noonmark";
  EXPECT_EQ(*find_share(folder_->path() / "here", executable), folder_->path() / "here");
}

TEST_F(FindShare, ThenAParentOfTheProgram) {
  make("tree/contests");
  const auto executable = make("tree/build/release/bin") / "noonmark";
  EXPECT_EQ(*find_share(make("elsewhere"), executable), folder_->path() / "tree");
}

TEST_F(FindShare, ThenTheInstalledPlace) {
  make("usr/share/noonmark/contests");
  const auto executable = make("usr/bin") / "noonmark";
  EXPECT_EQ(*find_share(make("elsewhere"), executable), folder_->path() / "usr/share/noonmark");
}

TEST_F(FindShare, ElseSaysWhatToDo) {
  const auto none = find_share(make("elsewhere"), make("bin") / "noonmark");
  ASSERT_FALSE(none.ok());
  EXPECT_NE(none.error().message.find("name the contest's file"), std::string::npos);
}

}  // namespace
}  // namespace noonmark::cli
