#include "base/core/file_lock.h"

#include <gtest/gtest.h>

namespace noonmark::core {
namespace {

TEST(FileLock, HasOneHolderAtATime) {
  const TempDir folder = *TempDir::create("lock");
  const std::filesystem::path file = folder.path() / "lock";
  {
    const auto first = FileLock::try_lock(file);
    ASSERT_TRUE(first.ok() && first->has_value());
    const auto second = FileLock::try_lock(file);  // another open file, as in another process
    ASSERT_TRUE(second.ok());
    EXPECT_FALSE(second->has_value());
  }
  const auto third = FileLock::try_lock(file);
  EXPECT_TRUE(third.ok() && third->has_value());
}

TEST(FileLock, SaysWhatIsWrong) {
  const auto lock = FileLock::try_lock("/nowhere/at/all");
  ASSERT_FALSE(lock.ok());
  EXPECT_EQ(lock.error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace noonmark::core
