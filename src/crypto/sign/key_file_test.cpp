#include "crypto/sign/key_file.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>

#include <gtest/gtest.h>

#include "base/core/files.h"

namespace noonmark::sign {
namespace {

class KeyFile : public testing::Test {
 protected:
  core::TempDir folder_ = core::TempDir::create("key-file").value();
  std::filesystem::path path_ = folder_.path() / "validator.key";

  std::string message_of_load() const {
    const auto key = load_key_file(path_);
    return key.ok() ? "" : key.error().message;
  }
};

TEST_F(KeyFile, ComesBackAndIsClosedToOthers) {
  const SecretKey key(Seed::generate());
  ASSERT_TRUE(save_key_file(path_, key).ok());
  struct stat facts {};
  ASSERT_EQ(::stat(path_.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600U);
  EXPECT_EQ(load_key_file(path_).value().public_key(), key.public_key());
}

TEST_F(KeyFile, LeavesNothingElseInTheFolder) {
  ASSERT_TRUE(save_key_file(path_, SecretKey(Seed::generate())).ok());
  int count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder_.path())) ++count;
  EXPECT_EQ(count, 1);
}

TEST_F(KeyFile, AnExistingOneIsNeverReplaced) {
  const SecretKey first(Seed::generate());
  ASSERT_TRUE(save_key_file(path_, first).ok());
  const auto second = save_key_file(path_, SecretKey(Seed::generate()));
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind, core::ErrorKind::conflict);
  EXPECT_EQ(load_key_file(path_).value().public_key(), first.public_key());
}

TEST_F(KeyFile, OneThatOthersCanReadIsRefusedWithTheCommandThatMendsIt) {
  ASSERT_TRUE(save_key_file(path_, SecretKey(Seed::generate())).ok());
  for (const mode_t mode : {0640U, 0604U, 0620U, 0666U, 0601U}) {
    ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
    const auto loaded = load_key_file(path_);
    ASSERT_FALSE(loaded.ok()) << std::oct << mode;
    EXPECT_EQ(loaded.error().kind, core::ErrorKind::denied);
    EXPECT_NE(loaded.error().message.find("chmod 600 '" + path_.string() + "'"), std::string::npos);
  }
  ASSERT_EQ(::chmod(path_.c_str(), 0600), 0);
  EXPECT_TRUE(load_key_file(path_).ok());
}

TEST_F(KeyFile, ALinkAndAFolderAreRefused) {
  const auto real = folder_.path() / "real.key";
  ASSERT_TRUE(save_key_file(real, SecretKey(Seed::generate())).ok());
  std::filesystem::create_symlink(real, path_);
  EXPECT_NE(message_of_load().find("is a link"), std::string::npos);
  std::filesystem::remove(path_);
  std::filesystem::create_directory(path_);
  EXPECT_NE(message_of_load().find("isn't a regular file"), std::string::npos);
}

TEST_F(KeyFile, AMissingOneIsMadeOnceAndThenKept) {
  const auto first = load_or_create_key_file(path_);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(load_or_create_key_file(path_).value().public_key(), first.value().public_key());
}

TEST_F(KeyFile, NoByteOfItCanChangeUnnoticed) {
  const SecretKey key(Seed::generate());
  const std::string text = encode_key(key);
  ASSERT_EQ(decode_key(text).value().public_key(), key.public_key());
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string changed = text;
    changed[at] = changed[at] == '0' ? '1' : '0';
    EXPECT_FALSE(decode_key(changed).ok()) << "byte " << at;
    EXPECT_FALSE(decode_key(text.substr(0, at)).ok()) << "cut at " << at;
  }
  EXPECT_FALSE(decode_key(text + "\n").ok());
}

TEST_F(KeyFile, ErrorsNeverRepeatTheSecret) {
  const std::string text = encode_key(SecretKey(Seed::generate()));
  const std::string secret = text.substr(text.find("secret ") + 7, 64);
  std::string changed = text;
  changed[text.find("secret ") + 7] = 'X';
  const auto decoded = decode_key(changed);
  ASSERT_FALSE(decoded.ok());
  EXPECT_EQ(decoded.error().message.find(secret.substr(1)), std::string::npos);
}

}  // namespace
}  // namespace noonmark::sign
