#include "edge/openai/keys.h"

#include <gtest/gtest.h>

#include "base/core/files.h"

namespace noonmark::openai {
namespace {

using namespace std::chrono_literals;

Key key_named(const std::string& name, int per_minute = 60) {
  return {name, hash::sha256("key of " + name), per_minute};
}

class Keys : public testing::Test {
 protected:
  void save(const std::vector<Key>& keys, int second) {
    ASSERT_TRUE(save_keys(file_, keys).ok());
    std::filesystem::last_write_time(file_, std::filesystem::file_time_type(std::chrono::seconds(second)));
  }
  const core::TempDir folder_ = core::TempDir::create("keys").value();
  const std::filesystem::path file_ = folder_.path() / "keys.json";
  core::FakeClock clock_;
  KeyRing ring_{file_, clock_};
};

TEST_F(Keys, AreReadAsTheyWereWritten) {
  const std::vector<Key> keys = {key_named("ann"), key_named("bob.2", 1)};
  EXPECT_EQ(parse_keys(write_keys(keys)).value(), keys);
  EXPECT_EQ(load_keys(folder_.path() / "none.json").value(), std::vector<Key>());
}

TEST_F(Keys, WhatIsWrongIsNamed) {
  const std::string digest = hash::sha256("x").hex(), other = hash::sha256("y").hex();
  const auto file = [](const std::string& keys) { return R"({"format":1,"keys":[)" + keys + "]}"; };
  const auto key = [](const std::string& name, const std::string& sha256, const std::string& more) {
    return R"({"name":")" + name + R"(","sha256":")" + sha256 + R"(","requests_per_minute":)" + more + "}";
  };
  for (const auto& [text, words] : {std::pair<std::string, std::string>{"", "JSON"},
                                    {R"({"format":2,"keys":[]})", "format"},
                                    {file(key("a b", digest, "1")), "keys[0].name"},
                                    {file(key("ann", "12", "1")), "sha256"},
                                    {file(key("ann", digest, "0")), "requests_per_minute"},
                                    {file(key("ann", digest, "1") + "," + key("ann", other, "1")), "ann"},
                                    {file(key("ann", digest, "1") + "," + key("bob", digest, "1")), "second time"},
                                    {file(R"({"name":"ann"})"), "keys[0]"}}) {
    const auto read = parse_keys(text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_NE(read.error().message.find(words), std::string::npos) << read.error().message;
  }
}

TEST_F(Keys, ANewKeyIsLongAndAnother) {
  EXPECT_EQ(new_key().size(), 67u);
  EXPECT_NE(new_key(), new_key());
}

TEST_F(Keys, OnlyWhoHasTheKeyIsLetIn) {
  save({key_named("ann")}, 1);
  ASSERT_TRUE(ring_.refresh().ok());
  EXPECT_EQ(ring_.admit("key of ann").value().name, "ann");
  for (const char* wrong : {"", "key of bob", "key of ann ", "ann"}) EXPECT_FALSE(ring_.admit(wrong)) << wrong;
  EXPECT_FALSE(ring_.admit(key_named("ann").digest.hex())) << "what the file says opens nothing";
}

TEST_F(Keys, AnAllowanceIsUsedUpAndFillsEvenly) {
  save({key_named("ann", 60)}, 1);
  ASSERT_TRUE(ring_.refresh().ok());
  for (int i = 59; i >= 0; --i) {
    const Allowance allowance = ring_.admit("key of ann").value().allowance;
    EXPECT_TRUE(allowance.granted);
    EXPECT_EQ(allowance.remaining, i);
  }
  const Allowance none = ring_.admit("key of ann").value().allowance;
  EXPECT_FALSE(none.granted);
  EXPECT_EQ(none.limit, 60);
  EXPECT_EQ(none.retry_after, 1s);
  EXPECT_EQ(none.full_after, 60s);
  clock_.advance(1s);
  EXPECT_TRUE(ring_.admit("key of ann").value().allowance.granted);
  EXPECT_FALSE(ring_.admit("key of ann").value().allowance.granted);
}

TEST_F(Keys, AChangedFileIsReadAndABrokenOneIsNot) {
  EXPECT_EQ(ring_.refresh().error().kind, core::ErrorKind::not_found);
  save({key_named("ann", 1)}, 1);
  ASSERT_TRUE(ring_.refresh().ok());
  EXPECT_TRUE(ring_.admit("key of ann").value().allowance.granted);
  save({key_named("ann", 1), key_named("bob")}, 2);
  ASSERT_TRUE(ring_.refresh().ok());
  EXPECT_TRUE(ring_.admit("key of bob"));
  EXPECT_FALSE(ring_.admit("key of ann").value().allowance.granted) << "nothing is given anew";
  ASSERT_TRUE(core::write_file_atomic(file_, std::string_view("{")).ok());
  EXPECT_FALSE(ring_.refresh().ok());
  EXPECT_TRUE(ring_.admit("key of bob"));
  save({}, 3);
  ASSERT_TRUE(ring_.refresh().ok());
  EXPECT_FALSE(ring_.admit("key of bob"));
}

}  // namespace
}  // namespace noonmark::openai
