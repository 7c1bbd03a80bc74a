#include "crypto/wallet/wallet_files.h"

#include <sys/stat.h>

#include <gtest/gtest.h>

#include "base/core/files.h"
#include "crypto/wallet/derivation.h"

namespace noonmark::wallet {
namespace {

namespace fs = std::filesystem;

const PasswordSource kNoPassword = [](const fs::path&) -> core::Result<sign::SecretText> {
  return core::usage("nobody should ask");
};

class WalletFiles : public testing::Test {
 protected:
  core::TempDir folder_ = core::TempDir::create("wallets").value();
  fs::path root_ = folder_.path();
  KeyFiles hotkey_ = hotkey_files(root_, "main", "one").value();
  WalletKey alice_ = parse_secret_uri("//Alice").value();
};

TEST_F(WalletFiles, AHotkeyComesBackWithoutAColdkey) {
  ASSERT_TRUE(create_key(hotkey_, alice_, std::nullopt).ok());
  for (const fs::path& path : {hotkey_.secret, hotkey_.account}) {
    struct stat facts {};
    ASSERT_EQ(::stat(path.c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777, 0600u) << path;
  }
  EXPECT_EQ(load_key(hotkey_, kNoPassword)->pair.account(), alice_.pair.account());
  EXPECT_EQ(load_account(hotkey_).value(), alice_.pair.account());
  fs::remove(hotkey_.account);
  EXPECT_EQ(load_account(hotkey_).value(), alice_.pair.account()) << "as old tools leave it";
}

TEST_F(WalletFiles, AnEncryptedColdkeyAsksForItsPassword) {
  const KeyFiles coldkey = coldkey_files(root_, "main").value();
  ASSERT_TRUE(create_key(coldkey, alice_, "secret").ok());
  EXPECT_EQ(load_account(coldkey).value(), alice_.pair.account()) << "without the password";
  EXPECT_EQ(load_key(coldkey, kNoPassword).error().kind, core::ErrorKind::usage);
  const auto answer = [](const char* password) {
    return [password](const fs::path&) -> core::Result<sign::SecretText> {
      return sign::SecretText(std::string(password));
    };
  };
  EXPECT_EQ(load_key(coldkey, answer("secret"))->pair.account(), alice_.pair.account());
  fs::remove(coldkey.account);
  EXPECT_EQ(load_account(coldkey).error().kind, core::ErrorKind::not_found);
}

TEST_F(WalletFiles, NothingIsWrittenOver) {
  ASSERT_TRUE(create_key(hotkey_, alice_, std::nullopt).ok());
  const WalletKey bob = parse_secret_uri("//Bob").value();
  EXPECT_EQ(create_key(hotkey_, bob, std::nullopt).error().kind, core::ErrorKind::conflict);
  fs::remove(hotkey_.secret);
  EXPECT_EQ(create_key(hotkey_, bob, std::nullopt).error().kind, core::ErrorKind::conflict);
  EXPECT_FALSE(fs::exists(hotkey_.secret));
}

TEST_F(WalletFiles, ASecretThatOthersCanReadIsRefusedWithTheCommandThatMendsIt) {
  ASSERT_TRUE(create_key(hotkey_, alice_, std::nullopt).ok());
  ASSERT_EQ(::chmod(hotkey_.secret.c_str(), 0644), 0);
  const auto loaded = load_key(hotkey_, kNoPassword);
  EXPECT_EQ(loaded.error().kind, core::ErrorKind::denied);
  EXPECT_NE(loaded.error().message.find("chmod 600 '" + hotkey_.secret.string() + "'"), std::string::npos);
  ASSERT_EQ(::chmod(hotkey_.account.c_str(), 0644), 0);
  EXPECT_TRUE(load_account(hotkey_).ok()) << "who somebody is is no secret";
}

TEST_F(WalletFiles, OldFormsAndBrokenFilesAreTold) {
  const auto message = [&](std::string_view content) {
    fs::remove(hotkey_.secret);
    CHECK(core::make_directories(hotkey_.secret.parent_path()).ok());
    CHECK(core::write_file_atomic(hotkey_.secret, content, 0600).ok());
    return load_key(hotkey_, kNoPassword).error().message;
  };
  EXPECT_NE(message("$ANSIBLE_VAULT;1.1;AES256\n00").find("btcli"), std::string::npos);
  EXPECT_NE(message("gAAAAABmF").find("btcli"), std::string::npos);
  EXPECT_NE(message("").find("backup"), std::string::npos);
  EXPECT_NE(message(std::string(100000, 'x')).find("too long"), std::string::npos);
  EXPECT_EQ(load_key(hotkey_files(root_, "main", "two").value(), kNoPassword).error().kind, core::ErrorKind::not_found);
}

TEST_F(WalletFiles, ListsWalletsAndHotkeys) {
  EXPECT_TRUE(list_wallets(root_ / "nowhere").value().empty());
  EXPECT_TRUE(list_hotkeys(root_, "main").value().empty());
  for (const char* wallet : {"b", "a"}) {
    for (const char* hotkey : {"two", "one"}) {
      ASSERT_TRUE(create_key(hotkey_files(root_, wallet, hotkey).value(), alice_, std::nullopt).ok());
    }
  }
  ASSERT_TRUE(core::write_file_atomic(root_ / "a/hotkeys/.hidden", "x").ok());
  EXPECT_EQ(list_wallets(root_).value(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(list_hotkeys(root_, "a").value(), (std::vector<std::string>{"one", "two"}));
}

TEST_F(WalletFiles, NamesStayInsideTheFolder) {
  for (const std::string& bad : {std::string(), std::string(".."), std::string("a/b"), std::string("/etc"),
                                 std::string("a\n"), std::string("a\0b", 3), std::string(65, 'a')}) {
    EXPECT_FALSE(coldkey_files(root_, bad).ok());
    EXPECT_FALSE(hotkey_files(root_, "main", bad).ok());
    EXPECT_FALSE(list_hotkeys(root_, bad).ok());
  }
}

}  // namespace
}  // namespace noonmark::wallet
