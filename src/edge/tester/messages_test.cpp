#include "edge/tester/messages.h"

#include <gtest/gtest.h>

#include "base/core/random.h"
#include "edge/tester/fake_tester_for_tests.h"

namespace noonmark::tester {
namespace {

using codec::Json;

Brief brief() { return {tiny_contest(), {"baseline", hash::sha256("b"), 0, 0, 10, ""}, {{"a", 1}, {"b", 2}}}; }
Work work() { return {7, name_of(brief()), 10'000, Task{{"fast1", hash::sha256("f"), 1, 0, 20, ""}, UINT64_MAX}}; }

TEST(Messages, AreReadAsTheyWereWritten) {
  blobs::MemoryStore pictures;
  const Hello hello = hello_from("cpu1");
  Findings findings = fake_findings(brief(), work(), hello, pictures);
  findings.error = core::unavailable("the network is gone");
  EXPECT_EQ(to_json(findings_from_json(to_json(findings)).value()), to_json(findings));
  EXPECT_EQ(findings_from_json(to_json(findings))->error, findings.error);
  EXPECT_EQ(to_json(work_from_json(to_json(work())).value()), to_json(work()));
  EXPECT_EQ(work_from_json(to_json(work()))->task->seed, UINT64_MAX);
  EXPECT_EQ(to_json(hello_from_json(to_json(hello)).value()), to_json(hello));
  EXPECT_EQ(name_of(brief_from_json(to_json(brief())).value()), name_of(brief()));
}

TEST(Messages, WhatIsMissingUnknownOrOfAnotherKindIsRefusedByName) {
  Json json = to_json(work());
  json["task"]["seed"] = "12x";
  EXPECT_NE(work_from_json(json).error().message.find("seed"), std::string::npos);
  json = to_json(work());
  json["extra"] = 1;
  EXPECT_FALSE(work_from_json(json).ok());
  json = Json::object({{"tester", conduct::to_json(conduct::Tester{"a", "b", {}})},
                       {"error", Json::object({{"kind", "fury"}, {"message", "x"}})}});
  EXPECT_NE(findings_from_json(json).error().message.find("kind"), std::string::npos);
  for (const char* text : {"null", "[]", "{}", "1", "\"x\""}) {
    const Json other = codec::parse_json(text).value();
    EXPECT_FALSE(work_from_json(other).ok());
    EXPECT_FALSE(hello_from_json(other).ok());
    EXPECT_FALSE(brief_from_json(other).ok());
    EXPECT_FALSE(findings_from_json(other).ok());
  }
}

TEST(Messages, RandomChangesAreReadOrRefusedButNeverCrash) {
  blobs::MemoryStore pictures;
  const std::string text = codec::write_json(to_json(fake_findings(brief(), work(), hello_from("cpu1"), pictures)));
  core::Philox random(1);
  for (int i = 0; i < 300; ++i) {
    std::string changed = text;
    for (int k = 0; k < 3; ++k) changed[random.below(changed.size())] = static_cast<char>(random.below(256));
    const auto json = codec::parse_json(changed);
    if (json.ok()) static_cast<void>(findings_from_json(*json).ok());
  }
}

TEST(Messages, AnErrorComesBackAsWhatItWas) {
  for (const core::Error& error : {core::denied("a"), core::not_found("b"), core::conflict("c"), core::exhausted("d"),
                                   core::invalid("e"), core::unavailable("f")}) {
    const core::Error back = error_of(refusal(error));
    EXPECT_EQ(back.kind, error.kind);
    EXPECT_NE(back.message.find(error.message), std::string::npos);
  }
  EXPECT_EQ(error_of(refusal(core::internal("x"))).kind, core::ErrorKind::unavailable);
  http::Response strange;
  strange.status = 502;
  strange.body = "<html>";
  EXPECT_EQ(error_of(strange).kind, core::ErrorKind::unavailable);
}

TEST(Messages, OnlyTheEntrysOwnFailuresAreHeldAgainstIt) {
  EXPECT_TRUE(is_the_entrys(core::timeout("")));
  EXPECT_TRUE(is_the_entrys(core::exhausted("")));
  EXPECT_FALSE(is_the_entrys(core::internal("")));
  EXPECT_FALSE(is_the_entrys(core::unavailable("")));
  EXPECT_FALSE(is_the_entrys(core::cancelled("")));
}

}  // namespace
}  // namespace noonmark::tester
