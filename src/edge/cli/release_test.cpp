#include "edge/cli/release.h"

#include <gtest/gtest.h>

#include "base/codec/json.h"
#include "base/codec/text.h"
#include "base/core/files.h"

namespace noonmark::cli {
namespace {

using core::ErrorKind;

const Release kRelease{{{1, 2, 10}}, "2026-11-26", "https://example.org/notes/1.2.10"};

constexpr core::UnixNanos kNow{std::chrono::sys_days(std::chrono::year(2026) / 11 / 26) + std::chrono::hours(9)};

sign::Sr25519Pair pair(std::uint8_t number) {
  std::array<std::uint8_t, 32> bytes{};
  bytes.fill(number);
  return sign::Sr25519Pair(sign::Seed::from_bytes(bytes));
}

/// The statement with members replaced after it was signed; null takes one away.
std::string statement(const Release& release, const sign::Sr25519Pair& key, const codec::Json::Object& changes = {}) {
  codec::Json json = codec::parse_json(signed_text(release)).value();
  json["signature"] = "0x" + codec::hex(key.sign(core::as_bytes(signed_text(release))));
  for (const auto& [name, value] : changes) {
    if (value.is_null()) {
      json.as_object().erase(name);
    } else {
      json[name] = value;
    }
  }
  return codec::write_pretty(json);
}

TEST(Version, IsOrderedByNumber) {
  EXPECT_LT(Version::parse("1.2.9").value(), Version::parse("1.2.10").value());
  EXPECT_LT(Version::parse("1.10.0").value(), Version::parse("2.0.0").value());
  EXPECT_EQ(Version::parse("0.1.0")->text(), "0.1.0");
  for (const char* text : {"", "1", "1.2", "1.2.3.4", "1.2.", ".1.2", "01.2.3", "1.2.-3", "1.2.3-rc1", "v1.2.3",
                           "1.2.3 ", "1.2.1234567", "1..2"}) {
    EXPECT_FALSE(Version::parse(text).ok()) << text;
  }
}

// docs/updates.md tells publishers to sign exactly this.
TEST(Release, WhatIsSignedIsTheCanonicalJson) {
  EXPECT_EQ(signed_text(kRelease),
            R"({"date":"2026-11-26","format":"noonmark-release-1","notes_url":"https://example.org/notes/1.2.10",)"
            R"("version":"1.2.10"})");
}

TEST(Release, ASignedStatementIsTakenInAnyLayout) {
  const auto key = pair(1);
  EXPECT_EQ(verify_release(statement(kRelease, key), key.account(), kNow).value(), kRelease);
  const std::string compact = codec::write_json(codec::parse_json(statement(kRelease, key)).value());
  EXPECT_EQ(verify_release(compact, key.account(), kNow).value(), kRelease);
}

TEST(Release, UnsignedAndBadlySignedStatementsAreDenied) {
  const auto key = pair(1);
  const auto denied = [&](const std::string& text) {
    const auto verified = verify_release(text, key.account(), kNow);
    ASSERT_FALSE(verified.ok());
    EXPECT_EQ(verified.error().kind, ErrorKind::denied) << verified.error().message;
  };
  denied(statement(kRelease, key, {{"signature", nullptr}}));
  denied(statement(kRelease, pair(2)));
  denied(statement(kRelease, key, {{"version", "1.2.11"}}));
  denied(statement(kRelease, key, {{"date", "2026-11-27"}}));
  denied(statement(kRelease, key, {{"notes_url", "https://example.com"}}));
  denied(statement(kRelease, key, {{"signature", "0x" + std::string(128, '0')}}));
}

TEST(Release, AStatementFromTheFutureIsDenied) {
  const auto key = pair(1);
  const auto verified = [&](const char* date) {
    return verify_release(statement({kRelease.version, date, kRelease.notes_url}, key), key.account(), kNow);
  };
  EXPECT_TRUE(verified("2026-11-27").ok()) << "the publisher's day may have begun already";
  EXPECT_EQ(verified("2026-11-28").error().kind, ErrorKind::denied);
  EXPECT_EQ(verified("9999-12-31").error().kind, ErrorKind::denied);
}

TEST(Release, WhatIsNoStatementIsInvalid) {
  const auto key = pair(1);
  const std::vector<std::pair<codec::Json::Object, std::string>> cases = {
      {{{"version", "1.2"}}, "release.version"},
      {{{"version", 12}}, "release.version"},
      {{{"date", "2026-02-30"}}, "release.date"},
      {{{"date", "26-11-2026"}}, "release.date"},
      {{{"date", "2026-1a-01"}}, "release.date"},
      {{{"notes_url", "http://example.org"}}, "release.notes_url"},
      {{{"notes_url", "https://example.org/\x1b[2J"}}, "release.notes_url"},
      {{{"notes_url", "https://" + std::string(600, 'a')}}, "release.notes_url"},
      {{{"format", "noonmark-release-2"}}, "newer noonmark"},
      {{{"format", nullptr}}, "release.format"},
      {{{"signature", "0x12"}}, "release.signature"},
      {{{"signature", std::string(130, 'f')}}, "release.signature"},
      {{{"download", "https://example.org"}}, "download"}};
  for (const auto& [change, part] : cases) {
    const auto parsed = parse_release(statement(kRelease, key, change));
    ASSERT_FALSE(parsed.ok()) << part;
    EXPECT_EQ(parsed.error().kind, ErrorKind::invalid);
    EXPECT_NE(parsed.error().message.find(part), std::string::npos) << parsed.error().message;
  }
  for (const char* text : {"", "[]", "null", "{", "\"x\"", "[[[[[[]]]]]]"})
    EXPECT_FALSE(parse_release(text).ok()) << text;
  EXPECT_EQ(parse_release(std::string(kMaxReleaseStatement + 1, ' ')).error().kind, ErrorKind::exhausted);
}

TEST(Release, EveryTruncationAndChangedByteIsRefusedOrMeansTheSame) {
  const auto key = pair(1);
  const std::string text = statement(kRelease, key);
  for (std::size_t i = 0; i < text.size() - 2; ++i) {
    EXPECT_FALSE(verify_release(text.substr(0, i), key.account(), kNow).ok()) << i;
    std::string changed = text;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    const auto verified = verify_release(changed, key.account(), kNow);
    EXPECT_EQ(verified.value_or(kRelease), kRelease) << i;
  }
}

TEST(Release, AnOlderStatementThanTheOneSeenIsDenied) {
  const core::TempDir folder = core::TempDir::create("release").value();
  const auto file = folder.path() / "seen.json";
  const auto remember = [&](const Release& release, std::uint8_t signer = 1) {
    const auto remembered = remember_release(file, pair(signer).account(), release);
    return remembered.ok() ? std::string() : std::string(core::to_string(remembered.error().kind));
  };
  Release newer = kRelease, older = kRelease, earlier = kRelease;
  newer.version.parts[2] = 11;
  older.version.parts[2] = 9;
  earlier.date = "2026-11-25";
  EXPECT_EQ(remember(kRelease), "");
  EXPECT_EQ(remember(kRelease), "");
  EXPECT_EQ(remember(older), "denied");
  EXPECT_EQ(remember(earlier), "denied");
  EXPECT_EQ(remember(newer), "");
  EXPECT_EQ(remember(kRelease), "denied");
  EXPECT_EQ(remember(kRelease, 2), "") << "another publisher begins anew";
  ASSERT_TRUE(core::write_file_atomic(file, "{}").ok());
  EXPECT_EQ(remember(kRelease), "corrupt");
}

}  // namespace
}  // namespace noonmark::cli
