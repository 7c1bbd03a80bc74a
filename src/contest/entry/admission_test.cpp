#include "contest/entry/admission.h"

#include <string>

#include <gtest/gtest.h>

#include "base/core/random.h"

namespace noonmark::entry {
namespace {

rules::Contest contest() {
  rules::Contest contest;
  contest.id = "test";
  contest.task = "text-to-image";
  contest.device.threads = 2;
  contest.limits.package_mib = 10;
  contest.limits.max_entries = 4;
  return contest;
}

/// A package whose content and substance come from `word`.
Sighting sighting(const std::string& name, const std::string& word) {
  PackageFacts package;
  package.content = hash::sha256(word + " signed by somebody");
  package.substance = hash::sha256(word);
  package.task = "text-to-image";
  package.bytes = 1000;
  package.threads = 1;
  package.execution_provider = "cpu";
  return {name, package, std::nullopt};
}

const Sighting kBaseline = sighting("emoji", "baseline");

Admissions decide_all(const std::vector<Sighting>& candidates) {
  return decide(contest(), kBaseline, candidates).value();
}

std::string code_of(const Admission& admission) { return admission.refusal ? admission.refusal->code : "admitted"; }

std::string code_of_one(Sighting candidate) { return code_of(decide_all({std::move(candidate)}).entries.at(0)); }

TEST(Admission, ASoundPackageTakesPart) {
  const Admissions admissions = decide_all({sighting("fast", "fast")});
  ASSERT_EQ(admissions.entries.size(), 1U);
  const Admission& admission = admissions.entries[0];
  ASSERT_TRUE(admission.facts.has_value());
  EXPECT_EQ(admission.facts->name, "fast");
  EXPECT_EQ(admission.facts->order, 1);
  EXPECT_EQ(admission.facts->package_bytes, 1000);
  EXPECT_EQ(admissions.baseline.order, 0);
  EXPECT_EQ(admissions.baseline.content, kBaseline.package->content);
}

TEST(Admission, RefusalsCarryACodeAndSayWhatToDo) {
  Sighting other_task = sighting("a", "a");
  other_task.package->task = "upscale";
  EXPECT_EQ(code_of_one(other_task), "wrong_task");
  Sighting large = sighting("a", "a");
  large.package->bytes = (10 << 20) + 1;
  EXPECT_EQ(code_of_one(large), "too_large");
  large.package->bytes = 10 << 20;
  EXPECT_EQ(code_of_one(large), "admitted");
  Sighting threads = sighting("a", "a");
  threads.package->threads = 3;
  EXPECT_EQ(code_of_one(threads), "too_many_threads");
  Sighting provider = sighting("a", "a");
  provider.package->execution_provider = "cuda";
  EXPECT_EQ(code_of_one(provider), "wrong_provider");
  const Sighting broken{"a", std::nullopt, record::Failure{record::Failure::Owner::entry, "wrong_digest", "x differs"}};
  EXPECT_EQ(code_of_one(broken), "wrong_digest");
}

TEST(Admission, ACopyOfTheBaselineIsRefusedWhateverItsName) {
  Sighting copy = sighting("brand-new", "baseline");
  copy.package->content = hash::sha256("renamed and signed by another");
  EXPECT_EQ(code_of_one(copy), "copy");
}

TEST(Admission, OfEqualEntriesTheFirstTakesPart) {
  const Admissions admissions = decide_all({sighting("first", "x"), sighting("second", "x"), sighting("third", "y")});
  EXPECT_EQ(code_of(admissions.entries[0]), "admitted");
  EXPECT_EQ(code_of(admissions.entries[1]), "copy");
  EXPECT_NE(admissions.entries[1].refusal->message.find("the entry first"), std::string::npos);
  EXPECT_EQ(code_of(admissions.entries[2]), "admitted");
}

TEST(Admission, ARefusedPackageDoesNotMakeALaterOneACopy) {
  Sighting greedy = sighting("greedy", "x");
  greedy.package->threads = 99;
  const Admissions admissions = decide_all({greedy, sighting("modest", "x")});
  EXPECT_EQ(code_of(admissions.entries[0]), "too_many_threads");
  EXPECT_EQ(code_of(admissions.entries[1]), "admitted");
}

TEST(Admission, AFullContestRefusesWithoutBlame) {
  std::vector<Sighting> many;
  for (int i = 0; i < 6; ++i) many.push_back(sighting("e", std::to_string(i)));
  const Admissions admissions = decide_all(many);
  EXPECT_EQ(code_of(admissions.entries[3]), "admitted");
  EXPECT_EQ(code_of(admissions.entries[4]), "too_many_entries");
  EXPECT_EQ(admissions.entries[4].refusal->owner, record::Failure::Owner::validator);
}

TEST(Admission, NamesAreUniqueAndShort) {
  const std::string sun = "\xF0\x9F\x8C\x9E";
  std::string long_name = "a";
  while (long_name.size() < 300) long_name += sun;
  const Admissions admissions =
      decide_all({sighting("x", "1"), sighting("x", "2"), sighting("baseline", "3"), sighting(long_name, "4")});
  EXPECT_EQ(admissions.entries[1].name, "x-2");
  EXPECT_EQ(admissions.entries[2].name, "baseline-2");
  EXPECT_EQ(admissions.entries[3].name.size(), 177U);  // the last whole character below 180 bytes
}

TEST(Admission, ABaselineThatCantServeIsAnError) {
  Sighting wrong = kBaseline;
  wrong.package->task = "upscale";
  EXPECT_NE(decide(contest(), wrong, {}).error().message.find("its own contest's rules"), std::string::npos);
  const Sighting broken{"emoji", std::nullopt, record::Failure{record::Failure::Owner::entry, "not_found", "gone"}};
  EXPECT_NE(decide(contest(), broken, {}).error().message.find("gone"), std::string::npos);
  rules::Contest pinned = contest();
  pinned.baseline_digest = hash::sha256("another");
  EXPECT_NE(decide(pinned, kBaseline, {}).error().message.find("contest.baseline.digest"), std::string::npos);
  pinned.baseline_digest = kBaseline.package->content;
  EXPECT_TRUE(decide(pinned, kBaseline, {}).ok());
}

TEST(Admission, NoCandidatesAreNoError) { EXPECT_TRUE(decide_all({}).entries.empty()); }

// Whatever comes: each candidate gets one answer, in order, and no two admitted ones run the same.
TEST(AdmissionProperty, AdmittedEntriesAreDifferent) {
  core::Philox random(3);
  for (int round = 0; round < 300; ++round) {
    std::vector<Sighting> candidates;
    for (std::uint64_t i = 0, count = random.below(8); i < count; ++i) {
      Sighting candidate = sighting("e" + std::to_string(random.below(3)), std::to_string(random.below(4)));
      candidate.package->threads = static_cast<int>(random.below(4));
      candidates.push_back(std::move(candidate));
    }
    const Admissions admissions = decide_all(candidates);
    ASSERT_EQ(admissions.entries.size(), candidates.size());
    std::set<hash::Digest> substances;
    std::set<std::string> names;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      EXPECT_EQ(admissions.entries[i].order, static_cast<int>(i) + 1);
      EXPECT_TRUE(names.insert(admissions.entries[i].name).second);
      if (admissions.entries[i].refusal) continue;
      EXPECT_TRUE(substances.insert(candidates[i].package->substance).second);
    }
    EXPECT_EQ(decide_all(candidates), admissions);
    EXPECT_EQ(admissions_from_json(to_json(admissions)).value(), admissions);
  }
}

TEST(Admission, SightingsComeBackFromJson) {
  const Sighting broken{"a", std::nullopt, record::Failure{record::Failure::Owner::entry, "wrong_digest", "x differs"}};
  for (const Sighting& seen : {kBaseline, broken}) EXPECT_EQ(sighting_from_json(to_json(seen)).value(), seen);
  EXPECT_FALSE(sighting_from_json(codec::Json::object({{"name", "neither"}})).ok());
}

}  // namespace
}  // namespace noonmark::entry
