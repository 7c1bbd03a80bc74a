#include "contest/charter/charter.h"

#include <gtest/gtest.h>

#include "base/core/files.h"
#include "base/core/random.h"

namespace noonmark::charter {
namespace {

using namespace std::chrono_literals;

const core::UnixNanos kStart = std::chrono::sys_days(std::chrono::year(2026) / 11 / 26);

sign::Sr25519Pair pair(std::uint8_t number) {
  std::array<std::uint8_t, 32> bytes{};
  bytes.fill(number);
  return sign::Sr25519Pair(sign::Seed::from_bytes(bytes));
}

AccountId key(std::uint8_t number) {
  AccountId id;
  id.bytes.fill(number);
  return id;
}

OpenContest contest(std::string id, double share) {
  rules::Contest definition =
      rules::load_contest(std::filesystem::path(NOONMARK_SOURCE_DIR) / "contests/emoji-cpu.toml").value();
  definition.id = std::move(id);
  return {std::move(definition), share};
}

Charter sample(const sign::Sr25519Pair& owner) {
  Charter charter(owner.account());
  EXPECT_TRUE(charter.append(contest("one", 0.5), kStart, owner).ok());
  EXPECT_TRUE(charter.append(Exclude{{key(1), {}, "sold copies"}}, kStart + 1s, owner).ok());
  EXPECT_TRUE(charter.append(contest("two", 0.5), kStart + 2s, owner).ok());
  EXPECT_TRUE(charter.append(Exclude{{key(2), hash::sha256("x"), "stolen weights"}}, kStart + 3s, owner).ok());
  EXPECT_TRUE(charter.append(CloseContest{"two", "nobody enters it"}, kStart + 4s, owner).ok());
  EXPECT_TRUE(charter.append(Readmit{{key(1), {}, "was a mistake"}}, kStart + 5s, owner).ok());
  return charter;
}

TEST(Charter, CN36WhatIsInForceFollowsFromTheStatements) {
  const sign::Sr25519Pair owner = pair(1);
  const Charter charter = sample(owner);
  const auto read = Charter::verify(charter.text(), owner.account());
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->text(), charter.text());
  ASSERT_EQ(read->contests().size(), 1U);
  const Running& running = read->contests().at("one");
  EXPECT_EQ(running.digest, rules::digest_of(contest("one", 0.5).contest));
  EXPECT_EQ(running.share, 0.5);
  ASSERT_EQ(read->exclusions().size(), 1U);
  EXPECT_EQ(read->exclusions()[0].exclusion, (Exclusion{key(2), hash::sha256("x"), "stolen weights"}));
  EXPECT_EQ(read->exclusions()[0].since, kStart + 3s);
  EXPECT_EQ(read->lists().exclusions.size(), 1U);
}

TEST(Charter, CN36EveryExclusionHasAPublicReason) {
  const sign::Sr25519Pair owner = pair(1);
  Charter charter(owner.account());
  for (const char* reason : {"", "  \t"}) {
    EXPECT_EQ(charter.append(Exclude{{key(1), {}, reason}}, kStart, owner).error().kind, core::ErrorKind::invalid);
  }
  EXPECT_TRUE(charter.statements().empty());
}

TEST(Charter, WhatMakesNoSenseIsNotSaid) {
  const sign::Sr25519Pair owner = pair(1);
  Charter charter(owner.account());
  EXPECT_EQ(charter.append(CloseContest{"one", "why"}, kStart, owner).error().kind, core::ErrorKind::conflict);
  EXPECT_EQ(charter.append(Readmit{{key(1), {}, "why"}}, kStart, owner).error().kind, core::ErrorKind::conflict);
  EXPECT_TRUE(charter.append(contest("one", 0.7), kStart, owner).ok());
  EXPECT_EQ(charter.append(contest("two", 0.4), kStart, owner).error().kind, core::ErrorKind::conflict);
  EXPECT_TRUE(charter.append(contest("one", 0.6), kStart, owner).ok());
  EXPECT_TRUE(charter.append(contest("two", 0.4), kStart, owner).ok());
  EXPECT_FALSE(charter.append(contest("three", 0), kStart, owner).ok());
  EXPECT_EQ(charter.append(contest("one", 0.1), kStart, pair(2)).error().kind, core::ErrorKind::denied);
  EXPECT_EQ(charter.statements().size(), 3U);
}

TEST(Charter, AClockThatLagsDoesNotBreakTheOrderOfTime) {
  const sign::Sr25519Pair owner = pair(1);
  Charter charter(owner.account());
  ASSERT_TRUE(charter.append(contest("one", 0.5), kStart, owner).ok());
  ASSERT_TRUE(charter.append(contest("two", 0.5), kStart - 1h, owner).ok());
  EXPECT_TRUE(Charter::verify(charter.text(), owner.account()).ok());
}

TEST(Charter, EveryFlippedByteIsNamedByItsStatement) {
  const sign::Sr25519Pair owner = pair(1);
  const Charter charter = sample(owner);
  const std::string& text = charter.text();
  std::size_t statement = 1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    // Long definitions are sampled; everything around them is tried byte by byte.
    const bool ends_line = text[i] == '\n';
    if (text.size() > 4000 && i % 23 != 0 && !ends_line) continue;
    const auto number =
        static_cast<std::size_t>(std::count(text.begin(), text.begin() + static_cast<long>(i), '\n')) + 1;
    std::string changed = text;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    const auto read = Charter::verify(changed, owner.account());
    ASSERT_FALSE(read.ok()) << i;
    EXPECT_NE(read.error().message.find("statement " + std::to_string(number) + " of"), std::string::npos)
        << i << ": " << read.error().message;
    statement = number;
  }
  EXPECT_EQ(statement, 6U);
}

TEST(Charter, StatementsCannotBeLeftOutSwappedOrRepeated) {
  const sign::Sr25519Pair owner = pair(1);
  std::vector<std::string> lines;
  const Charter charter = sample(owner);
  for (const Statement& statement : charter.statements()) lines.push_back(line_of(statement) + "\n");
  core::Philox random(1);
  for (int i = 0; i < 60; ++i) {
    std::vector<std::string> changed = lines;
    const std::size_t at = random.below(lines.size() - 1);
    if (i % 3 == 0) changed.erase(changed.begin() + static_cast<long>(at));
    if (i % 3 == 1) std::swap(changed[at], changed[at + 1]);
    if (i % 3 == 2) changed.insert(changed.begin() + static_cast<long>(at), changed[at]);
    std::string text;
    for (const std::string& line : changed) text += line;
    EXPECT_FALSE(Charter::verify(text, owner.account()).ok());
  }
}

TEST(Charter, AStrangersCharterIsRefused) {
  const Charter charter = sample(pair(1));
  EXPECT_EQ(Charter::verify(charter.text(), pair(2).account()).error().kind, core::ErrorKind::denied);
}

TEST(Charter, CN37WhatIsHeldStaysInForceUntilAContinuationArrives) {
  const sign::Sr25519Pair owner = pair(1);
  const Charter held = sample(owner);
  Charter longer = held;
  ASSERT_TRUE(longer.append(contest("three", 0.1), kStart + 9s, owner).ok());
  EXPECT_EQ(held.followed_by(longer.text()).value().contests().size(), 2U);
  EXPECT_TRUE(held.followed_by(held.text()).ok());
  // An outage, a shorter one, a broken one, another history: all are refused and named.
  EXPECT_EQ(held.followed_by("").error().kind, core::ErrorKind::conflict);
  EXPECT_EQ(longer.followed_by(held.text()).error().kind, core::ErrorKind::conflict);
  EXPECT_FALSE(held.followed_by(longer.text().substr(0, longer.text().size() - 2)).ok());
  Charter other(owner.account());
  ASSERT_TRUE(other.append(contest("other", 1), kStart, owner).ok());
  const auto fork = held.followed_by(other.text());
  ASSERT_FALSE(fork.ok());
  EXPECT_NE(fork.error().message.find("statement 1 "), std::string::npos) << fork.error().message;
}

/// The members of a schema's object, against one that was written.
void expect_members(const codec::Json& schema, const codec::Json& written) {
  const codec::Json& properties = *schema.find("properties");
  for (const auto& [name, member] : written.as_object()) EXPECT_NE(properties.find(name), nullptr) << name;
  EXPECT_EQ(properties.as_object().size(), written.as_object().size());
}

TEST(Charter, TheSchemaNamesEveryMember) {
  const std::filesystem::path file = std::filesystem::path(NOONMARK_SOURCE_DIR) / "api/charter.schema.json";
  const codec::Json schema = codec::parse_json(core::read_text(file, 1 << 20).value()).value();
  const codec::Json& bodies = *schema.find("$defs");
  const Charter charter = sample(pair(1));
  for (const Statement& statement : charter.statements()) {
    const codec::Json line = codec::parse_json(line_of(statement)).value();
    expect_members(schema, line);
    const std::string& kind = line.find("kind")->as_string();
    const bool whole = line.find("body")->find("content") != nullptr;
    if (kind == "contest" || kind == "close") expect_members(*bodies.find(kind), *line.find("body"));
    if (kind == "exclude" && whole) expect_members(*bodies.find("exclusion"), *line.find("body"));
  }
}

TEST(CharterProperty, RandomHistoriesReadBackToTheSameState) {
  const sign::Sr25519Pair owner = pair(1);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    core::Philox random(seed);
    Charter charter(owner.account());
    for (int i = 0; i < 12; ++i) {
      const auto who = static_cast<std::uint8_t>(random.below(3));
      const std::string id = "contest-" + std::to_string(random.below(3));
      Body body = contest(id, 0.2 + 0.1 * static_cast<double>(random.below(3)));
      if (random.below(4) == 0) body = CloseContest{id, "why"};
      if (random.below(3) == 0) body = Exclude{{key(who), {}, "why " + std::to_string(i)}};
      if (random.below(4) == 0) body = Readmit{{key(who), {}, "why"}};
      const std::size_t before = charter.statements().size();
      const bool said = charter.append(body, kStart + std::chrono::seconds(i), owner).ok();
      EXPECT_EQ(charter.statements().size(), before + (said ? 1 : 0));
    }
    const Charter read = Charter::verify(charter.text(), owner.account()).value();
    EXPECT_EQ(read.text(), charter.text());
    EXPECT_EQ(read.lists().exclusions, charter.lists().exclusions);
    double sum = 0;
    for (const auto& [id, running] : read.contests()) sum += running.share;
    EXPECT_LE(sum, 1 + 1e-9);
  }
}

}  // namespace
}  // namespace noonmark::charter
