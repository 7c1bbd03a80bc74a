#include "contest/conduct/conduct.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "contest/conduct/derive.h"
#include "contest/conduct/internal/fake_trial_for_tests.h"
#include "contest/conduct/replay.h"
#include "contest/verdict/verdict.h"

namespace noonmark::conduct {
namespace {

class Conduct : public testing::Test {
 protected:
  core::TempDir folder_ = core::TempDir::create("conduct").value();
  FakeWorld world_{folder_.path()};
  Conductor conductor_{world_.collaborators()};

  RunId begin() { return conductor_.begin(FakeWorld::request()).value(); }
  /// Conducts to the end and returns the verdict.
  verdict::Verdict hold() {
    const auto text = conductor_.proceed(begin());
    EXPECT_TRUE(text.ok()) << text.error().message;
    const Replay done = replay(*text).value();
    return verdict::verdict_from_json(*done.state.verdict).value();
  }
  static const verdict::EntryVerdict& of(const verdict::Verdict& verdict, std::string_view name) {
    const auto named = [&](const verdict::EntryVerdict& entry) { return entry.facts.name == name; };
    const auto found = std::find_if(verdict.entries.begin(), verdict.entries.end(), named);
    EXPECT_NE(found, verdict.entries.end()) << name;
    return *found;
  }
  std::ptrdiff_t calls(const std::string& call) const {
    return std::count(world_.trial.calls.begin(), world_.trial.calls.end(), call);
  }
};

TEST_F(Conduct, TheFastAndFaithfulEntryWinsAndEveryoneElseHasAReason) {
  const verdict::Verdict verdict = hold();
  EXPECT_EQ(verdict.winner, "fast");
  EXPECT_EQ(verdict.entries.size(), 6U);
  EXPECT_EQ(of(verdict, "slightly-faster").status, verdict::Status::ranked);
  EXPECT_EQ(of(verdict, "slightly-faster").rank, 2);
  EXPECT_EQ(of(verdict, "copy").failure->code, "copy");
  EXPECT_EQ(of(verdict, "damaged").failure->code, "wrong_digest");
  EXPECT_EQ(of(verdict, "hangs").failure->code, "timeout");
  EXPECT_EQ(of(verdict, "faster-but-blurred").status, verdict::Status::not_faithful);
  for (const auto& entry : verdict.entries) EXPECT_FALSE(entry.reason.empty()) << entry.facts.name;
}

TEST_F(Conduct, EachStageIsDoneOnceInOrder) {
  ASSERT_TRUE(conductor_.proceed(begin()).ok());
  const std::vector<std::string> expected = {"inspect baseline",
                                             "inspect copy",
                                             "inspect slightly-faster",
                                             "inspect damaged",
                                             "inspect fast",
                                             "inspect hangs",
                                             "inspect faster-but-blurred",
                                             "reference",
                                             "measure slightly-faster",
                                             "measure fast",
                                             "measure hangs",
                                             "measure faster-but-blurred",
                                             "judge slightly-faster",
                                             "judge fast",
                                             "judge faster-but-blurred"};
  EXPECT_EQ(world_.trial.calls, expected);
}

TEST_F(Conduct, ASealedRunIsReadAgainWithoutDoingAnything) {
  const RunId run = begin();
  const std::string text = conductor_.proceed(run).value();
  world_.trial.calls.clear();
  EXPECT_EQ(conductor_.proceed(run).value(), text);
  EXPECT_TRUE(world_.trial.calls.empty());
}

TEST_F(Conduct, ProgressTellsEveryStepAndEndsAtTheExpectedNumber) {
  std::vector<Progress> told;
  ASSERT_TRUE(conductor_.proceed(begin(), [&](const Progress& progress) { told.push_back(progress); }).ok());
  EXPECT_FALSE(told.back().step.has_value());
  EXPECT_EQ(told.back().records, told.back().expected);
  EXPECT_EQ(told.size(), told.back().records);  // from the first record on, each is told
  for (const Progress& progress : told) EXPECT_LE(progress.records, progress.expected);
}

TEST_F(Conduct, FailuresThatAreNotTheEntrysAreTriedAgain) {
  int left = 2;
  world_.trial.packages["fast"].breaks_measuring = [&]() -> core::Result<void> {
    if (left-- > 0) return core::internal("the machine hiccuped");
    return {};
  };
  EXPECT_EQ(hold().winner, "fast");
  EXPECT_EQ(calls("measure fast"), 3);
}

TEST_F(Conduct, AMachineThatKeepsFailingIsNotHeldAgainstTheEntry) {
  world_.trial.packages["fast"].breaks_judging = [] { return core::unavailable("the network is gone"); };
  const verdict::Verdict verdict = hold();
  EXPECT_EQ(calls("judge fast"), 3);
  ASSERT_TRUE(of(verdict, "fast").failure.has_value());
  EXPECT_EQ(of(verdict, "fast").failure->owner, record::Failure::Owner::network);
  EXPECT_EQ(verdict.winner, "slightly-faster");
}

TEST_F(Conduct, TheEntrysOwnFailureIsNotTriedAgain) {
  static_cast<void>(hold());
  EXPECT_EQ(calls("measure hangs"), 1);
}

TEST_F(Conduct, CancellingLeavesNoRecordAndTheRunGoesOnLater) {
  bool cancel = true;
  world_.trial.packages["fast"].breaks_measuring = [&]() -> core::Result<void> {
    if (cancel) return core::cancelled("the caller asked to stop");
    return {};
  };
  const RunId run = begin();
  EXPECT_EQ(conductor_.proceed(run).error().kind, core::ErrorKind::cancelled);
  cancel = false;
  ASSERT_EQ(conductor_.find_unfinished(FakeWorld::request()).value(), run);
  EXPECT_TRUE(conductor_.proceed(run).ok());
  EXPECT_EQ(calls("measure slightly-faster"), 1);
  EXPECT_EQ(conductor_.find_unfinished(FakeWorld::request()).value(), std::nullopt);
}

TEST_F(Conduct, AContestWithoutEntriesLetsTheBaselineStand) {
  Request request = FakeWorld::request();
  request.entries.clear();
  const auto text = conductor_.proceed(conductor_.begin(request).value());
  ASSERT_TRUE(text.ok()) << text.error().message;
  const auto verdict = verdict::verdict_from_json(*replay(*text)->state.verdict).value();
  EXPECT_EQ(verdict.winner, "");
  EXPECT_EQ(verdict.unassigned, verdict::kWeightUnits);
}

TEST_F(Conduct, ABaselineThatCantServeEndsTheConductingWithAReason) {
  world_.trial.packages["baseline"].sighting_failure =
      record::Failure{record::Failure::Owner::entry, "not_found", "there is no package"};
  const auto done = conductor_.proceed(begin());
  ASSERT_FALSE(done.ok());
  EXPECT_NE(done.error().message.find("there is no package"), std::string::npos);
}

TEST_F(Conduct, OfTwoProcessesTheFirstToWriteWins) {
  const RunId run = begin();
  bool interfered = false;
  world_.trial.on_call = [&](const std::string& call) {
    if (call != "reference" || interfered) return;
    interfered = true;
    Conductor other(world_.collaborators());
    EXPECT_TRUE(other.proceed(run).ok());
  };
  const auto late = conductor_.proceed(run);
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().kind, core::ErrorKind::conflict);
  world_.trial.on_call = {};
  EXPECT_TRUE(conductor_.proceed(run).ok());
}

TEST_F(Conduct, AChangedRecordInTheDatabaseIsNoticed) {
  const RunId run = begin();
  ASSERT_TRUE(conductor_.proceed(run).ok());
  ASSERT_EQ(world_.database
                .execute("UPDATE contest_record SET content = replace(content, 'fast', 'fost') WHERE kind = 'admitted'")
                .value(),
            1);
  EXPECT_EQ(conductor_.proceed(run).error().kind, core::ErrorKind::corrupt);
}

TEST_F(Conduct, AnotherKeyCantGoOnWithTheContest) {
  const RunId run = begin();
  const sign::SecretKey other(sign::Seed::generate());
  const Collaborators with{world_.journal, world_.trial, world_.beacon, world_.clock, other, "noonmark test"};
  EXPECT_EQ(Conductor(with).proceed(run).error().kind, core::ErrorKind::conflict);
  EXPECT_TRUE(conductor_.proceed(run).ok());
}

TEST_F(Conduct, AForgedRecordInTheDatabaseIsNoticedEvenWhenItsNameFits) {
  const RunId run = begin();
  ASSERT_TRUE(conductor_.proceed(run).ok());
  auto records = world_.journal.records(run).value();
  record::SealedRecord& last = records.back();
  last.body["sealed_at_ns"] = 1;
  ASSERT_TRUE(
      world_.database
          .execute("UPDATE contest_record SET content = :content, name = :name WHERE kind = 'sealed'",
                   {{"content", codec::write_json(record::to_json(last))}, {"name", record::name_of(last).hex()}})
          .ok());
  const auto done = conductor_.proceed(run);
  ASSERT_FALSE(done.ok());
  EXPECT_NE(done.error().message.find("isn't what was signed"), std::string::npos);
}

TEST_F(Conduct, TheReigningWinnerStaysUntilItIsBeatenByTheMargin) {
  Request request = FakeWorld::request();
  world_.trial.packages["slightly-faster"].cost_s = 0.1005;  // the reigning one, as good as fast
  request.reigning = hash::sha256("slightly-faster");
  const auto text = conductor_.proceed(conductor_.begin(request).value());
  ASSERT_TRUE(text.ok()) << text.error().message;
  const auto verdict = verdict::verdict_from_json(*replay(*text)->state.verdict).value();
  EXPECT_EQ(verdict.winner, "slightly-faster");
}

TEST_F(Conduct, NonsenseFromATrialIsNoticedBeforeItIsWritten) {
  for (const double ssim : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    world_.trial.packages["fast"].fidelity = ssim;
    world_.clock.advance(std::chrono::seconds(1));  // another run
    EXPECT_FALSE(conductor_.proceed(begin()).ok()) << ssim;
  }
}

TEST_F(Conduct, AnUnknownRunIsNotFound) {
  EXPECT_EQ(conductor_.proceed(RunId{"none"}).error().kind, core::ErrorKind::not_found);
}

TEST(FirstDifference, NamesThePath) {
  const auto path = [](const char* left, const char* right) {
    const auto difference = first_difference(codec::parse_json(left).value(), codec::parse_json(right).value());
    return difference ? difference->path + " " + difference->left + " " + difference->right : "equal";
  };
  EXPECT_EQ(path(R"({"a":[1,{"b":2}]})", R"({"a":[1,{"b":3}]})"), ".a[1].b 2 3");
  EXPECT_EQ(path(R"({"a":1})", R"({"b":1})"), ".a 1 nothing");
  EXPECT_EQ(path(R"({})", R"({"b":"x"})"), ".b nothing \"x\"");
  EXPECT_EQ(path("[1,2]", "[1]"), " an array of 2 an array of 1");
  EXPECT_EQ(path("1", "1.0"), " 1 1.0");
  EXPECT_EQ(path("[1]", "[1]"), "equal");
}

}  // namespace
}  // namespace noonmark::conduct
