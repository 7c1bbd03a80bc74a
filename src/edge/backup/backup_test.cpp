#include "edge/backup/backup.h"

#include <sys/stat.h>

#include <gtest/gtest.h>

#include "base/core/files.h"
#include "storage/sql/sql.h"

namespace noonmark::backup {
namespace {

namespace fs = std::filesystem;

class Backup : public testing::Test {
 protected:
  void write(const fs::path& path, std::string_view text) {
    ASSERT_TRUE(core::make_directories((home_ / path).parent_path()).ok());
    ASSERT_TRUE(core::write_file_atomic(home_ / path, text).ok());
  }
  core::Result<Contents> save(const Options& options = {}) { return make(home_, saved_, options, kQuiet); }
  std::string restored(const fs::path& path) const { return core::read_text(back_ / path, 1 << 20).value_or("?"); }

  static constexpr auto kQuiet = [](std::string_view) {};
  const core::TempDir folder_ = *core::TempDir::create("backup");
  const fs::path home_ = folder_.path() / "home", saved_ = folder_.path() / "saved", back_ = folder_.path() / "back";
};

TEST_F(Backup, EverythingDurableComesBack) {
  write("validator/5F/emoji/payout.json", "{}");
  write("entries/ticket.json", "salt");
  write("empty", "");
  const auto made = save();
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_EQ(made->files, 3u);
  ASSERT_TRUE(restore(saved_, back_, kQuiet).ok());
  EXPECT_EQ(restored("validator/5F/emoji/payout.json"), "{}");
  EXPECT_EQ(restored("entries/ticket.json"), "salt");
  EXPECT_EQ(restored("empty"), "");
}

TEST_F(Backup, ADatabaseIsCopiedWhileItIsBeingWritten) {
  write("ledger/lock", "");
  sql::Database open = sql::Database::open_sqlite(home_ / "ledger" / "chain.sqlite").value();
  ASSERT_TRUE(open.execute("CREATE TABLE block (number INTEGER NOT NULL)").ok());
  ASSERT_TRUE(open.execute("INSERT INTO block VALUES (7)").ok());
  const auto made = save();
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_EQ(made->files, 1u) << "the lock and the write-ahead log stay out";
  ASSERT_TRUE(open.execute("INSERT INTO block VALUES (8)").ok());
  ASSERT_TRUE(restore(saved_, back_, kQuiet).ok());
  sql::Database copy = sql::Database::open_sqlite(back_ / "ledger" / "chain.sqlite").value();
  EXPECT_EQ(copy.query<std::int64_t>("SELECT number FROM block").value().size(), 1u);
}

TEST_F(Backup, SecretKeysOnlyComeAlongWhenAsked) {
  write("wallets/default/hotkeys/default", "secret");
  write("validator.key", "secret");
  write("config.toml", "");
  EXPECT_EQ(save()->files, 1u);
  const auto with_keys = make(home_, folder_.path() / "keys", {.with_keys = true}, kQuiet);
  ASSERT_TRUE(with_keys.ok());
  EXPECT_EQ(with_keys->files, 3u);
  ASSERT_TRUE(restore(folder_.path() / "keys", back_, kQuiet).ok());
  struct stat status {};
  ASSERT_EQ(::stat((back_ / "validator.key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(Backup, PackagesAndLinksStayOut) {
  write("packages/abc/model.onnx", "big");
  write("entries/0123/ten-steps/model.onnx", "big");
  write("kept", "x");
  fs::create_symlink("/etc/passwd", home_ / "link");
  EXPECT_EQ(save()->files, 1u);
}

TEST_F(Backup, DamageIsFoundBeforeAnythingIsWritten) {
  write("a", "one");
  write("b", "two");
  ASSERT_TRUE(save().ok());
  ASSERT_TRUE(core::write_file_atomic(saved_ / "files" / "b", std::string_view("twO")).ok());
  const auto damaged = restore(saved_, back_, kQuiet);
  ASSERT_FALSE(damaged.ok());
  EXPECT_EQ(damaged.error().kind, core::ErrorKind::corrupt);
  EXPECT_NE(damaged.error().message.find("b isn't what"), std::string::npos) << damaged.error().message;
  EXPECT_FALSE(fs::exists(back_));
  fs::remove(saved_ / "files" / "b");
  EXPECT_FALSE(restore(saved_, back_, kQuiet).ok());
}

TEST_F(Backup, PathsThatLeadOutAreRefused) {
  write("a", "one");
  ASSERT_TRUE(save().ok());
  for (const char* path : {"../a", "/etc/a", "x/../../a", "", "a/", "."}) {
    const std::string list = std::string(R"({"format": 1, "keys": false, "files": {")") + path +
                             R"(": {"bytes": 3, "sha256": ")" + std::string(64, '0') + R"("}}})";
    ASSERT_TRUE(core::write_file_atomic(saved_ / "backup.json", std::string_view(list)).ok());
    const auto outside = restore(saved_, back_, kQuiet);
    ASSERT_FALSE(outside.ok()) << path;
    EXPECT_EQ(outside.error().kind, core::ErrorKind::corrupt) << outside.error().message;
  }
}

TEST_F(Backup, NothingIsOverwritten) {
  write("a", "one");
  ASSERT_TRUE(save().ok());
  EXPECT_EQ(save().error().kind, core::ErrorKind::conflict);
  EXPECT_EQ(restore(saved_, home_, kQuiet).error().kind, core::ErrorKind::conflict);
  EXPECT_EQ(restore(folder_.path() / "nothing", back_, kQuiet).error().kind, core::ErrorKind::not_found);
}

}  // namespace
}  // namespace noonmark::backup
