#include <algorithm>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "base/core/files.h"
#include "storage/blobs/directory_store.h"
#include "storage/blobs/memory_store.h"

namespace noonmark::blobs {
namespace {

constexpr std::uint64_t kPlenty = 1 << 20;

/// Makes one implementation; add a line to INSTANTIATE below for each new one.
using Make = std::unique_ptr<Store> (*)(const std::filesystem::path& scratch);

class BlobsContract : public testing::TestWithParam<Make> {
 protected:
  core::TempDir folder_ = core::TempDir::create("blobs-contract").value();
  std::unique_ptr<Store> store_ = GetParam()(folder_.path() / "store");

  hash::Digest put(std::string_view content) { return store_->put(core::as_bytes(content)).value(); }
  std::string get(const hash::Digest& name) {
    const core::Bytes content = store_->get(name, kPlenty).value();
    return std::string(core::as_text(content));
  }
};

TEST_P(BlobsContract, ABlobIsNamedByItsSha256) {
  EXPECT_EQ(put("").hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(put("abc").hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_P(BlobsContract, BytesComeBack) {
  const std::string large(300'000, '\xA5');
  for (const std::string& content : {std::string(), std::string("a\0b", 3), large}) {
    const hash::Digest name = put(content);
    EXPECT_EQ(get(name), content);
    EXPECT_EQ(store_->size(name).value(), std::optional<std::uint64_t>(content.size()));
  }
}

TEST_P(BlobsContract, PuttingTwiceKeepsOne) {
  EXPECT_EQ(put("x"), put("x"));
  EXPECT_EQ(store_->list().value().size(), 1U);
}

TEST_P(BlobsContract, AMissingBlobIsNotFound) {
  const hash::Digest name = hash::sha256(core::as_bytes("never put"));
  EXPECT_EQ(store_->get(name, kPlenty).error().kind, core::ErrorKind::not_found);
  EXPECT_EQ(store_->copy_to(name, folder_.path() / "copy", kPlenty).error().kind, core::ErrorKind::not_found);
  EXPECT_EQ(store_->size(name).value(), std::nullopt);
  EXPECT_TRUE(store_->remove(name).ok());
}

TEST_P(BlobsContract, LimitsAreExact) {
  const hash::Digest name = put("12345");
  EXPECT_TRUE(store_->get(name, 5).ok());
  EXPECT_EQ(store_->get(name, 4).error().kind, core::ErrorKind::exhausted);
  EXPECT_EQ(store_->copy_to(name, folder_.path() / "copy", 4).error().kind, core::ErrorKind::exhausted);
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "copy"));
  const auto source = folder_.path() / "source";
  ASSERT_TRUE(core::write_file_atomic(source, std::string_view("123456")).ok());
  EXPECT_EQ(store_->put_file(source, 5).error().kind, core::ErrorKind::exhausted);
  EXPECT_EQ(store_->list().value().size(), 1U);
}

TEST_P(BlobsContract, FilesGoInAndOut) {
  const auto source = folder_.path() / "source";
  ASSERT_TRUE(core::write_file_atomic(source, std::string_view("from a file")).ok());
  const hash::Digest name = store_->put_file(source, kPlenty).value();
  EXPECT_EQ(name, hash::sha256(core::as_bytes("from a file")));
  ASSERT_TRUE(store_->copy_to(name, folder_.path() / "copy", kPlenty).ok());
  EXPECT_EQ(core::read_text(folder_.path() / "copy", kPlenty).value(), "from a file");
  EXPECT_EQ(store_->put_file(folder_.path() / "missing", kPlenty).error().kind, core::ErrorKind::not_found);
}

TEST_P(BlobsContract, ACopyNeverReplacesAFile) {
  const auto existing = folder_.path() / "existing";
  ASSERT_TRUE(core::write_file_atomic(existing, std::string_view("mine")).ok());
  EXPECT_EQ(store_->copy_to(put("x"), existing, kPlenty).error().kind, core::ErrorKind::conflict);
  EXPECT_EQ(core::read_text(existing, kPlenty).value(), "mine");
}

TEST_P(BlobsContract, TheListIsSortedAndFollowsRemovals) {
  std::vector<hash::Digest> names;
  for (int i = 0; i < 20; ++i) names.push_back(put(std::to_string(i)));
  std::sort(names.begin(), names.end());
  EXPECT_EQ(store_->list().value(), names);
  ASSERT_TRUE(store_->remove(names[3]).ok());
  names.erase(names.begin() + 3);
  EXPECT_EQ(store_->list().value(), names);
  EXPECT_EQ(get(put("x")), "x");
}

TEST_P(BlobsContract, ThreadsMayPutTheSameAndDifferentBlobsAtOnce) {
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this] {
      for (int i = 0; i < 20; ++i) put(std::to_string(i % 10));
    });
  }
  threads.clear();
  const auto names = store_->list().value();
  EXPECT_EQ(names.size(), 10U);
  for (const hash::Digest& name : names) EXPECT_TRUE(store_->get(name, kPlenty).ok());
}

std::unique_ptr<Store> make_directory_store(const std::filesystem::path& scratch) {
  return DirectoryStore::open(scratch).value();
}
std::unique_ptr<Store> make_memory_store(const std::filesystem::path&) { return std::make_unique<MemoryStore>(); }

INSTANTIATE_TEST_SUITE_P(DirectoryStore, BlobsContract, testing::Values(&make_directory_store));
INSTANTIATE_TEST_SUITE_P(MemoryStore, BlobsContract, testing::Values(&make_memory_store));

}  // namespace
}  // namespace noonmark::blobs
