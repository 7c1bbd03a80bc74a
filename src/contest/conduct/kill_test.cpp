#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/core/files.h"
#include "contest/conduct/internal/fake_trial_for_tests.h"
#include "contest/conduct/replay.h"

namespace noonmark::conduct {
namespace {

namespace fs = std::filesystem;

/// Goes on with the contest in `folder`, beginning it when there is none, and writes the final record to `final`.
/// Each call of the trial and each told step is a moment; at moment `deadly` the process is killed.
[[noreturn]] void run_child(const fs::path& folder, int deadly) {
  FakeWorld world(folder);
  int moment = 0;
  const auto pass = [&] {
    if (moment++ == deadly) ::raise(SIGKILL);
  };
  world.trial.on_call = [&](const std::string&) { pass(); };
  Conductor conductor(world.collaborators());
  const auto runs = world.journal.runs();
  if (!runs.ok()) ::_exit(1);
  const auto run = runs->empty() ? conductor.begin(FakeWorld::request()) : core::Result<RunId>(runs->front().id);
  if (!run.ok()) ::_exit(2);
  const auto text = conductor.proceed(*run, [&](const Progress&) { pass(); });
  if (!text.ok()) ::_exit(3);
  if (!core::write_file_atomic(folder / "final", *text).ok()) ::_exit(4);
  ::_exit(0);
}

/// True when the child came to its end, false when it was killed.
bool run_until(const fs::path& folder, int deadly) {
  const pid_t child = ::fork();
  if (child == 0) run_child(folder, deadly);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0) << "the child failed with " << WEXITSTATUS(status);
  return !WIFSIGNALED(status);
}

std::string final_of(const fs::path& folder) { return core::read_text(folder / "final", 256 << 20).value(); }

constexpr int kNever = -1;

std::string undisturbed() {
  const core::TempDir folder = core::TempDir::create("conduct-kill").value();
  EXPECT_TRUE(run_until(folder.path(), kNever));
  return final_of(folder.path());
}

TEST(ConductAfterKill, AtEveryMomentGoesOnToTheSameRecordByteForByte) {
  const std::string expected = undisturbed();
  int moments = 0;
  for (bool killed = true; killed; ++moments) {
    const core::TempDir folder = core::TempDir::create("conduct-kill").value();
    killed = !run_until(folder.path(), moments);
    if (killed) {
      ASSERT_TRUE(run_until(folder.path(), kNever)) << "moment " << moments;
    }
    ASSERT_EQ(final_of(folder.path()), expected) << "moment " << moments;
  }
  EXPECT_GT(moments, 25);  // 15 calls and 14 records, some of them before the first record
}

TEST(ConductAfterKill, KilledAgainAndAgainItStillEnds) {
  const std::string expected = undisturbed();
  const core::TempDir folder = core::TempDir::create("conduct-kill").value();
  int kills = 0;
  // Nine moments are enough for the longest stage, which looks at seven packages; so each life writes a record.
  while (!run_until(folder.path(), 9) && kills < 100) ++kills;
  EXPECT_GT(kills, 2);
  ASSERT_LT(kills, 100);
  EXPECT_EQ(final_of(folder.path()), expected);
}

TEST(ConductAfterKill, AtRandomInstantsGoesOnToTheSameRecord) {
  const std::string expected = undisturbed();
  core::Philox random(20261125);
  int kills = 0;
  for (int round = 0; round < 12; ++round) {
    const core::TempDir folder = core::TempDir::create("conduct-kill").value();
    const pid_t child = ::fork();
    if (child == 0) run_child(folder.path(), kNever);
    ::usleep(static_cast<useconds_t>(1000 + random.below(150'000)));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    kills += WIFSIGNALED(status) ? 1 : 0;
    ASSERT_TRUE(run_until(folder.path(), kNever));
    ASSERT_EQ(final_of(folder.path()), expected);
    ASSERT_TRUE(verify(expected).ok());
  }
  EXPECT_GT(kills, 0);
}

}  // namespace
}  // namespace noonmark::conduct
