#include "edge/evidence/bundle.h"

#include <gtest/gtest.h>

#include "base/core/random.h"
#include "edge/evidence/internal/testing/day_world.h"

namespace noonmark::evidence {
namespace {

/// A sealed bundle of a day, made once.
const std::string& sealed() {
  static const std::string text = [] {
    DayWorld world;
    world.validators[0]->lie.bundle = [](Bundle& bundle) {
      bundle.left_out.push_back({bundle.validator, {record::Failure::Owner::network, "not_reachable", "no answer"}});
      bundle.lists.exclusions = {{bundle.validator, hash::sha256("x"), "stolen"}, {bundle.validator, {}, "a thief"}};
      bundle.lists.allowed = {{bundle.validator, hash::sha256("y")}};
    };
    world.hold(*world.validators[0]);
    return world.validators[0]->sealed;
  }();
  return text;
}

TEST(Bundle, OpensAsItWasSealed) {
  const Bundle bundle = open(sealed()).value();
  EXPECT_EQ(bundle.day.text(), "small/2026-11-26");
  EXPECT_EQ(bundle.validator, pair_of(1).account());
  EXPECT_EQ(bundle.collection.entrants.size(), 3u);
  EXPECT_EQ(bundle.left_out.size(), 1u);
  EXPECT_EQ(bundle.lists.exclusions.size(), 2u);
  EXPECT_EQ(bundle.plan.results.size(), 1u);
  EXPECT_EQ(to_json(bundle), *codec::parse_json(sealed()).value().find("bundle"));
}

/// Every member that is written stands in the schema.
void expect_described(const codec::Json& written, const codec::Json& schema, const std::string& where) {
  if (written.is_array() && schema.find("items") != nullptr) {
    for (const codec::Json& item : written.as_array()) expect_described(item, *schema.find("items"), where + "[]");
  }
  const codec::Json* properties = schema.find("properties");
  if (!written.is_object() || properties == nullptr) return;
  for (const auto& [name, member] : written.as_object()) {
    const codec::Json* described = properties->find(name);
    ASSERT_NE(described, nullptr) << where << "." << name << " isn't in the schema";
    expect_described(member, *described, where + "." + name);
  }
  for (const codec::Json& name : schema.find("required")->as_array()) {
    EXPECT_NE(written.find(name.as_string()), nullptr) << where << "." << name.as_string() << " is required";
  }
}

TEST(Bundle, TheSchemaDescribesEveryMember) {
  const std::string text = core::read_text(NOONMARK_SOURCE_DIR "/api/evidence.schema.json", 1 << 20).value();
  expect_described(codec::parse_json(sealed()).value(), codec::parse_json(text).value(), "$");
}

TEST(Bundle, ComposesTheRowFromTheRecord) {
  const Bundle bundle = open(sealed()).value();
  EXPECT_EQ(bundle.winner, hash::sha256(pair_of(11).account().ss58()));
  ASSERT_EQ(bundle.plan.weights.size(), 2u);
  EXPECT_EQ(bundle.plan.weights[0], (book::Weight{3, 65535}));
  EXPECT_EQ(bundle.plan.weights[1], (book::Weight{4, 28086}));  // 0.3 / 0.7 of 65535
}

TEST(Bundle, ADayOnWhichNothingCouldBeTriedHasNoRecord) {
  DayWorld world;
  Findings findings;
  findings.day = world.day;
  findings.cut_off = world.snapshot(world.cut_off);
  findings.reveal = world.snapshot(world.cut_off + world.contest.submission.reveal);
  const book::Metagraph subnet = world.ledger.metagraph(1, world.ledger.head().value()).value();
  const Bundle bundle = compose(world.contest, subnet, pair_of(1).account(), findings).value();
  EXPECT_FALSE(bundle.record || bundle.winner);
  EXPECT_EQ(bundle.plan.weights.size(), 3u);  // the miners, all the same
  EXPECT_TRUE(open(seal(bundle, pair_of(1))).ok());
}

TEST(Bundle, AnotherKeysSignatureIsDenied) {
  codec::Json json = codec::parse_json(sealed()).value();
  json["bundle"]["validator"] = pair_of(2).account().ss58();
  EXPECT_EQ(open(codec::write_json(json)).error().kind, core::ErrorKind::denied);
}

TEST(Bundle, ForeignBytesAreRefused) {
  for (const char* text :
       {"", "{}", "[]", "null", R"({"bundle":{},"signature":""})", R"({"bundle":1,"signature":"00"})"}) {
    EXPECT_FALSE(open(text).ok()) << text;
  }
  EXPECT_FALSE(open(sealed() + " ").ok());
  EXPECT_FALSE(open(sealed().substr(0, sealed().size() - 1)).ok());
  EXPECT_FALSE(open(" " + sealed()).ok());
}

TEST(Bundle, NoChangedByteStaysUnnoticed) {
  core::Philox random(20261126);
  for (int round = 0; round < 300; ++round) {
    std::string changed = sealed();
    const std::size_t place = random.below(changed.size());
    changed[place] = static_cast<char>(changed[place] ^ (1 << random.below(7)));
    EXPECT_FALSE(open(changed).ok()) << "byte " << place;
  }
}

}  // namespace
}  // namespace noonmark::evidence
