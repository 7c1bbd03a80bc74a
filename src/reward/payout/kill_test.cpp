#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/core/files.h"
#include "base/core/random.h"
#include "reward/payout/internal/fake_ledger_for_tests.h"
#include "reward/payout/internal/state.h"
#include "reward/payout/payout.h"

namespace noonmark::payout {
namespace {

namespace fs = std::filesystem;

constexpr book::BlockNumber kEnd = 1000 + 300;

sign::Sr25519Pair make_key() { return sign::Sr25519Pair(sign::Seed::from_bytes(std::array<std::uint8_t, 32>{5})); }

/// A validator's life until block kEnd; at moment `deadly` it is killed.
[[noreturn]] void run_child(Chain& chain, const fs::path& file, int deadly, std::uint64_t seed) {
  const sign::Sr25519Pair key = make_key();
  core::Philox random(seed);
  FakeLedger ledger(chain, key.account());
  int moment = 0;
  ledger.moment = [&](const char*) {
    if (moment++ == deadly) ::raise(SIGKILL);
  };
  ledger.delay = [&] { return static_cast<book::BlockNumber>(1 + random.below(4)); };
  ledger.on_send = [&](const Chain::Waiting& call) {
    const auto state = parse_state(core::read_text(file, 1 << 20).value_or(""));
    if (!state.ok() || !state->pending) ::_exit(3);
    if (call.kind != 0 && book::weight_commit_digest(key.account(), state->pending->row) != call.digest) ::_exit(4);
  };
  const auto fill = [&](std::span<std::uint8_t> out) {
    for (auto& byte : out) byte = static_cast<std::uint8_t>(random.uint32());
  };
  Settings settings;
  settings.interval = 10;
  auto payout = Payout::open(ledger, 1, key, file, fill, settings);
  if (!payout.ok()) ::_exit(1);
  while (chain.head < kEnd) {
    if (!payout->tick(row_of_the_moment).ok()) ::_exit(2);
    chain.advance();
  }
  ::_exit(0);
}

/// True when the child came to its end.
bool live(Chain& chain, const fs::path& file, int deadly, std::uint64_t seed) {
  const pid_t child = ::fork();
  if (child == 0) run_child(chain, file, deadly, seed);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0) << "the child failed with " << WEXITSTATUS(status);
  return !WIFSIGNALED(status);
}

class PayoutAfterKill : public testing::TestWithParam<bool> {};

/// Kills at moment `deadly` of the first life; a second one goes on.
void check_one(bool commit_reveal, int deadly, bool& reached) {
  const core::TempDir folder = core::TempDir::create("payout-kill").value();
  Chain* chain = Chain::make();
  chain->commit_reveal = commit_reveal;
  chain->rate_limit = 0;  // nothing but the payout itself keeps rows apart
  chain->tempo = 90;      // longer than a call's era, so that a lost call costs a row at most
  const fs::path file = folder.path() / "payout.json";
  reached = !live(*chain, file, deadly, 1);
  if (reached) {
    EXPECT_TRUE(live(*chain, file, -1, 2)) << "moment " << deadly;
  }
  expect_one_row_per_epoch(*chain);
  expect_reveals_match_commits(*chain);
  EXPECT_EQ(chain->expired_count, 0u) << "a committed row was lost; moment " << deadly;
  EXPECT_GE(count_landed(*chain, commit_reveal, false), 2u) << "moment " << deadly;
  if (commit_reveal) {
    EXPECT_GE(count_landed(*chain, false, true), 1u) << "moment " << deadly;
  }
  Chain::free(chain);
}

TEST_P(PayoutAfterKill, AtEveryMomentOfTheFirstTwoRows) {
  int moments = 0;
  for (bool reached = true; reached && moments < 220; moments += moments < 25 ? 1 : 13)
    check_one(GetParam(), moments, reached);
  EXPECT_GT(moments, 150);
}

TEST_P(PayoutAfterKill, AtManyRandomMomentsOneAfterTheOther) {
  core::Philox random(GetParam() ? 53 : 48);
  for (int round = 0; round < 6; ++round) {
    const core::TempDir folder = core::TempDir::create("payout-kill").value();
    Chain* chain = Chain::make();
    chain->commit_reveal = GetParam();
    chain->rate_limit = 0;
    chain->tempo = 90;
    const fs::path file = folder.path() / "payout.json";
    int lives = 1;
    while (!live(*chain, file, static_cast<int>(random.below(120)), random.uint64())) {
      ASSERT_LT(++lives, 500);
      chain->advance();
    }
    EXPECT_GT(lives, 2);
    expect_one_row_per_epoch(*chain);
    expect_reveals_match_commits(*chain);
    EXPECT_EQ(chain->expired_count, 0u);
    EXPECT_GE(count_landed(*chain, GetParam(), false), 2u);
    Chain::free(chain);
  }
}

TEST_P(PayoutAfterKill, AtRandomInstants) {
  core::Philox random(GetParam() ? 530 : 480);
  int kills = 0;
  for (int round = 0; round < 6; ++round) {
    const core::TempDir folder = core::TempDir::create("payout-kill").value();
    Chain* chain = Chain::make();
    chain->commit_reveal = GetParam();
    chain->rate_limit = 0;
    chain->tempo = 90;
    const fs::path file = folder.path() / "payout.json";
    const pid_t child = ::fork();
    if (child == 0) run_child(*chain, file, -1, random.uint64());
    ::usleep(static_cast<useconds_t>(200 + random.below(12'000)));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    kills += WIFSIGNALED(status) ? 1 : 0;
    EXPECT_TRUE(live(*chain, file, -1, 9));
    expect_one_row_per_epoch(*chain);
    expect_reveals_match_commits(*chain);
    EXPECT_EQ(chain->expired_count, 0u);
    Chain::free(chain);
  }
  EXPECT_GT(kills, 0);
}

INSTANTIATE_TEST_SUITE_P(PlainAndHidden, PayoutAfterKill, testing::Bool());

}  // namespace
}  // namespace noonmark::payout
