#include "edge/tester/workload.h"

#include <gtest/gtest.h>

#include "edge/tester/fake_tester_for_tests.h"

namespace noonmark::tester {
namespace {

using std::chrono::seconds;

class WorkloadTest : public testing::Test {
 protected:
  WorkloadTest() {
    LookingTrial looking;
    const auto contestant = [&](const std::string& name, int order) {
      const std::filesystem::path path = make_package(folder_.path(), name);
      const entry::PackageFacts facts = *looking.inspect(path, round_.contest).package;
      return conduct::Contestant{{name, facts.content, order, 0, facts.bytes, ""}, path};
    };
    round_.contest = tiny_contest();
    round_.inputs = {{"a", 1}, {"b", 2}};
    round_.baseline = contestant("baseline", 0);
    round_.entries = {{contestant("fast1", 1), 11}, {contestant("hangs", 2), 12}};
    open();
  }
  void open() {
    workload_.reset();
    auto opened =
        Workload::open(round_, {database_, pictures_, folder_.path() / "testers"}, {seconds(30), 3}, kProgram);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    workload_ = *std::move(opened);
  }
  Work lease(const sign::AccountId& tester) {
    const auto work = workload_->lease(tester, hello_, now_);
    EXPECT_TRUE(work.ok() && *work) << (work.ok() ? "nothing to do" : work.error().message);
    return work.ok() ? work->value_or(Work{}) : Work{};
  }
  /// Sends pictures and findings.
  core::Result<void> tell(const sign::AccountId& tester, const Work& work, Findings findings) {
    blobs::MemoryStore mine;
    const Findings again = fake_findings(workload_->brief(), work, hello_, mine);
    for (const hash::Digest& name : mine.list().value()) {
      TRY(workload_->put_picture(tester, work.lease, name, mine.get(name, 1 << 20).value(), now_));
    }
    return workload_->finish(tester, work.lease, std::move(findings), now_);
  }
  Findings found(const Work& work) {
    blobs::MemoryStore mine;
    return fake_findings(workload_->brief(), work, hello_, mine);
  }
  core::ErrorKind refusal(const Work& work, const std::function<void(Findings&)>& change) {
    Findings findings = found(work);
    change(findings);
    const auto told = tell(x_, work, std::move(findings));
    EXPECT_FALSE(told.ok());
    return told.ok() ? core::ErrorKind::internal : told.error().kind;
  }

  const sign::AccountId x_ = pair_of(1).account(), y_ = pair_of(2).account();
  const Hello hello_ = hello_from("cpu1");
  core::TempDir folder_ = core::TempDir::create("workload").value();
  sql::Database database_ = sql::Database::open_sqlite(folder_.path() / "x.sqlite").value();
  blobs::MemoryStore pictures_;
  conduct::Round round_;
  std::unique_ptr<Workload> workload_;
  core::UnixNanos now_{seconds(1'795'000'000)};
};

TEST_F(WorkloadTest, GivesTheBaselineThenEntriesAndKeepsWhatIsFound) {
  const Work baseline = lease(x_), fast = lease(y_);
  EXPECT_FALSE(baseline.task.has_value());
  EXPECT_EQ(fast.task->facts.name, "fast1");
  EXPECT_EQ(fast.task->seed, 11U);
  ASSERT_TRUE(tell(x_, baseline, found(baseline)).ok());
  const auto told = tell(y_, fast, found(fast));
  ASSERT_TRUE(told.ok()) << told.error().message;
  const Findings kept = workload_->found(item_of(1), now_)->value();
  EXPECT_EQ(kept.tester.account, y_.ss58());
  EXPECT_TRUE(kept.judgement.has_value());
  EXPECT_FALSE(workload_->found(item_of(2), now_)->has_value());
}

TEST_F(WorkloadTest, AfterARestartOfTheValidatorLeasesAndFindingsAreThere) {
  const Work baseline = lease(x_), fast = lease(y_);
  ASSERT_TRUE(tell(x_, baseline, found(baseline)).ok());
  open();
  ASSERT_TRUE(workload_->renew(y_, fast.lease, now_).ok());
  ASSERT_TRUE(tell(y_, fast, found(fast)).ok());
  EXPECT_TRUE(workload_->found(std::string(kBaselineItem), now_)->has_value());
  EXPECT_EQ(lease(x_).task->facts.name, "hangs");
}

TEST_F(WorkloadTest, AnEntrysFailureIsAResultAndATestersIsNot) {
  ASSERT_TRUE(tell(x_, lease(x_), found(Work{})).ok());
  const Work fast = lease(x_);
  Findings findings = found(fast);
  findings.error = core::internal("the disk is full");
  ASSERT_TRUE(workload_->finish(x_, fast.lease, findings, now_).ok());
  EXPECT_FALSE(workload_->found(item_of(1), now_)->has_value());
  const Work hangs = lease(x_);
  EXPECT_EQ(hangs.task->facts.name, "hangs");
  ASSERT_TRUE(tell(x_, hangs, found(hangs)).ok());
  EXPECT_EQ(workload_->found(item_of(2), now_)->value().error->kind, core::ErrorKind::timeout);
  EXPECT_EQ(lease(y_).task->facts.name, "fast1");
}

TEST_F(WorkloadTest, ArchivesLieThereAsLongAsItIsWorkedOnThem) {
  const std::filesystem::path archives = folder_.path() / "testers/packages";
  const auto count = [&] { return std::distance(std::filesystem::directory_iterator(archives), {}); };
  EXPECT_EQ(count(), 3);
  workload_.reset();
  EXPECT_FALSE(std::filesystem::exists(archives));
  open();
  EXPECT_EQ(count(), 3);
}

TEST_F(WorkloadTest, TestersOfAnotherVersionOrASmallerMachineAreDenied) {
  Hello other = hello_;
  other.program = "noonmark 0.0.1";
  EXPECT_EQ(workload_->lease(x_, other, now_).error().kind, core::ErrorKind::denied);
  other = hello_;
  other.machine.cores = 0;
  EXPECT_EQ(workload_->lease(x_, other, now_).error().kind, core::ErrorKind::denied);
  other = hello_;
  other.machine.memory_bytes = 1 << 20;
  const auto refused = workload_->lease(x_, other, now_);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("512 MiB"), std::string::npos);
}

TEST_F(WorkloadTest, FindingsThatTheRecordCouldntHoldAreRefused) {
  const Work baseline = lease(y_), fast = lease(x_);
  ASSERT_TRUE(tell(y_, baseline, found(baseline)).ok());
  const auto invalid = core::ErrorKind::invalid;
  EXPECT_EQ(refusal(fast, [](Findings& f) { f.reference.reset(); }), invalid);
  EXPECT_EQ(refusal(fast, [](Findings& f) { f.reference->outputs.pop_back(); }), invalid);
  EXPECT_EQ(refusal(fast, [](Findings& f) { f.reference->outputs[0].image = hash::sha256("not sent"); }), invalid);
  EXPECT_EQ(refusal(fast, [](Findings& f) { f.reference->outputs[0].pixels = hash::sha256("others"); }), invalid);
  EXPECT_EQ(refusal(fast, [](Findings& f) { f.reference->floors["ssim"].harmless = 0.1; }), invalid);
  EXPECT_EQ(refusal(fast, [](Findings& f) { f.measurement->seed = 1; }), invalid);
  EXPECT_EQ(refusal(fast, [](Findings& f) { f.measurement->settings.resamples = 101; }), invalid);
  EXPECT_EQ(refusal(fast, [](Findings& f) { f.measurement.reset(); }), invalid);
  EXPECT_EQ(refusal(fast, [](Findings& f) { f.judgement.reset(); }), invalid);
  EXPECT_EQ(refusal(fast, [](Findings& f) { f.error = core::timeout("and judged?"); }), invalid);
  EXPECT_EQ(refusal(fast, [](Findings& f) { std::swap(f.judgement->outputs[0], f.judgement->outputs[1]); }), invalid);
  EXPECT_EQ(refusal(fast, [](Findings& f) { f.judgement->report.outputs.pop_back(); }), invalid);
  EXPECT_EQ(refusal(fast, [](Findings& f) { f.tester.program = "noonmark 0.0.1"; }), core::ErrorKind::denied);
  EXPECT_TRUE(tell(x_, fast, found(fast)).ok());
}

TEST_F(WorkloadTest, PicturesNeedALeaseAndTheirDigestAndHaveABound) {
  const Work baseline = lease(x_);
  const core::Bytes content = {1, 2, 3};
  const hash::Digest name = hash::sha256(content);
  EXPECT_EQ(workload_->put_picture(y_, baseline.lease, name, content, now_).error().kind, core::ErrorKind::not_found);
  EXPECT_EQ(workload_->put_picture(x_, baseline.lease, hash::sha256("x"), content, now_).error().kind,
            core::ErrorKind::invalid);
  EXPECT_EQ(workload_->put_picture(x_, baseline.lease, name, content, now_ + seconds(31)).error().kind,
            core::ErrorKind::conflict);
  core::Result<void> put;
  int accepted = 0;
  while (put.ok() && accepted < 100) {
    const core::Bytes another = {1, 2, static_cast<std::uint8_t>(100 + accepted)};
    put = workload_->put_picture(x_, baseline.lease, hash::sha256(another), another, now_);
    accepted += put.ok() ? 1 : 0;
  }
  EXPECT_EQ(put.error().kind, core::ErrorKind::exhausted);
  EXPECT_EQ(accepted, 20);  // two inputs: two times two, and sixteen to spare
}

TEST_F(WorkloadTest, TheStateTellsProgressAndMachinesAndNothingOfEntries) {
  ASSERT_TRUE(tell(x_, lease(x_), found(Work{})).ok());
  const Work fast = lease(y_);
  ASSERT_TRUE(tell(y_, fast, found(fast)).ok());
  const std::string text = codec::write_json(workload_->state(now_).value());
  EXPECT_NE(text.find("\"total\":3"), std::string::npos);
  EXPECT_NE(text.find("\"done\":2"), std::string::npos);
  EXPECT_NE(text.find("\"cpu_model\":\"cpu1\""), std::string::npos);
  for (const char* secret : {"fast1", "hangs", "ssim", "ratio", "entry"}) {
    EXPECT_EQ(text.find(secret), std::string::npos) << secret;
  }
  EXPECT_EQ(text.find(fast.task->facts.content.hex()), std::string::npos);
}

TEST_F(WorkloadTest, AChangedPackageIsNoticed) {
  round_.entries[0].entry.facts.content = hash::sha256("another");
  const auto opened = Workload::open(round_, {database_, pictures_, folder_.path() / "testers"}, {}, kProgram);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind, core::ErrorKind::corrupt);
  EXPECT_EQ(workload_->package(hash::sha256("none")).error().kind, core::ErrorKind::not_found);
}

}  // namespace
}  // namespace noonmark::tester
