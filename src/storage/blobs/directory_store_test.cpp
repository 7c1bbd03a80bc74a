#include "storage/blobs/directory_store.h"

#include <fstream>
#include <signal.h>
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/core/files.h"
#include "base/core/random.h"

namespace noonmark::blobs {
namespace {

namespace fs = std::filesystem;

class DirectoryStoreTest : public testing::Test {
 protected:
  core::TempDir folder_ = core::TempDir::create("blobs").value();
  fs::path root_ = folder_.path() / "store";
  std::unique_ptr<DirectoryStore> store_ = DirectoryStore::open(root_).value();
};

TEST_F(DirectoryStoreTest, KeepsBlobsReadOnlyUnderTheirName) {
  const hash::Digest name = store_->put(core::as_bytes("noon")).value();
  struct stat facts {};
  ASSERT_EQ(::stat(store_->path_of(name).c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0222, 0U);
  EXPECT_EQ(store_->path_of(name).filename(), name.hex());
  EXPECT_TRUE(fs::is_empty(root_ / "partial"));
}

TEST_F(DirectoryStoreTest, EveryFlippedBitIsNoticedAndPuttingAgainMendsIt) {
  const std::string content = "noonmark";
  const hash::Digest name = store_->put(core::as_bytes(content)).value();
  const fs::path path = store_->path_of(name);
  for (std::size_t bit = 0; bit < 8 * content.size(); ++bit) {
    std::string changed = content;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_TRUE(core::write_file_atomic(path, changed).ok());
    const auto read = store_->get(name, 100);
    ASSERT_FALSE(read.ok()) << "bit " << bit;
    EXPECT_EQ(read.error().kind, core::ErrorKind::corrupt);
    EXPECT_EQ(store_->copy_to(name, folder_.path() / "copy", 100).error().kind, core::ErrorKind::corrupt);
    EXPECT_FALSE(fs::exists(folder_.path() / "copy"));
  }
  ASSERT_EQ(store_->put(core::as_bytes(content)).value(), name);
  EXPECT_TRUE(store_->get(name, 100).ok());
}

TEST_F(DirectoryStoreTest, ATruncatedBlobIsCorrupt) {
  const hash::Digest name = store_->put(core::as_bytes("noonmark")).value();
  ASSERT_TRUE(core::write_file_atomic(store_->path_of(name), std::string_view("noon")).ok());
  EXPECT_EQ(store_->get(name, 100).error().kind, core::ErrorKind::corrupt);
}

TEST_F(DirectoryStoreTest, LinksFoldersAndPipesAreNotTakenIn) {
  const fs::path real = folder_.path() / "real";
  ASSERT_TRUE(core::write_file_atomic(real, std::string_view("x")).ok());
  fs::create_symlink(real, folder_.path() / "link");
  ASSERT_EQ(::mkfifo((folder_.path() / "pipe").c_str(), 0600), 0);
  for (const char* name : {"link", "pipe", "store"}) {
    EXPECT_FALSE(store_->put_file(folder_.path() / name, 100).ok()) << name;
  }
  EXPECT_TRUE(fs::is_empty(root_ / "partial"));
}

TEST_F(DirectoryStoreTest, ForeignFilesAreIgnored) {
  const hash::Digest name = store_->put(core::as_bytes("x")).value();
  ASSERT_TRUE(core::write_file_atomic(root_ / "objects" / "README", std::string_view("hello")).ok());
  ASSERT_TRUE(core::write_file_atomic(store_->path_of(name).parent_path() / "README", std::string_view("hello")).ok());
  EXPECT_EQ(store_->list().value(), std::vector<hash::Digest>{name});
}

TEST_F(DirectoryStoreTest, LeftoversOfAKilledProcessAreClearedAwayAndOthersKept) {
  const fs::path partial = root_ / "partial";
  const pid_t gone = ::fork();
  if (gone == 0) ::_exit(0);
  ::waitpid(gone, nullptr, 0);
  std::ofstream(partial / (std::to_string(gone) + "-0")) << "half";
  std::ofstream(partial / (std::to_string(::getpid()) + "-999")) << "being written";
  ASSERT_TRUE(DirectoryStore::open(root_).ok());
  EXPECT_FALSE(fs::exists(partial / (std::to_string(gone) + "-0")));
  EXPECT_TRUE(fs::exists(partial / (std::to_string(::getpid()) + "-999")));
}

TEST_F(DirectoryStoreTest, AKilledWriterNeverLeavesAHalfBlobUnderItsName) {
  core::Philox random(20261125);
  std::size_t seen = 0;
  // On a busy machine a writer may be killed before its first blob: then there are more rounds, and longer ones.
  for (std::uint64_t round = 0; round < 15 || (seen == 0 && round < 150); ++round) {
    const pid_t child = ::fork();
    if (child == 0) {
      core::Bytes content(200'000, static_cast<std::uint8_t>(round));
      for (std::uint32_t i = 0;; ++i) {
        std::copy_n(reinterpret_cast<const std::uint8_t*>(&i), sizeof i, content.begin());
        if (!store_->put(content).ok()) ::_exit(1);
      }
    }
    ::usleep(static_cast<useconds_t>(1000 + random.below(20'000 * (1 + round / 15))));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
    const auto names = store_->list().value();
    for (const hash::Digest& name : names) {
      ASSERT_TRUE(store_->get(name, 1 << 20).ok()) << name.hex();
      ASSERT_TRUE(store_->remove(name).ok());
      ++seen;
    }
  }
  EXPECT_GT(seen, 0U);
}

}  // namespace
}  // namespace noonmark::blobs
