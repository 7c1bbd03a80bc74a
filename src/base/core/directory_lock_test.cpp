#include "base/core/directory_lock.h"

#include <gtest/gtest.h>

namespace noonmark::core {
namespace {

TEST(DirectoryLock, KeepsADirectoryToOneHolder) {
  const TempDir folder = TempDir::create("lock").value();
  {
    const auto held = DirectoryLock::acquire(folder.path());
    ASSERT_TRUE(held.ok()) << held.error().message;
    const auto second = DirectoryLock::acquire(folder.path());
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().kind, ErrorKind::conflict);
    EXPECT_NE(second.error().message.find(folder.path().string()), std::string::npos);
  }
  EXPECT_TRUE(DirectoryLock::acquire(folder.path()).ok()) << "free again";
  EXPECT_EQ(DirectoryLock::acquire(folder.path() / "missing").error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace noonmark::core
